package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Numbers;
import dev.gauntlet.model.InputSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The mean and the standard deviation that some models store among their weights and apply to an image themselves.
 *
 * <p>A list of layers cannot express them, and without them the same weights give other outputs. Such a file is
 * refused, and the message gives the options that apply the normalization, unless the user gave one.
 *
 * @param tensors the other tensors of the file
 * @param found mean and standard deviation by their names
 */
record Normalizer(Map<String, WeightTensor> tensors, Map<String, WeightTensor> found) {
    private static final Pattern MEAN = Pattern.compile("(?:.*[._])?(?:mean|means|mu)", Pattern.CASE_INSENSITIVE);

    private static final Pattern DEVIATION =
            Pattern.compile("(?:.*[._])?(?:std|stds|stddev|sigma)", Pattern.CASE_INSENSITIVE);

    /** Larger means are those of bytes. */
    private static final double WHITE = 1;

    /** The tolerance for numbers that a user copied from a file with rounding. */
    private static final double ROUNDING = 1e-3;

    /** Separates the normalizer from the other tensors of a file. */
    static Normalizer of(Map<String, WeightTensor> tensors) {
        Map<String, WeightTensor> others = new LinkedHashMap<>(tensors);
        Map<String, WeightTensor> found = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            if (!WeightNames.isPart(name)
                    && (MEAN.matcher(name).matches() || DEVIATION.matcher(name).matches())) {
                found.put(name, tensor);
                others.remove(name);
            }
        });
        return new Normalizer(others, found);
    }

    /**
     * Requires that the contract applies the normalization.
     *
     * @param file the file, for errors
     * @param channels the number of channels of the images
     * @param contract the preprocessing of the model
     * @return what a reader must know
     * @throws GauntletException if there is a normalizer and the contract has no normalization
     */
    Optional<String> notice(String file, int channels, InputSpec contract) {
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Optional<List<Double>> mean = values(MEAN, channels);
        Optional<List<Double>> deviation = values(DEVIATION, channels);
        if (contract.mean().isEmpty() && contract.std().isEmpty()) {
            boolean canBeGiven = mean.isPresent()
                    && deviation.isPresent()
                    && deviation.get().stream().allMatch(value -> value > 0);
            throw new GauntletException(
                    canBeGiven
                            ? "%s contains a normalizer (%s) that the network's layers do not include; specify it (%smean %s, std %s), or specify mean 0 and std 1 for none."
                                    .formatted(
                                            file,
                                            names(),
                                            mean.get().stream().anyMatch(value -> value > WHITE)
                                                    ? "input maximum 255, "
                                                    : "",
                                            text(mean.get()),
                                            text(deviation.get()))
                            : "%s contains a normalizer (%s) that the network's layers do not include; specify its mean and std, specify mean 0 and std 1 for none, or export the model as TorchScript or ONNX."
                                    .formatted(file, names()));
        }
        boolean isGiven =
                mean.map(values -> near(values, contract.means(channels))).orElse(true)
                        && deviation
                                .map(values -> near(values, contract.deviations(channels)))
                                .orElse(true);
        return isGiven
                ? Optional.empty()
                : Optional.of("The file contains a normalizer (%s), but the given normalization is used instead."
                        .formatted(names()));
    }

    private String names() {
        return found.entrySet().stream()
                .map(entry -> entry.getValue().values().length <= 4
                        ? "%s %s".formatted(entry.getKey(), text(list(entry.getValue())))
                        : entry.getKey())
                .collect(Collectors.joining(", "));
    }

    /** Returns the numbers of the only tensor with such a name, if there is exactly one and it fits the channels. */
    private Optional<List<Double>> values(Pattern pattern, int channels) {
        List<List<Double>> fitting = found.entrySet().stream()
                .filter(entry -> pattern.matcher(entry.getKey()).matches())
                .map(entry -> list(entry.getValue()))
                .filter(values -> values.size() == 1 || values.size() == channels)
                .toList();
        return fitting.size() == 1 ? Optional.of(fitting.get(0)) : Optional.empty();
    }

    private static List<Double> list(WeightTensor tensor) {
        List<Double> values = new ArrayList<>();
        for (float value : tensor.values()) {
            // through text, so that 0.485 stays 0.485
            values.add(Double.valueOf(Float.toString(value)));
        }
        return values;
    }

    private static boolean near(List<Double> values, List<Double> given) {
        for (int i = 0; i < given.size(); i++) {
            double value = values.get(values.size() == 1 ? 0 : i);
            if (!(Math.abs(value - given.get(i)) <= ROUNDING * Math.max(1, Math.abs(value)))) {
                return false;
            }
        }
        return true;
    }

    private static String text(List<Double> values) {
        return values.stream().map(Numbers::exact).collect(Collectors.joining(","));
    }
}
