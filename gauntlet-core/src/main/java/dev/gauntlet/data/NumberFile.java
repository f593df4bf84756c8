package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int LONGEST_HEADER = 1 << 16;
    private static final Pattern DESCRIPTION = Pattern.compile("'descr'\\s*:\\s*'([^']{0,100})'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9,\\s]*)\\)");

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
        byte[] header;
        try (InputStream in = Files.newInputStream(path)) {
            in.skipNBytes(start);
            header = in.readNBytes((int) Math.min(length, LONGEST_HEADER));
        }
        if (header.length < 12 || !Arrays.equals(header, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new GauntletException("%s is no npy array.".formatted(where));
        }
        int major = header[6];
        if (major < 1 || major > 3) {
            throw new GauntletException(
                    "%s has version %d of the npy format; 1 to 3 are known.".formatted(where, major));
        }
        int prefix = major == 1 ? 10 : 12;
        long textLength = (header[8] & 0xff) | ((header[9] & 0xff) << 8);
        if (major > 1) {
            textLength |= ((header[10] & 0xffL) << 16) | ((header[11] & 0xffL) << 24);
        }
        if (textLength > header.length - prefix) {
            throw new GauntletException("%s is cut off in its header.".formatted(where));
        }
        String text = new String(header, prefix, (int) textLength, StandardCharsets.ISO_8859_1);
        String type = field(where, "descr", DESCRIPTION, text);
        Encoding encoding = Encoding.ofNpy(type)
                .orElseThrow(() -> new GauntletException(
                        "%s has numbers of type '%s'; known are uint8, int8 to int64 and 32-bit and 64-bit floats, least significant byte first."
                                .formatted(where, type)));
        if (field(where, "fortran_order", ORDER, text).equals("True")) {
            throw new GauntletException(
                    "%s is stored in Fortran order; save it again with numpy.ascontiguousarray.".formatted(where));
        }
        long[] sides = Arrays.stream(field(where, "shape", SHAPE, text).split(","))
                .map(String::strip)
                .filter(side -> !side.isEmpty())
                .mapToLong(side -> side.matches("\\d{1,15}") ? Long.parseLong(side) : Long.MAX_VALUE)
                .toArray();
        long room = length - prefix - textLength;
        if (bytes(encoding.bytes(), sides, room) != room) {
            throw new GauntletException(
                    "%s declares the shape %s of %s, which does not take the %,d bytes that it has; it is damaged or cut off."
                            .formatted(where, Arrays.toString(sides), type, room));
        }
        return new NumberFile(where, path, start + prefix + textLength, encoding, sides);
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

    private static String field(String where, String name, Pattern pattern, String header) {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            throw new GauntletException("%s has a header without a plain '%s'.".formatted(where, name));
        }
        return matcher.group(1);
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
