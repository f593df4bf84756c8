package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The type of the elements of an npy array: numbers, or strings of a fixed length.
 *
 * @param name NumPy's name of the type
 * @param number the binary format of a number; empty for strings
 * @param bytes the length of an element
 * @param order the byte order of a number or character
 * @param isUnicode for strings, whether a character has four bytes instead of one
 */
record NpyType(String name, Optional<Encoding> number, int bytes, ByteOrder order, boolean isUnicode) {
    private static final Pattern TEXT = Pattern.compile("[<>=|]?([USa])(\\d{1,6})");

    private static final int UNICODE_BYTES = 4;

    /** Parses NumPy's name of a type, such as {@code <f4}. */
    static NpyType parse(String where, String name) {
        ByteOrder order = name.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        Optional<Encoding> number = Encoding.ofNpy(name.replaceFirst("^[<>=|]", ""));
        if (number.isPresent()) {
            return new NpyType(name, number, number.get().bytes(), order, false);
        }
        Matcher text = TEXT.matcher(name);
        if (name.endsWith("O")) {
            throw new GauntletException(
                    "%s contains Python objects (type '%s'); save numbers, or strings with dtype=str."
                            .formatted(where, ClassNumbers.shown(name)));
        }
        if (!text.matches()) {
            throw new GauntletException(
                    "%s contains elements of type '%s'; supported are bool, int8 to int64, uint8 to uint64, float16 to float64, and strings (U and S)."
                            .formatted(where, ClassNumbers.shown(name)));
        }
        boolean isUnicode = text.group(1).equals("U");
        int length = Integer.parseInt(text.group(2));
        return new NpyType(name, number, isUnicode ? UNICODE_BYTES * length : length, order, isUnicode);
    }

    /** Reads a string without its padding zeros. */
    String text(ByteBuffer file, int position) {
        if (isUnicode) {
            StringBuilder text = new StringBuilder();
            for (int at = position; at < position + bytes; at += UNICODE_BYTES) {
                int character = file.getInt(at);
                text.appendCodePoint(Character.isValidCodePoint(character) ? character : '?');
            }
            return withoutZeros(text.toString());
        }
        byte[] characters = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            characters[i] = file.get(position + i);
        }
        return withoutZeros(new String(characters, StandardCharsets.UTF_8));
    }

    private static String withoutZeros(String text) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == 0) {
            end--;
        }
        return text.substring(0, end);
    }
}
