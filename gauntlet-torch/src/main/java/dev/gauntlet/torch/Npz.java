package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.NpyHeader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * NumPy's npz format: a zip archive with one npy file per array.
 *
 * <p>Described at <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy.lib.format</a>.
 */
final class Npz {
    private static final int MAXIMUM_ENTRIES = 10_000;

    /** The longest array that every JVM supports. */
    private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 16;

    private Npz() {}

    /**
     * Parses a file in memory.
     *
     * @param name the name of the file, for errors
     * @param file its content
     * @param limit the largest unpacked size of all arrays in bytes: a small file that unpacks to far more than the
     *     network needs is an attack on the memory, not a model
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
                            "%s unpacks to more than %d bytes, far more than the network needs; check the network, or use another file."
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
            // the JDK throws the latter for a name that is not UTF-8
            throw new GauntletException("%s is a damaged npz file (%s).".formatted(name, e.getMessage()), e);
        }
        if (tensors.isEmpty()) {
            throw new GauntletException(
                    file.length > Integer.BYTES && file[0] == 'P' && file[1] == 'K'
                            ? "%s contains no arrays; save the weights with numpy.savez(file, **arrays)."
                                    .formatted(name)
                            : "%s is not an npz file; save the weights with numpy.savez.".formatted(name));
        }
        return tensors;
    }

    private static WeightTensor array(String where, byte[] npy) {
        NpyHeader header = NpyHeader.read(where, npy);
        NumberType type = NumberType.ofNpy(where, header.type());
        int count = NumberType.count(where, header.sides());
        int room = npy.length - header.start();
        if ((long) count * type.bytes() != room) {
            throw new GauntletException("%s declares the shape %s, which takes %d bytes, but has %d."
                    .formatted(where, Arrays.toString(header.sides()), (long) count * type.bytes(), room));
        }
        ByteBuffer numbers = ByteBuffer.wrap(npy).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = type.read(numbers, header.start(), count);
        return new WeightTensor(header.sides(), header.fortranOrder() ? inRowOrder(values, header.sides()) : values);
    }

    /** Reorders numbers whose first index changes fastest, as NumPy writes a transposed matrix. */
    private static float[] inRowOrder(float[] columns, long[] sides) {
        float[] rows = new float[columns.length];
        int[] index = new int[sides.length];
        for (float value : columns) {
            int place = 0;
            for (int side = 0; side < sides.length; side++) {
                place = place * (int) sides[side] + index[side];
            }
            rows[place] = value;
            for (int side = 0; side < sides.length && ++index[side] == sides[side]; side++) {
                index[side] = 0;
            }
        }
        return rows;
    }
}
