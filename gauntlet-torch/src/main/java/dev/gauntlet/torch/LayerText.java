package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads layers as {@link Layer} writes them. */
final class LayerText {
    private static final String RESIDUAL = "residual";

    private static final String NO_BIAS = "nobias";

    /** The layers without parameters. */
    private static final Map<String, Layer> PLAIN = Stream.<Layer>concat(
                    Stream.of(new Layer.Relu(), new Layer.Flatten(), new Layer.GlobalAveragePool()),
                    Arrays.stream(Layer.Activation.values()))
            .collect(Collectors.toMap(Layer::toString, Function.identity()));

    private LayerText() {}

    /**
     * Reads a list of layers, separated by commas.
     *
     * @throws GauntletException if a layer is unknown or incomplete
     */
    static List<Layer> layers(String text) {
        return split(text, ',').stream().map(LayerText::layer).toList();
    }

    /** Splits at a character outside of parentheses. */
    private static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            depth += letter == '(' ? 1 : letter == ')' ? -1 : 0;
            if (depth < 0) {
                throw new GauntletException("'%s' has a ')' without a '('.".formatted(text.strip()));
            }
            if (letter == separator && depth == 0) {
                parts.add(text.substring(start, i));
                start = i + 1;
            }
        }
        if (depth > 0) {
            throw new GauntletException("'%s' has a '(' without a ')'.".formatted(text.strip()));
        }
        parts.add(text.substring(start));
        return parts;
    }

    private static Layer residual(String text) {
        String list = text.substring(RESIDUAL.length()).strip();
        if (!list.startsWith("(") || !list.endsWith(")")) {
            throw new GauntletException(
                    "Layer '%s' lacks its layers; write, for example, 'residual(conv 16 k3 p1, relu)'."
                            .formatted(text));
        }
        List<String> paths = split(list.substring(1, list.length() - 1), '|');
        if (paths.size() > 2) {
            throw new GauntletException("Layer '%s' has more than one shortcut.".formatted(text));
        }
        return new Layer.Residual(layers(paths.get(0)), paths.size() == 2 ? layers(paths.get(1)) : List.of());
    }

    private static Layer layer(String text) {
        if (text.strip().toLowerCase(Locale.ROOT).startsWith(RESIDUAL)) {
            return residual(text.strip());
        }
        List<String> words = new ArrayList<>(Arrays.asList(text.strip().split("\\s+")));
        String kind = words.get(0).toLowerCase(Locale.ROOT);
        return switch (kind) {
            case "conv" -> {
                boolean bias = !words.remove(NO_BIAS);
                yield new Layer.Convolution(
                        number(argument(words, text), text),
                        option(words, 'k', "ksp", text)
                                .orElseThrow(() -> new GauntletException(
                                        "Layer '%s' lacks its kernel size; write, for example, 'conv 32 k5'."
                                                .formatted(text.strip()))),
                        option(words, 's', "ksp", text).orElse(1),
                        option(words, 'p', "ksp", text).orElse(0),
                        bias);
            }
            case "linear" -> {
                boolean bias = !words.remove(NO_BIAS);
                yield new Layer.Linear(number(onlyArgument(words, text), text), bias);
            }
            case "pool" -> {
                if (words.size() == 2) {
                    yield new Layer.MaxPool(number(words.get(1), text));
                }
                int size = number(argument(words, text), text);
                yield new Layer.MaxPool(
                        size,
                        option(words, 's', "sp", text).orElse(size),
                        option(words, 'p', "sp", text).orElse(0));
            }
            case "average-pool" -> new Layer.AveragePool(number(onlyArgument(words, text), text));
            case "leaky-relu" -> new Layer.LeakyRelu(decimal(onlyArgument(words, text), text));
            case "dropout" -> new Layer.Dropout(decimal(onlyArgument(words, text), text), false);
            case "channel-dropout" -> new Layer.Dropout(decimal(onlyArgument(words, text), text), true);
            case "batchnorm", "bn" ->
                new Layer.BatchNorm(
                        words.size() == 1 ? Layer.BatchNorm.USUAL_EPSILON : decimal(onlyArgument(words, text), text));
            default -> {
                Layer layer = Optional.ofNullable(PLAIN.get(kind))
                        .orElseThrow(() -> new GauntletException(
                                "Unknown layer '%s'; supported are %s.".formatted(text.strip(), Network.LAYERS)));
                if (words.size() > 1) {
                    throw new GauntletException("Layer '%s' takes no number.".formatted(text.strip()));
                }
                yield layer;
            }
        };
    }

    private static String argument(List<String> words, String text) {
        if (words.size() < 2) {
            throw new GauntletException("Layer '%s' lacks its number.".formatted(text.strip()));
        }
        return words.get(1);
    }

    private static String onlyArgument(List<String> words, String text) {
        if (words.size() != 2) {
            throw new GauntletException("Layer '%s' takes exactly one number.".formatted(text.strip()));
        }
        return words.get(1);
    }

    private static Optional<Integer> option(List<String> words, char letter, String letters, String text) {
        Optional<Integer> value = Optional.empty();
        for (String word : words.subList(2, words.size())) {
            if (!word.matches("[%s]\\d+".formatted(letters))) {
                throw new GauntletException("Layer '%s' has '%s'; expected %s with a number, such as %s5."
                        .formatted(
                                text.strip(), word, letters.equals("ksp") ? "k, s or p" : "s or p", letters.charAt(0)));
            }
            if (word.charAt(0) == letter) {
                if (value.isPresent()) {
                    throw new GauntletException("Layer '%s' has two values of %s.".formatted(text.strip(), letter));
                }
                value = Optional.of(number(word.substring(1), text));
            }
        }
        return value;
    }

    static int number(String digits, String text) {
        try {
            return Integer.parseInt(digits);
        } catch (NumberFormatException e) {
            throw new GauntletException(
                    "'%s' in '%s' is not an integer, or is too large.".formatted(digits, text.strip()), e);
        }
    }

    private static double decimal(String digits, String text) {
        try {
            return Double.parseDouble(digits);
        } catch (NumberFormatException e) {
            throw new GauntletException("'%s' in '%s' is not a number.".formatted(digits, text.strip()), e);
        }
    }
}
