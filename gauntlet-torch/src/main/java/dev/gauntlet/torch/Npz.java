package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * NumPy's npz format: a zip archive with one npy file per array.
 *
 * <p>Described at <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy.lib.format</a>.
 */
final class Npz {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern DESCRIPTION = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9,\\s]*)\\)");

    private static final int MAXIMUM_ENTRIES = 10_000;

    /** The longest array that all Java machines can make. */
    private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 16;

    private Npz() {}

    /**
     * Reads a file that has been read into memory.
     *
     * @param name says in errors which file
     * @param file its content
     * @param limit how many bytes all arrays may unpack to: a small file that unpacks to far more than the network
     *     needs is an attack on the memory, not a model
     */
    static Map<String, WeightTensor> read(String name, byte[] file, long limit) {
        Map<String, WeightTensor> tensors = new LinkedHashMap<>();
        long unpacked = 0;
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(file))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (tensors.size() == MAXIMUM_ENTRIES) {
                    throw new GauntletException("%s has more than %d arrays.".formatted(name, MAXIMUM_ENTRIES));
                }
                byte[] content = zip.readNBytes((int) Math.min(LONGEST_ARRAY, limit - unpacked + 1));
                unpacked += content.length;
                if (unpacked > limit || content.length == LONGEST_ARRAY) {
                    throw new GauntletException(
                            "%s unpacks to more than %d bytes, far more than the network needs; check the network, or take another file."
                                    .formatted(name, Math.min(limit, LONGEST_ARRAY)));
                }
                String array = entry.getName().replaceFirst("\\.npy$", "");
                if (WeightNames.isCounter(array)) {
                    continue;
                }
                if (tensors.put(array, array("%s, array %s".formatted(name, array), content)) != null) {
                    throw new GauntletException("%s has two arrays named %s.".formatted(name, array));
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            // the latter is how the JDK refuses a name that is not UTF-8
            throw new GauntletException("%s is a damaged npz file (%s).".formatted(name, e.getMessage()), e);
        }
        if (tensors.isEmpty()) {
            throw new GauntletException("%s is no npz file, or it holds no array.".formatted(name));
        }
        return tensors;
    }

    private static WeightTensor array(String where, byte[] npy) {
        ByteBuffer buffer = ByteBuffer.wrap(npy).order(ByteOrder.LITTLE_ENDIAN);
        if (npy.length < 12 || !Arrays.equals(npy, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new GauntletException("%s is no npy array.".formatted(where));
        }
        int major = npy[6];
        if (major < 1 || major > 3) {
            throw new GauntletException(
                    "%s has version %d of the npy format; 1 to 3 are known.".formatted(where, major));
        }
        int headerStart = major == 1 ? 10 : 12;
        long headerLength = major == 1 ? buffer.getShort(8) & 0xffff : buffer.getInt(8) & 0xffffffffL;
        if (headerLength > npy.length - headerStart) {
            throw new GauntletException("%s is cut off in its header.".formatted(where));
        }
        String header = new String(npy, headerStart, (int) headerLength, StandardCharsets.ISO_8859_1);
        NumberType type = NumberType.ofNpy(where, field(where, DESCRIPTION, header));
        if (field(where, ORDER, header).equals("True")) {
            throw new GauntletException(
                    "%s is stored in Fortran order; save it again with numpy.ascontiguousarray.".formatted(where));
        }
        long[] shape = Arrays.stream(field(where, SHAPE, header).split(","))
                .map(String::strip)
                .filter(side -> !side.isEmpty())
                .mapToLong(side -> side(where, side))
                .toArray();
        int count = NumberType.count(where, shape);
        int dataStart = headerStart + (int) headerLength;
        if ((long) count * type.bytes() != npy.length - dataStart) {
            throw new GauntletException("%s declares the shape %s, which needs %d bytes, but has %d."
                    .formatted(where, Arrays.toString(shape), (long) count * type.bytes(), npy.length - dataStart));
        }
        return new WeightTensor(shape, type.read(buffer, dataStart, count));
    }

    private static long side(String where, String text) {
        if (!text.matches("\\d+")) {
            throw new GauntletException("%s has a shape with '%s'; it is damaged.".formatted(where, text));
        }
        return text.length() > 10 ? Long.MAX_VALUE : Long.parseLong(text);
    }

    private static String field(String where, Pattern pattern, String header) {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            throw new GauntletException("%s has a header without %s."
                    .formatted(where, pattern.pattern().replaceAll("'(\\w+)'.*", "$1")));
        }
        return matcher.group(1);
    }
}
