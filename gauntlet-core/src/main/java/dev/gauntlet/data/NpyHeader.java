package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header of an array in NumPy's npy format.
 *
 * <p>Described at <a
 * href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy.lib.format</a>.
 *
 * <p>Example: {@code NpyHeader.read("images.npy", firstBytes)}.
 *
 * @param type NumPy's name of the element type, such as {@code <f4}
 * @param sides the length of each dimension, not negative; {@link Long#MAX_VALUE} if it is too large
 * @param start the offset of the numbers
 * @param fortranOrder whether the first index changes fastest, not the last
 */
public record NpyHeader(String type, long[] sides, int start, boolean fortranOrder) {
    /** The longest header that is read. */
    public static final int LONGEST = 1 << 16;

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern DESCRIPTION = Pattern.compile("'descr'\\s*:\\s*'([^']{0,100})'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9,\\s]*)\\)");

    /**
     * Reads a header.
     *
     * @param where the name of the array, for errors
     * @param beginning the first bytes of the array, at least {@link #LONGEST} or all
     * @return the header
     * @throws GauntletException if it is not a header, has an unknown version, is truncated or damaged
     */
    public static NpyHeader read(String where, byte[] beginning) {
        if (beginning.length < 12 || !Arrays.equals(beginning, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new GauntletException("%s is not an npy array.".formatted(where));
        }
        int major = beginning[6];
        if (major < 1 || major > 3) {
            throw new GauntletException(
                    "%s has version %d of the npy format; supported are 1 to 3.".formatted(where, major));
        }
        int prefix = major == 1 ? 10 : 12;
        long length = (beginning[8] & 0xff) | ((beginning[9] & 0xff) << 8);
        if (major > 1) {
            length |= ((beginning[10] & 0xffL) << 16) | ((beginning[11] & 0xffL) << 24);
        }
        if (length > beginning.length - prefix) {
            throw new GauntletException("%s is truncated in its header.".formatted(where));
        }
        String text = new String(beginning, prefix, (int) length, StandardCharsets.ISO_8859_1);
        String type = field(where, "descr", DESCRIPTION, text);
        boolean fortranOrder = field(where, "fortran_order", ORDER, text).equals("True");
        long[] sides = Arrays.stream(field(where, "shape", SHAPE, text).split(","))
                .map(String::strip)
                .filter(side -> !side.isEmpty())
                .mapToLong(side -> side(where, side))
                .toArray();
        return new NpyHeader(type, sides, prefix + (int) length, fortranOrder);
    }

    private static String field(String where, String name, Pattern pattern, String header) {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            throw new GauntletException("%s has a header without a plain '%s'.".formatted(where, name));
        }
        return matcher.group(1);
    }

    private static long side(String where, String text) {
        if (!text.matches("\\d+")) {
            throw new GauntletException("%s has a shape with '%s'; it is damaged.".formatted(where, text));
        }
        return text.length() > 18 ? Long.MAX_VALUE : Long.parseLong(text);
    }
}
