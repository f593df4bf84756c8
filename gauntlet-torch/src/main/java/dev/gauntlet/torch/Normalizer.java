package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.model.InputSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The mean and the standard deviation that some models keep among their weights and apply to an image themselves.
 *
 * <p>A description of layers has no place for them, and without them the same weights give other answers. So they are
 * refused with the options that apply them, unless a normalisation was given.
 *
 * @param tensors what is left of a file without them
 * @param found mean and standard deviation by their names
 */
record Normalizer(Map<String, WeightTensor> tensors, Map<String, WeightTensor> found) {
    private static final Pattern MEAN = Pattern.compile("(?:.*[._])?(?:mean|means|mu)", Pattern.CASE_INSENSITIVE);

    private static final Pattern DEVIATION =
            Pattern.compile("(?:.*[._])?(?:std|stds|stddev|sigma)", Pattern.CASE_INSENSITIVE);

    /** Means above it are those of bytes. */
    private static final double WHITE = 1;

    /** Numbers that a person has copied from a file differ by their rounding. */
    private static final double ROUNDING = 1e-3;

    /** Takes the normaliser out of a file's tensors. */
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
     * Requires that the model is given what the normaliser does.
     *
     * @param file says in errors which
     * @param channels how many channels the images have
     * @param contract what the model is given
     * @return what a reader has to know
     * @throws GauntletException if there is a normaliser and the contract has none
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
                            ? "%s holds a normaliser (%s) that the network's layers do not have; apply it with %s--mean %s --std %s, or leave it out with --mean 0 --std 1."
                                    .formatted(
                                            file,
                                            names(),
                                            mean.get().stream().anyMatch(value -> value > WHITE)
                                                    ? "--input-max 255 "
                                                    : "",
                                            text(mean.get()),
                                            text(deviation.get()))
                            : "%s holds a normaliser (%s) that the network's layers do not have; apply it with --mean and --std, leave it out with --mean 0 --std 1, or export the model as TorchScript or ONNX."
                                    .formatted(file, names()));
        }
        boolean isGiven =
                mean.map(values -> near(values, contract.means(channels))).orElse(true)
                        && deviation
                                .map(values -> near(values, contract.deviations(channels)))
                                .orElse(true);
        return isGiven
                ? Optional.empty()
                : Optional.of("The file holds a normaliser (%s), but the normalisation that was given is used instead."
                        .formatted(names()));
    }

    private String names() {
        return found.entrySet().stream()
                .map(entry -> entry.getValue().values().length <= 4
                        ? "%s %s".formatted(entry.getKey(), text(list(entry.getValue())))
                        : entry.getKey())
                .collect(Collectors.joining(", "));
    }

    /** Returns the numbers of the only tensor with such a name, if there is one and it fits the channels. */
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
        return values.stream()
                .map(value -> value == Math.rint(value) && Math.abs(value) < 1e6
                        ? String.format(Locale.ROOT, "%.0f", value)
                        : Double.toString(value))
                .collect(Collectors.joining(","));
    }
}
