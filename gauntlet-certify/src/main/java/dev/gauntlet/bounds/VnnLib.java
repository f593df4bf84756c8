package dev.gauntlet.bounds;

import dev.gauntlet.GauntletException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * A property in the format VNN-LIB: a box of inputs, and a disjunction of comparisons of outputs that must not hold
 * anywhere in it.
 *
 * @param lowest the smallest value of each input, in the row-major order of the model's input
 * @param highest the largest value of each input
 * @param violations the comparisons; one of them holds at a counterexample
 */
public record VnnLib(double[] lowest, double[] highest, List<Comparison> violations) {
    private static final long LARGEST_FILE = 64L << 20;

    /**
     * Says that one output is at least as large as another, or as a number.
     *
     * @param larger the output that is larger; -1 for the number
     * @param smaller the output that is smaller; -1 for the number
     * @param number the number
     */
    public record Comparison(int larger, int smaller, double number) {}

    /**
     * Reads a property.
     *
     * @param file the file, which may be compressed with gzip
     * @return the property
     * @throws GauntletException if the file is not readable, or says more than a box and a disjunction; the message
     *     names what
     */
    public static VnnLib read(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new GauntletException("The property %s does not exist; check the path.".formatted(file));
            }
            if (Files.size(file) > LARGEST_FILE) {
                throw new GauntletException("%s is larger than %d bytes.".formatted(file, LARGEST_FILE));
            }
            byte[] content = Files.readAllBytes(file);
            if (content.length > 1 && content[0] == 0x1f && content[1] == (byte) 0x8b) {
                try (GZIPInputStream in = new GZIPInputStream(new java.io.ByteArrayInputStream(content))) {
                    content = in.readNBytes((int) LARGEST_FILE);
                }
            }
            return parse(file.toString(), new String(content, java.nio.charset.StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(file, e.getMessage()), e);
        }
    }

    /**
     * Parses a property.
     *
     * @param name the name of the file, for messages
     * @param text its content
     * @return the property
     */
    static VnnLib parse(String name, String text) {
        return new Parser(name, text).property();
    }

    /** Reads the commands one after the other. */
    private static final class Parser {
        private static final int DEEPEST = 16;

        private final String name;
        private final String text;
        private int at;
        private int line = 1;

        private int inputs;
        private int outputs;
        private final Map<Integer, Double> lowest = new HashMap<>();
        private final Map<Integer, Double> highest = new HashMap<>();
        private final List<Comparison> violations = new ArrayList<>();
        private boolean hasViolations;

        Parser(String name, String text) {
            this.name = name;
            this.text = text;
        }

        VnnLib property() {
            while (next()) {
                command(expression(0));
            }
            if (inputs == 0 || outputs == 0) {
                throw error("declares %d inputs X_i and %d outputs Y_i; both are needed".formatted(inputs, outputs));
            }
            double[] low = new double[inputs];
            double[] high = new double[inputs];
            for (int i = 0; i < inputs; i++) {
                Double smallest = lowest.get(i);
                Double largest = highest.get(i);
                if (smallest == null || largest == null) {
                    throw error("gives the input X_%d no %s limit".formatted(i, smallest == null ? "lower" : "upper"));
                }
                if (smallest > largest) {
                    throw error("limits the input X_%d to at least %s and at most %s".formatted(i, smallest, largest));
                }
                low[i] = smallest;
                high[i] = largest;
            }
            if (!hasViolations) {
                throw error("says nothing of the outputs");
            }
            return new VnnLib(low, high, List.copyOf(violations));
        }

        private void command(Object expression) {
            List<?> list = list(expression);
            String head = String.valueOf(list.get(0));
            switch (head) {
                case "declare-const" -> declare(list);
                case "assert" -> {
                    if (list.size() != 2) {
                        throw error("has an assert of %d parts".formatted(list.size() - 1));
                    }
                    require(list.get(1));
                }
                default -> throw error("has the command '%s', which is not supported".formatted(head));
            }
        }

        private void declare(List<?> list) {
            String variable = list.size() == 3 ? String.valueOf(list.get(1)) : "";
            if (list.size() != 3 || !list.get(2).equals("Real") || !variable.matches("[XY]_\\d{1,7}")) {
                throw error("declares %s; supported are constants X_0, X_1, ... and Y_0, Y_1, ... of the sort Real"
                        .formatted(list));
            }
            int index = Integer.parseInt(variable.substring(2));
            boolean isInput = variable.charAt(0) == 'X';
            if (index != (isInput ? inputs : outputs)) {
                throw error("declares %s, but %s_%d is next"
                        .formatted(variable, variable.charAt(0), isInput ? inputs : outputs));
            }
            if (isInput) {
                inputs++;
            } else {
                outputs++;
            }
        }

        /** Takes an assertion: a limit of an input, or what the outputs must not do. */
        private void require(Object expression) {
            List<?> list = list(expression);
            String head = String.valueOf(list.get(0));
            boolean isComparison = head.equals("<=") || head.equals(">=");
            if (isComparison
                    && list.stream().anyMatch(part -> String.valueOf(part).startsWith("X_"))) {
                limit(list, head);
                return;
            }
            if (hasViolations) {
                throw error(
                        "has several assertions about outputs, which all have to hold; supported is one disjunction");
            }
            hasViolations = true;
            if (isComparison) {
                violations.add(comparison(list));
                return;
            }
            if (!head.equals("or")) {
                throw error(
                        "has the assertion '%s'; supported are limits of inputs and one disjunction of comparisons of outputs"
                                .formatted(head));
            }
            for (Object part : list.subList(1, list.size())) {
                List<?> clause = list(part);
                if (clause.get(0).equals("and")) {
                    if (clause.size() != 2) {
                        throw error(
                                "has a conjunction of %d comparisons in its disjunction; supported is one comparison each"
                                        .formatted(clause.size() - 1));
                    }
                    clause = list(clause.get(1));
                }
                violations.add(comparison(clause));
            }
            if (violations.isEmpty()) {
                throw error("has an empty disjunction");
            }
        }

        private void limit(List<?> list, String head) {
            boolean variableFirst =
                    list.size() == 3 && String.valueOf(list.get(1)).startsWith("X_");
            if (list.size() != 3) {
                throw error("has a limit of %d parts".formatted(list.size()));
            }
            int input = variable(list.get(variableFirst ? 1 : 2), 'X', inputs);
            Object other = list.get(variableFirst ? 2 : 1);
            if (String.valueOf(other).matches("[XY]_.*")) {
                throw error("compares %s with %s; supported are limits of inputs by numbers"
                        .formatted(list.get(1), list.get(2)));
            }
            double number = number(other);
            boolean isUpper = variableFirst == head.equals("<=");
            if (isUpper) {
                highest.merge(input, number, Math::min);
            } else {
                lowest.merge(input, number, Math::max);
            }
        }

        private Comparison comparison(List<?> list) {
            String head = String.valueOf(list.get(0));
            if (list.size() != 3 || !(head.equals("<=") || head.equals(">="))) {
                throw error("has '%s' among its conditions on outputs; supported are <= and >= of two terms"
                        .formatted(head));
            }
            Object larger = list.get(head.equals(">=") ? 1 : 2);
            Object smaller = list.get(head.equals(">=") ? 2 : 1);
            int above = String.valueOf(larger).startsWith("Y_") ? variable(larger, 'Y', outputs) : -1;
            int below = String.valueOf(smaller).startsWith("Y_") ? variable(smaller, 'Y', outputs) : -1;
            if (above < 0 && below < 0) {
                throw error("compares %s with %s; one of them must be an output".formatted(larger, smaller));
            }
            return new Comparison(above, below, above < 0 ? number(larger) : below < 0 ? number(smaller) : 0);
        }

        private int variable(Object part, char letter, int count) {
            String variable = String.valueOf(part);
            if (!variable.matches("[XY]_\\d{1,7}") || variable.charAt(0) != letter) {
                throw error("has '%s' where %s_i is expected".formatted(variable, letter));
            }
            int index = Integer.parseInt(variable.substring(2));
            if (index >= count) {
                throw error("uses %s, which it does not declare".formatted(variable));
            }
            return index;
        }

        private double number(Object part) {
            try {
                double number = Double.parseDouble(String.valueOf(part));
                if (Double.isFinite(number)) {
                    return number;
                }
            } catch (NumberFormatException e) {
                throw error("has '%s' where a number is expected".formatted(part));
            }
            throw error("has '%s' where a finite number is expected".formatted(part));
        }

        private List<?> list(Object expression) {
            if (expression instanceof List<?> list && !list.isEmpty()) {
                return list;
            }
            throw error("has '%s' where an expression in parentheses is expected".formatted(expression));
        }

        /** Skips space and comments; tells whether anything follows. */
        private boolean next() {
            while (at < text.length()) {
                char c = text.charAt(at);
                if (c == ';') {
                    while (at < text.length() && text.charAt(at) != '\n') {
                        at++;
                    }
                } else if (Character.isWhitespace(c)) {
                    line += c == '\n' ? 1 : 0;
                    at++;
                } else {
                    return true;
                }
            }
            return false;
        }

        private Object expression(int depth) {
            if (!next()) {
                throw error("ends within an expression");
            }
            if (depth > DEEPEST) {
                throw error("is nested more than %d levels deep".formatted(DEEPEST));
            }
            if (text.charAt(at) == ')') {
                throw error("has a closing parenthesis too many");
            }
            if (text.charAt(at) == '(') {
                at++;
                List<Object> parts = new ArrayList<>();
                while (next() && text.charAt(at) != ')') {
                    parts.add(expression(depth + 1));
                }
                if (at >= text.length()) {
                    throw error("ends within an expression");
                }
                at++;
                return parts;
            }
            int begin = at;
            while (at < text.length()
                    && !Character.isWhitespace(text.charAt(at))
                    && text.charAt(at) != '('
                    && text.charAt(at) != ')'
                    && text.charAt(at) != ';') {
                at++;
            }
            return text.substring(begin, at);
        }

        private GauntletException error(String what) {
            return new GauntletException("%s, line %d: the property %s.".formatted(name, line, what));
        }
    }

    /** Returns the number of inputs. */
    int inputs() {
        return lowest.length;
    }

    /** Returns the largest number of an output that a comparison names. */
    int largestOutput() {
        return violations.stream()
                .mapToInt(comparison -> Math.max(comparison.larger(), comparison.smaller()))
                .max()
                .orElse(-1);
    }

    /**
     * Tells whether outputs violate the property.
     *
     * @param outputs the outputs of the model
     * @return whether one of the comparisons holds
     */
    public boolean isViolated(float[] outputs) {
        return violations.stream()
                .anyMatch(comparison -> value(outputs, comparison.larger(), comparison.number())
                        >= value(outputs, comparison.smaller(), comparison.number()));
    }

    private static double value(float[] outputs, int index, double number) {
        return index < 0 ? number : outputs[index];
    }

    @Override
    public String toString() {
        return "%d inputs, %d comparisons".formatted(lowest.length, violations.size());
    }
}
