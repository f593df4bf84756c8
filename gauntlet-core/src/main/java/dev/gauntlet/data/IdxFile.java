package dev.gauntlet.data;

import dev.gauntlet.AtomicFile;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/**
 * Reads the file format of MNIST: a header with the counts, then one byte per label or pixel; plain or compressed with
 * gzip, independent of the file name.
 *
 * <p>Files need not be trusted: memory is allocated only as far as the file has content.
 *
 * <p>Example: {@code IdxFile.dataset("mine", "test", List.of("cat", "dog"), Path.of("images.gz"),
 * Path.of("labels.gz"))}.
 */
public final class IdxFile {
    /** The largest content that is read; the largest published data set in this format is half as large. */
    static final long MAXIMUM_BYTES = 1L << 30;

    /** Deflate cannot compress by more than this factor. */
    private static final long LARGEST_COMPRESSION = 1032;

    private IdxFile() {}

    /**
     * Reads images of one channel with their labels.
     *
     * @param name the name of the data set, for the record of a run
     * @param split which part of it, such as {@code test}
     * @param classes the class names
     * @param images the file of the images
     * @param labels the file of the labels
     * @return the data set
     * @throws GauntletException if a file cannot be read, is truncated, corrupted, too large or not an IDX file, or if
     *     the two do not belong together
     */
    public static Dataset dataset(String name, String split, List<String> classes, Path images, Path labels) {
        Loaded loadedImages = read(images, Kind.IMAGES, MAXIMUM_BYTES);
        Loaded loadedLabels = read(labels, Kind.LABELS, MAXIMUM_BYTES);
        requirePair(images, loadedImages.content(), labels, loadedLabels.content(), classes.size());
        DataOrigin origin = new DataOrigin(
                name,
                split,
                folderOf(images).toString(),
                Map.of(fileName(images), loadedImages.sha256(), fileName(labels), loadedLabels.sha256()),
                Optional.empty());
        return new InMemoryDataset(
                origin,
                loadedImages.content().imageShape(),
                classes,
                loadedLabels.content().values(),
                loadedImages.content().values());
    }

    /** Refuses images and labels that do not belong together. */
    static void requirePair(Path images, Content imageContent, Path labels, Content labelContent, int classes) {
        if (imageContent.count() != labelContent.count()) {
            throw new GauntletException("%s has %d images, but %s has %d labels; take both from the same release."
                    .formatted(images, imageContent.count(), labels, labelContent.count()));
        }
        byte[] values = labelContent.values();
        for (int id = 0; id < values.length; id++) {
            if ((values[id] & 0xff) >= classes) {
                throw new GauntletException(
                        "%s gives example %d the label %d, but the labels of %d classes range from 0 to %d; download it again or name all classes."
                                .formatted(labels, id, values[id] & 0xff, classes, classes - 1));
            }
        }
    }

    /**
     * Reads a file.
     *
     * @param path the file, plain or compressed with gzip
     * @param kind the kind of content that it must have
     * @param maximumBytes the largest size when uncompressed, including the header
     * @return its content
     * @throws GauntletException if the file is not of this kind, is damaged, or is larger
     */
    static Loaded read(Path path, Kind kind, long maximumBytes) {
        if (Files.isDirectory(path)) {
            throw new GauntletException("%s is a folder, expected an IDX file of %s; give the file inside it."
                    .formatted(path, kind.plural));
        }
        MessageDigest digest = Sha256.digest();
        try (InputStream in =
                        new BufferedInputStream(new DigestInputStream(Files.newInputStream(path), digest), 1 << 16);
                InputStream unpacked = unpacked(in)) {
            long size = Files.size(path);
            boolean compressed = unpacked != in;
            Content content = compressed
                    ? parse(
                            path,
                            unpacked,
                            kind,
                            Math.min(maximumBytes, Math.min(size, maximumBytes) * LARGEST_COMPRESSION),
                            -1)
                    : parse(path, unpacked, kind, maximumBytes, size);
            // the checksum covers the whole file, including anything after the compressed stream
            in.transferTo(OutputStream.nullOutputStream());
            return new Loaded(content, compressed, Sha256.hex(digest));
        } catch (NoSuchFileException e) {
            throw new GauntletException(
                    "%s does not exist, expected an IDX file of %s; check the path.".formatted(path, kind.plural), e);
        } catch (AccessDeniedException e) {
            throw new GauntletException(
                    "%s cannot be read: permission denied; check its permissions.".formatted(path), e);
        } catch (EOFException e) {
            throw new GauntletException(
                    "%s is truncated: its gzip stream stops before its end; download it again.".formatted(path), e);
        } catch (ZipException e) {
            throw new GauntletException(
                    "%s is corrupted: its gzip stream cannot be unpacked (%s); download it again."
                            .formatted(path, e.getMessage()),
                    e);
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read (%s); check the disk.".formatted(path, e.getMessage()), e);
        }
    }

    /** Checks the content rather than the name, because browsers tend to unpack downloads. */
    private static InputStream unpacked(InputStream in) throws IOException {
        in.mark(2);
        boolean compressed = in.read() == 0x1f && in.read() == 0x8b;
        in.reset();
        return compressed ? new GZIPInputStream(in, 1 << 16) : in;
    }

    /** Reads the content; the size is that of a plain file, or -1 if it is unknown. */
    private static Content parse(Path path, InputStream in, Kind kind, long maximumBytes, long plainSize)
            throws IOException {
        byte[] header = in.readNBytes(kind.headerBytes());
        requireMagic(path, header, kind);
        if (header.length < kind.headerBytes()) {
            throw new GauntletException(
                    "%s is truncated: it has only %d of the %d bytes of its header; download it again."
                            .formatted(path, header.length, kind.headerBytes()));
        }
        ByteBuffer fields = ByteBuffer.wrap(header).position(Integer.BYTES);
        long[] declared = new long[kind.dimensions];
        for (int d = 0; d < declared.length; d++) {
            declared[d] = Integer.toUnsignedLong(fields.getInt());
        }
        String what = kind.describe(declared);
        long bytes = product(declared, maximumBytes - header.length);
        if (bytes < 0) {
            throw new GauntletException(
                    "%s declares %s, which takes more than the %d bytes that this file can contain; download it again."
                            .formatted(path, what, maximumBytes));
        }
        if (Arrays.stream(declared).skip(1).anyMatch(side -> side == 0)) {
            throw new GauntletException(
                    "%s declares %s, expected sides of at least 1; download it again.".formatted(path, what));
        }
        if (plainSize >= 0 && plainSize != header.length + bytes) {
            throw new GauntletException(
                    "%s declares %s, which takes %d bytes, but it has %d, so it is %s; download it again."
                            .formatted(
                                    path,
                                    what,
                                    header.length + bytes,
                                    plainSize,
                                    plainSize < header.length + bytes ? "truncated" : "damaged or another file"));
        }
        // reads piece by piece, so memory grows only with the content
        byte[] values = in.readNBytes((int) bytes);
        if (values.length < bytes) {
            throw new GauntletException(
                    "%s is truncated: it declares %s, which takes %d bytes, but it contains only %d; download it again."
                            .formatted(path, what, header.length + bytes, header.length + values.length));
        }
        if (in.read() >= 0) {
            throw new GauntletException("%s declares %s, which takes %d bytes, but more follow; download it again."
                    .formatted(path, what, header.length + bytes));
        }
        return new Content(kind, Arrays.stream(declared).mapToInt(d -> (int) d).toArray(), values);
    }

    private static void requireMagic(Path path, byte[] header, Kind kind) {
        if (header.length < Integer.BYTES) {
            throw new GauntletException(
                    "%s is truncated: it has only %d bytes of content, expected an IDX file of %s; download it again."
                            .formatted(path, header.length, kind.plural));
        }
        int magic = ByteBuffer.wrap(header).getInt();
        if (magic == kind.magic) {
            return;
        }
        String found = Arrays.stream(Kind.values())
                .filter(other -> other.magic == magic)
                .findFirst()
                .map(other -> "it is an IDX file of %s; are images and labels swapped?".formatted(other.plural))
                .orElse(header[0] == '<' ? "it looks like a web page; download it again." : "download it again.");
        throw new GauntletException("%s starts with 0x%08x, expected 0x%08x for an IDX file of %s; %s"
                .formatted(path, magic, kind.magic, kind.plural, found));
    }

    /** Multiplies without overflow; -1 if the product exceeds the limit. */
    private static long product(long[] factors, long limit) {
        long product = 1;
        for (long factor : factors) {
            // a factor of 0 must not hide another factor that is too large
            if (Math.max(1, factor) > limit / product) {
                return -1;
            }
            product *= Math.max(1, factor);
        }
        return Arrays.stream(factors).anyMatch(factor -> factor == 0) ? 0 : product;
    }

    /** Writes the content compressed; the same content gives the same bytes, because the header contains no time. */
    static void write(Path path, Content content) throws IOException {
        AtomicFile.write(path, out -> {
            try (GZIPOutputStream compressed = new GZIPOutputStream(out, 1 << 16)) {
                compressed.write(content.header());
                compressed.write(content.values());
            }
        });
    }

    static Path folderOf(Path file) {
        Path absolute = file.toAbsolutePath().normalize();
        Path folder = absolute.getParent();
        return folder == null ? absolute : folder;
    }

    static String fileName(Path file) {
        return String.valueOf(file.getFileName());
    }

    /** The supported contents of IDX files. */
    enum Kind {
        IMAGES(0x00000803, 3, "images"),
        LABELS(0x00000801, 1, "labels");

        private final int magic;
        private final int dimensions;
        private final String plural;

        Kind(int magic, int dimensions, String plural) {
            this.magic = magic;
            this.dimensions = dimensions;
            this.plural = plural;
        }

        private int headerBytes() {
            return (1 + dimensions) * Integer.BYTES;
        }

        private String describe(long[] declared) {
            String sides =
                    Arrays.stream(declared).skip(1).mapToObj(Long::toString).collect(Collectors.joining("x"));
            return declared[0] + " " + plural + (sides.isEmpty() ? "" : " of " + sides);
        }
    }

    /**
     * The content of a file.
     *
     * @param kind images or labels
     * @param dimensions the number of examples, and for images rows and columns
     * @param values one byte per label or pixel
     */
    record Content(Kind kind, int[] dimensions, byte[] values) {
        static Content labels(byte[] labels) {
            return new Content(Kind.LABELS, new int[] {labels.length}, labels);
        }

        static Content images(int count, ImageShape shape, byte[] pixels) {
            return new Content(Kind.IMAGES, new int[] {count, shape.height(), shape.width()}, pixels);
        }

        int count() {
            return dimensions[0];
        }

        ImageShape imageShape() {
            return new ImageShape(1, dimensions[1], dimensions[2]);
        }

        byte[] header() {
            ByteBuffer header = ByteBuffer.allocate(kind.headerBytes()).putInt(kind.magic);
            IntStream.of(dimensions).forEach(header::putInt);
            return header.array();
        }

        /** The checksum of the uncompressed file. */
        String sha256() {
            MessageDigest digest = Sha256.digest();
            digest.update(header());
            digest.update(values);
            return Sha256.hex(digest);
        }
    }

    /**
     * A file that was read.
     *
     * @param content its content
     * @param compressed whether it was compressed
     * @param sha256 the checksum of the file itself
     */
    record Loaded(Content content, boolean compressed, String sha256) {}
}
