package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * An array in NumPy's npy format, read from its file on demand.
 *
 * <p>Described at <a
 * href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy.lib.format</a>.
 *
 * @param where the name of the array, for errors
 * @param path the file that contains the numbers
 * @param start the offset of the numbers in the file
 * @param type the type of an element
 * @param sides the length of each dimension
 * @param fortranOrder whether the first index changes fastest
 */
record NpyArray(String where, Path path, long start, NpyType type, long[] sides, boolean fortranOrder) {
    private static final int MAXIMUM_ARRAYS = 100;

    /** The unpacked size that is always accepted, and the largest compression ratio beyond it. */
    private static final long HARMLESS_BYTES = 256L << 20;

    private static final long HARMLESS_COMPRESSION = 200;

    /** How much of an array in Fortran order is transposed at once. */
    private static final int TURNED_BYTES = 1 << 24;

    /** Opens the array of an npy file. */
    static NpyArray npy(Path path) {
        if (!Files.isRegularFile(path)) {
            throw new GauntletException("%s does not exist; check the path.".formatted(path));
        }
        try {
            return of(path.toString(), path, 0, Files.size(path));
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(path, e.getMessage()), e);
        }
    }

    private static NpyArray of(String where, Path path, long start, long length) throws IOException {
        byte[] beginning;
        try (InputStream in = Files.newInputStream(path)) {
            in.skipNBytes(start);
            beginning = in.readNBytes((int) Math.min(length, NpyHeader.LONGEST));
        }
        NpyHeader header = NpyHeader.read(where, beginning);
        NpyType type = NpyType.parse(where, header.type());
        long room = length - header.start();
        if (bytes(type.bytes(), header.sides(), room) != room) {
            throw new GauntletException(
                    "%s declares the shape %s of %s, which does not match its %,d bytes; it is damaged or truncated."
                            .formatted(where, Arrays.toString(header.sides()), header.type(), room));
        }
        return new NpyArray(where, path, start + header.start(), type, header.sides(), header.fortranOrder());
    }

    /** Multiplies without overflow; -1 if the product is too large. */
    private static long bytes(long bytes, long[] sides, long most) {
        if (Arrays.stream(sides).anyMatch(side -> side == 0)) {
            return 0;
        }
        long product = bytes;
        for (long side : sides) {
            if (product > most / side) {
                return -1;
            }
            product *= side;
        }
        return product;
    }

    /**
     * Lists the arrays of an npz archive.
     *
     * @param path the archive
     * @return their names
     */
    static List<String> names(Path path) {
        return unzipped(path, zip -> {
            if (zip.size() > MAXIMUM_ARRAYS) {
                throw new GauntletException("%s has more than %d arrays.".formatted(path, MAXIMUM_ARRAYS));
            }
            List<String> names = new ArrayList<>();
            for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements(); ) {
                String name = name(entries.nextElement());
                if (names.contains(name)) {
                    throw new GauntletException("%s has two arrays named %s.".formatted(path, name));
                }
                names.add(name);
            }
            return names;
        });
    }

    /**
     * Opens arrays of an npz archive, each unpacked to a temporary file that is deleted when the process ends.
     *
     * @param path the archive
     * @param wanted the names of the arrays to open, all of which exist
     * @return the arrays by name
     */
    static Map<String, NpyArray> npz(Path path, List<String> wanted) {
        List<Path> files = new ArrayList<>();
        try {
            return unzipped(path, zip -> npz(path, zip, wanted, files));
        } catch (GauntletException e) {
            files.forEach(file -> file.toFile().delete());
            throw e;
        }
    }

    /** An action on an open archive. */
    @FunctionalInterface
    private interface Unzipping<T> {
        T from(ZipFile zip) throws IOException;
    }

    private static <T> T unzipped(Path path, Unzipping<T> unzipping) {
        try (ZipFile zip = new ZipFile(path.toFile())) {
            return unzipping.from(zip);
        } catch (ZipException | IllegalArgumentException e) {
            // the JDK throws the latter for a name that is not UTF-8
            throw new GauntletException(
                    "%s is not an npz file, or a damaged one (%s).".formatted(path, e.getMessage()), e);
        } catch (IOException e) {
            throw new GauntletException("%s cannot be unpacked: %s.".formatted(path, e.getMessage()), e);
        }
    }

    private static String name(ZipEntry entry) {
        return entry.getName().replaceFirst("\\.npy$", "");
    }

    private static Map<String, NpyArray> npz(Path path, ZipFile zip, List<String> wanted, List<Path> files)
            throws IOException {
        Map<String, NpyArray> arrays = new LinkedHashMap<>();
        long unpacked = 0;
        long most = Math.max(HARMLESS_BYTES, HARMLESS_COMPRESSION * Files.size(path));
        for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements(); ) {
            ZipEntry entry = entries.nextElement();
            if (!wanted.contains(name(entry))) {
                continue;
            }
            if (entry.getSize() > most) {
                throw bomb(path, most);
            }
            Path file = Files.createTempFile("gauntlet", ".npy");
            files.add(file);
            file.toFile().deleteOnExit();
            try (InputStream in = zip.getInputStream(entry);
                    OutputStream out = Files.newOutputStream(file)) {
                unpacked += copy(in, out, most - unpacked);
            }
            if (unpacked > most) {
                throw bomb(path, most);
            }
            arrays.put(name(entry), of("%s, array %s".formatted(path, name(entry)), file, 0, Files.size(file)));
        }
        return arrays;
    }

    private static GauntletException bomb(Path path, long most) {
        return new GauntletException(
                "%s unpacks to more than %,d bytes, far more than images do; if that is intended, save it with numpy.savez instead of savez_compressed."
                        .formatted(path, most));
    }

    /** Copies at most one byte more than allowed, and returns the number of bytes. */
    private static long copy(InputStream in, OutputStream out, long most) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long copied = 0;
        int read = in.read(buffer);
        while (read >= 0 && copied <= most) {
            out.write(buffer, 0, read);
            copied += read;
            read = in.read(buffer);
        }
        return copied;
    }

    String shape() {
        return sides.length == 0
                ? "() of a single number"
                : Arrays.stream(sides).mapToObj(Long::toString).collect(Collectors.joining("x"));
    }

    /** Returns the number of elements for each index of the first dimension. */
    int row() {
        return Math.toIntExact(
                Arrays.stream(sides).skip(1).reduce(1, (product, side) -> Math.multiplyExact(product, side)));
    }

    /** Opens the elements in C order, grouped by the index of the first dimension. */
    MappedFile map() {
        int count = Math.toIntExact(sides[0]);
        long rowBytes = (long) row() * type.bytes();
        Path file = path;
        long first = start;
        // an example that is too large is refused below
        if (fortranOrder && sides.length > 1 && rowBytes <= MappedFile.LARGEST_PIECE) {
            file = inRowOrder(count);
            first = 0;
        }
        return MappedFile.of(file, first, rowBytes, count, type.order());
    }

    /** Writes the elements in C order to a temporary file. */
    private Path inRowOrder(int count) {
        int row = row();
        int bytes = type.bytes();
        // an array in Fortran order is a C array with reversed dimensions: for each element of a row, one number for
        // each row
        MappedFile columns = MappedFile.of(path, start, (long) count * bytes, row);
        int[] places = places();
        int together = Math.max(1, TURNED_BYTES / Math.max(1, row * bytes));
        try {
            Path file = Files.createTempFile("gauntlet", ".turned");
            file.toFile().deleteOnExit();
            try (OutputStream out = Files.newOutputStream(file)) {
                byte[] rows = new byte[Math.multiplyExact(Math.min(together, count), row * bytes)];
                for (int first = 0; first < count; first += together) {
                    int number = Math.min(together, count - first);
                    for (int column = 0; column < row; column++) {
                        ByteBuffer piece = columns.piece(column);
                        int from = columns.position(column) + first * bytes;
                        for (int i = 0; i < number; i++) {
                            piece.get(from + i * bytes, rows, (i * row + places[column]) * bytes, bytes);
                        }
                    }
                    out.write(rows, 0, number * row * bytes);
                }
            }
            return file;
        } catch (IOException e) {
            throw new GauntletException("%s cannot be unpacked: %s.".formatted(where, e.getMessage()), e);
        }
    }

    /** Returns the position in a C-order row of each element of a Fortran-order row. */
    private int[] places() {
        int[] places = new int[row()];
        for (int column = 0; column < places.length; column++) {
            int rest = column;
            int stride = places.length;
            for (int side = 1; side < sides.length; side++) {
                stride /= (int) sides[side];
                places[column] += (int) (rest % sides[side]) * stride;
                rest /= (int) sides[side];
            }
        }
        return places;
    }
}
