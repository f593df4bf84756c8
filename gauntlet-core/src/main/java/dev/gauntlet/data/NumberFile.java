package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
 * An array in NumPy's npy format, where it lies in its file.
 *
 * <p>Described at <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy.lib.format</a>.
 *
 * @param where names the array in errors
 * @param path the file that holds the numbers
 * @param start where in the file they begin
 * @param encoding how a number is written
 * @param sides the length of each side
 */
record NumberFile(String where, Path path, long start, Encoding encoding, long[] sides) {
    private static final int MAXIMUM_ARRAYS = 100;

    /** What a compressed archive may unpack to in any case, and how much denser than that it may be packed. */
    private static final long HARMLESS_BYTES = 256L << 20;

    private static final long HARMLESS_COMPRESSION = 200;

    /** Opens the array of an npy file. */
    static NumberFile npy(Path path) {
        try {
            return of(path.toString(), path, 0, Files.size(path));
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(path, e.getMessage()), e);
        }
    }

    private static NumberFile of(String where, Path path, long start, long length) throws IOException {
        byte[] beginning;
        try (InputStream in = Files.newInputStream(path)) {
            in.skipNBytes(start);
            beginning = in.readNBytes((int) Math.min(length, NpyHeader.LONGEST));
        }
        NpyHeader header = NpyHeader.read(where, beginning);
        Encoding encoding = Encoding.ofNpy(header.type())
                .orElseThrow(() -> new GauntletException(
                        "%s has numbers of type '%s'; known are uint8, int8 to int64 and 32-bit and 64-bit floats, least significant byte first."
                                .formatted(where, header.type())));
        long room = length - header.start();
        if (bytes(encoding.bytes(), header.sides(), room) != room) {
            throw new GauntletException(
                    "%s declares the shape %s of %s, which does not take the %,d bytes that it has; it is damaged or cut off."
                            .formatted(where, Arrays.toString(header.sides()), header.type(), room));
        }
        return new NumberFile(where, path, start + header.start(), encoding, header.sides());
    }

    /** Multiplies without overflow; -1 if there are more than that. */
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
     * Opens the arrays of an npz archive, each unpacked to a temporary file that goes when the process ends.
     *
     * @param path the archive
     * @return the arrays by name
     */
    static Map<String, NumberFile> npz(Path path) {
        List<Path> files = new ArrayList<>();
        try {
            return npz(path, files);
        } catch (ZipException | IllegalArgumentException e) {
            delete(files);
            // the latter is how the JDK refuses a name that is not UTF-8
            throw new GauntletException("%s is no npz file, or a damaged one (%s).".formatted(path, e.getMessage()), e);
        } catch (IOException e) {
            delete(files);
            throw new GauntletException("%s cannot be unpacked: %s.".formatted(path, e.getMessage()), e);
        } catch (GauntletException e) {
            delete(files);
            throw e;
        }
    }

    private static void delete(List<Path> files) {
        files.forEach(file -> file.toFile().delete());
    }

    /** Does so, and lists the files that it makes. */
    private static Map<String, NumberFile> npz(Path path, List<Path> files) throws IOException {
        Map<String, NumberFile> arrays = new LinkedHashMap<>();
        long unpacked = 0;
        try (ZipFile zip = new ZipFile(path.toFile())) {
            if (zip.size() > MAXIMUM_ARRAYS) {
                throw new GauntletException("%s has more than %d arrays.".formatted(path, MAXIMUM_ARRAYS));
            }
            long most = Math.max(HARMLESS_BYTES, HARMLESS_COMPRESSION * Files.size(path));
            for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements(); ) {
                ZipEntry entry = entries.nextElement();
                String name = entry.getName().replaceFirst("\\.npy$", "");
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
                NumberFile array = of("%s, array %s".formatted(path, name), file, 0, Files.size(file));
                if (arrays.put(name, array) != null) {
                    throw new GauntletException("%s has two arrays named %s.".formatted(path, name));
                }
            }
            return arrays;
        }
    }

    private static GauntletException bomb(Path path, long most) {
        return new GauntletException(
                "%s unpacks to more than %,d bytes, far more than images do; save it with numpy.savez, not savez_compressed, if that is right."
                        .formatted(path, most));
    }

    /** Copies at most one byte more than allowed, and returns how many. */
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
        return Arrays.stream(sides).mapToObj(Long::toString).collect(Collectors.joining("x"));
    }
}
