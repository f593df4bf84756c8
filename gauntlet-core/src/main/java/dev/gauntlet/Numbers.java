package dev.gauntlet;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Writes numbers for people: in English, independently of the machine's locale. */
public final class Numbers {
    private static final MathContext FEW_DIGITS = new MathContext(4);

    private Numbers() {}

    /**
     * Writes a number with at most four significant digits, without an exponent and without trailing zeros.
     *
     * @param value the number
     * @return the text, such as {@code 0.03137} for 8/255
     */
    public static String rounded(double value) {
        return new BigDecimal(value).round(FEW_DIGITS).stripTrailingZeros().toPlainString();
    }

    /**
     * Writes a number with all its digits; a whole number without a decimal point.
     *
     * @param value the number
     * @return the text, such as {@code 255} or {@code 0.1307}
     */
    public static String exact(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? String.format(Locale.ROOT, "%.0f", value)
                : Double.toString(value);
    }

    /**
     * Writes how many things there are.
     *
     * @param number the number
     * @return the text, such as {@code 10,000}
     */
    public static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
