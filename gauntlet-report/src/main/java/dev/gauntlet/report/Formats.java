package dev.gauntlet.report;

import dev.gauntlet.Numbers;
import dev.gauntlet.StorageException;
import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.RobustnessReport;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Formats numbers and foreign text for a page: in English, independently of the machine's locale. */
final class Formats {
    /** Keeps a number and its unit on one line. */
    private static final String NO_BREAK_SPACE = "\u00a0";

    private static final String EN_DASH = "\u2013";

    private static final char REPLACEMENT = '\ufffd';

    private Formats() {}

    /** Formats a share of 1 as a percentage, such as {@code 97.9 %}. */
    static String percent(double share) {
        return decimal(100 * share, 1) + NO_BREAK_SPACE + "%";
    }

    /** Formats an interval of shares as percentages, such as {@code 97.6–98.2 %}. */
    static String percents(double lower, double upper) {
        return decimal(100 * lower, 1) + EN_DASH + percent(upper);
    }

    /** Formats a rate with its parts, such as {@code 97.9 % (9,790 of 10,000)}. */
    static String rate(Interval rate) {
        return "%s (%s of %s)".formatted(percent(rate.rate()), count(rate.successes()), count(rate.trials()));
    }

    /** Formats a number of things, such as {@code 10,000}. */
    static String count(long number) {
        return Numbers.count(number);
    }

    /** Formats a number of things with its noun in the singular or plural. */
    static String count(long number, String singular, String plural) {
        return count(number) + NO_BREAK_SPACE + (number == 1 ? singular : plural);
    }

    /** Joins names with commas, and the last one with "and". */
    static String list(List<String> names) {
        int last = names.size() - 1;
        return last < 1
                ? String.join("", names)
                : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
    }

    /** Formats with a fixed number of decimals. */
    static String decimal(double number, int decimals) {
        String text = String.format(Locale.ROOT, "%." + decimals + "f", number);
        return text.startsWith("-") && text.chars().noneMatch(digit -> digit >= '1' && digit <= '9')
                ? text.substring(1)
                : text;
    }

    /** Formats with at most the given number of decimals, without trailing zeros. */
    static String shortDecimal(double number, int mostDecimals) {
        String text = decimal(number, mostDecimals);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }

    /** Formats a duration for people: seconds below two minutes, else minutes and seconds. */
    static String duration(double seconds) {
        if (seconds < 120) {
            return decimal(seconds, 1) + NO_BREAK_SPACE + "s";
        }
        long whole = Math.round(seconds);
        return whole / 60 + NO_BREAK_SPACE + "min " + whole % 60 + NO_BREAK_SPACE + "s";
    }

    /**
     * Makes foreign text safe for a page and for a message of one line: white space becomes a space; control characters,
     * characters that XML does not allow and bidirectional controls become a replacement character.
     */
    static String plain(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        text.codePoints().forEach(character -> plain.appendCodePoint(plain(character)));
        return plain.toString();
    }

    private static int plain(int character) {
        if (Character.isWhitespace(character)) {
            return ' ';
        }
        int type = Character.getType(character);
        boolean nonCharacter = (character & 0xfffe) == 0xfffe;
        return type == Character.CONTROL || type == Character.SURROGATE || nonCharacter || turnsDirection(character)
                ? REPLACEMENT
                : character;
    }

    private static boolean turnsDirection(int character) {
        return character == 0x061c
                || (character >= 0x200e && character <= 0x200f)
                || (character >= 0x202a && character <= 0x202e)
                || (character >= 0x2066 && character <= 0x2069);
    }

    /** Joins sentences that may contain foreign text. */
    static String sentences(List<String> sentences) {
        return plain(String.join(" ", sentences));
    }

    /** Returns the cause of a failed file operation in a few words. */
    static String cause(IOException e) {
        return plain(StorageException.reason(e));
    }

    /** Returns the notices of the data and the model that a reader must know before using any number. */
    static List<String> notices(RobustnessReport report) {
        return Stream.concat(report.data().notice().stream(), report.model().notices().stream())
                .toList();
    }
}
