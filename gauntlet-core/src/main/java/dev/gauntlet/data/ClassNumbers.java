package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The numbers of the classes in data whose classes have names, such as image folders and text labels.
 *
 * <p>Example: {@code ClassNumbers.of("animals", "folder", List.of("cat", "dog"), List.of("dog", "cat"))} makes dog
 * class 0.
 *
 * @param classes the class names by number; the name of an unnamed class is its number
 * @param numbers the number of each name in the data
 * @param assumed whether the numbers were only assumed, from the alphabetical order of the names
 * @param notice what a reader must know about the order; empty if nothing
 */
public record ClassNumbers(
        List<String> classes, Map<String, Integer> numbers, boolean assumed, Optional<String> notice) {
    /** Far more classes than any data set has. */
    static final int MOST_CLASSES = 100_000;

    /** The number of names that a message lists. */
    private static final int LISTED = 10;

    private static final int LONGEST_NAME = 40;

    private static final Pattern WHOLE_NUMBER = Pattern.compile("\\d{1,9}");
    private static final Pattern NAME_AND_NUMBER = Pattern.compile("(.+)=(\\d{1,9})", Pattern.DOTALL);

    public ClassNumbers {
        classes = List.copyOf(classes);
        numbers = Collections.unmodifiableMap(new TreeMap<>(numbers));
    }

    /**
     * Assigns numbers to the names that occur in the data.
     *
     * <p>Names that the user gave decide: in the order of their numbers, or each as {@code name=number}. Without them,
     * names that are all integers stand for those numbers, and other names are numbered in alphabetical order.
     *
     * @param where the name of the data, for errors
     * @param kind what has a name, such as {@code folder}, for errors
     * @param names the names in the data
     * @param given the class names that the user gave; may be empty
     * @return the numbers
     * @throws GauntletException if a name of the data is not among the given ones, or if two would have the same number
     */
    public static ClassNumbers of(String where, String kind, Collection<String> names, List<String> given) {
        TreeSet<String> sorted = new TreeSet<>(names);
        boolean whole =
                sorted.stream().allMatch(name -> WHOLE_NUMBER.matcher(name).matches());
        if (given.isEmpty()) {
            return whole ? byValue(where, kind, sorted) : alphabetical(kind, sorted);
        }
        Map<String, Integer> wanted = given(where, given);
        Map<String, Integer> byForm = wanted.entrySet().stream()
                .collect(Collectors.toMap(entry -> form(entry.getKey()), Map.Entry::getValue));
        List<String> missing =
                sorted.stream().filter(name -> !byForm.containsKey(form(name))).toList();
        if (missing.size() == sorted.size() && whole) {
            // the given names define the meaning of the numbers
            ClassNumbers plain = byValue(where, kind, sorted);
            List<String> titles = titles(wanted);
            for (Map.Entry<String, Integer> entry : plain.numbers.entrySet()) {
                if (entry.getValue() >= titles.size()) {
                    throw unknown(where, kind, entry.getKey(), wanted);
                }
            }
            return new ClassNumbers(titles, plain.numbers, false, plain.notice);
        }
        if (!missing.isEmpty()) {
            throw unknown(where, kind, missing.get(0), wanted);
        }
        Map<String, Integer> numbers = new TreeMap<>();
        sorted.forEach(name -> numbers.put(name, byForm.getOrDefault(form(name), 0)));
        return new ClassNumbers(titles(wanted), numbers, false, Optional.empty());
    }

    /**
     * Names the classes of data with numeric labels.
     *
     * @param where the name of the data, for errors
     * @param largest the largest label
     * @param given the class names that the user gave, in order or as {@code name=number}; may be empty
     * @return the class names, at least 2; the names that were not given are the numbers
     * @throws GauntletException if names are given, but fewer than there are labels
     */
    static List<String> named(String where, int largest, List<String> given) {
        if (given.isEmpty()) {
            return IntStream.rangeClosed(0, Math.max(1, largest))
                    .mapToObj(Integer::toString)
                    .toList();
        }
        List<String> titles = titles(given(where, given));
        if (largest >= titles.size()) {
            throw new GauntletException(
                    "%s has the label %d, but only %d classes are named.".formatted(where, largest, titles.size()));
        }
        return titles;
    }

    /**
     * Lists names for a message: at most ten, each shortened.
     *
     * @param names the names
     * @return the names on one line, separated by commas
     */
    public static String list(Collection<String> names) {
        String listed = names.stream().limit(LISTED).map(ClassNumbers::shown).collect(Collectors.joining(", "));
        return names.size() > LISTED ? "%s and %,d more".formatted(listed, names.size() - LISTED) : listed;
    }

    /** Returns foreign text as a message shows it: on one line and shortened. */
    static String shown(String text) {
        String line = text.strip().replaceAll("\\p{Cntrl}", " ");
        return line.length() > LONGEST_NAME ? line.substring(0, LONGEST_NAME) + "..." : line;
    }

    /** File systems store accented letters in two ways. */
    private static String form(String name) {
        return Normalizer.normalize(name, Normalizer.Form.NFC);
    }

    private static Map<String, Integer> given(String where, List<String> given) {
        List<String> names = given.stream().map(String::strip).toList();
        boolean numbered =
                names.stream().allMatch(name -> NAME_AND_NUMBER.matcher(name).matches());
        Map<String, Integer> numbers = new LinkedHashMap<>();
        for (String name : names) {
            Matcher parts = NAME_AND_NUMBER.matcher(name);
            boolean split = numbered && parts.matches();
            String title = split ? parts.group(1).strip() : name;
            int number = split ? Integer.parseInt(parts.group(2)) : numbers.size();
            if (number >= MOST_CLASSES) {
                throw new GauntletException("%s: the class '%s' has the number %d; class numbers range from 0 to %d."
                        .formatted(where, shown(title), number, MOST_CLASSES - 1));
            }
            if (numbers.containsValue(number) || numbers.putIfAbsent(title, number) != null) {
                throw new GauntletException(
                        "%s: among the given classes, the name or the number of '%s' occurs twice; give each class one name and one number."
                                .formatted(where, shown(name)));
            }
        }
        return numbers;
    }

    /** Lists the names by number, with the number itself for a class without a name. */
    private static List<String> titles(Map<String, Integer> numbers) {
        int count = Math.max(
                2,
                1 + numbers.values().stream().mapToInt(Integer::intValue).max().orElse(0));
        List<String> titles = new ArrayList<>(
                IntStream.range(0, count).mapToObj(Integer::toString).toList());
        numbers.forEach((name, number) -> titles.set(number, name));
        return titles;
    }

    private static ClassNumbers byValue(String where, String kind, TreeSet<String> names) {
        Map<String, Integer> numbers = new TreeMap<>();
        Map<Integer, String> byNumber = new TreeMap<>();
        for (String name : names) {
            int number = Integer.parseInt(name);
            if (number >= MOST_CLASSES) {
                throw new GauntletException(
                        "%s: the %s '%s' would be the class with this number, but class numbers range from 0 to %d; give the classes in their order."
                                .formatted(where, kind, name, MOST_CLASSES - 1));
            }
            numbers.put(name, number);
            String other = byNumber.put(number, name);
            if (other != null) {
                throw new GauntletException("%s: the %ss '%s' and '%s' are the same number; rename one of them."
                        .formatted(where, kind, other, name));
            }
        }
        List<String> alphabetical = List.copyOf(names);
        List<String> numerical = List.copyOf(byNumber.values());
        Optional<String> notice = alphabetical.equals(numerical)
                ? Optional.empty()
                : Optional.of(
                        "The %ss are named by numbers, and each is the class with its number; the alphabetical order (%s) is different."
                                .formatted(kind, list(alphabetical)));
        return new ClassNumbers(titles(numbers), numbers, false, notice);
    }

    private static ClassNumbers alphabetical(String kind, TreeSet<String> names) {
        List<String> classes = List.copyOf(names);
        Map<String, Integer> numbers = new TreeMap<>();
        classes.forEach(name -> numbers.put(name, numbers.size()));
        boolean some =
                classes.stream().anyMatch(name -> WHOLE_NUMBER.matcher(name).matches());
        return new ClassNumbers(
                classes,
                numbers,
                true,
                some
                        ? Optional.of(
                                "Some %ss are named by numbers and others are not, so all are classes in alphabetical order: %s."
                                        .formatted(kind, list(classes)))
                        : Optional.of("The %ss have text names and were numbered in alphabetical order: %s."
                                .formatted(kind, numbered(classes))));
    }

    /** Lists class names with their numbers. */
    static String numbered(List<String> classes) {
        return list(IntStream.range(0, classes.size())
                .mapToObj(number -> "%d is %s".formatted(number, shown(classes.get(number))))
                .toList());
    }

    private static GauntletException unknown(String where, String kind, String name, Map<String, Integer> given) {
        return new GauntletException(
                "%s: the %s '%s' is not one of the given classes %s; name every %s, in the order of the model's outputs or as name=number."
                        .formatted(where, kind, shown(name), list(given.keySet()), kind));
    }
}
