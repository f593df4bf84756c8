package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The kind of a model file, recognized by its content; extensions such as {@code .pth.tar} and {@code .bin}, or none,
 * are inconclusive.
 *
 * <p>Only the beginning of a file is read, the directory of an archive, and the positions of the parts of an ONNX file.
 * If the content is inconclusive, as in a damaged file, the extension decides which reader reports the error.
 * TorchScript is a program and is refused if it has the extension of a data file.
 *
 * <p>Example: {@code FileKind.of(Path.of("model.bin")) == FileKind.ONNX}.
 */
public enum FileKind {
    /** Weights in the safetensors format. */
    SAFETENSORS("weights in a safetensors file", ".*\\.safetensors"),
    /** Weights in NumPy's format for several arrays. */
    NPZ("weights in an NPZ file", ".*\\.npz"),
    /** A program with its weights, written by {@code torch.jit.save}. */
    TORCH_SCRIPT("TorchScript", ".*\\.torchscript"),
    /** The output of {@code torch.save}: a dictionary of weights, or a whole pickled model, which is refused later. */
    STATE_DICTIONARY("a PyTorch state dictionary", ".*\\.(?:pt|pth)"),
    /** A graph in ONNX. */
    ONNX("ONNX", ".*\\.onnx");

    /** Enough for all signatures below. */
    private static final int START = 512;

    /** The opcode that names the protocol; all pickles of PyTorch begin with it. */
    private static final byte PICKLE_START = (byte) 0x80;

    private static final int LATEST_PICKLE_PROTOCOL = 5;

    /** The limit of the reference implementation for the header of safetensors. */
    private static final long LONGEST_HEADER = 100_000_000;

    /** Java's replacement for an invalid character. */
    private static final char REPLACEMENT = '\ufffd';

    /** An ONNX file has few kinds of parts, but they may be repeated. */
    private static final int MOST_PARTS = 100_000;

    /** The field numbers of ONNX's {@code ModelProto} with numbers, and those with bytes. */
    private static final Set<Integer> ONNX_NUMBERS = Set.of(1, 5);

    private static final Set<Integer> ONNX_BYTES = Set.of(2, 3, 4, 6, 7, 8, 14, 20, 25, 26);

    private static final int ONNX_GRAPH = 7;

    /** A regular expression for the names of files of this kind, in lower case. */
    private final String names;

    private final String title;

    FileKind(String title, String names) {
        this.title = title;
        this.names = names;
    }

    String title() {
        return title;
    }

    /** An unsupported kind of file that is recognized by its signature. */
    private record Foreign(int offset, String beginning, String what, String remedy) {
        boolean matches(byte[] start) {
            byte[] expected = beginning.getBytes(StandardCharsets.ISO_8859_1);
            return start.length >= offset + expected.length
                    && Arrays.equals(Arrays.copyOfRange(start, offset, offset + expected.length), expected);
        }
    }

    private static final List<Foreign> FOREIGN = List.of(
            new Foreign(
                    0,
                    "version https://git-lfs",
                    "is a Git LFS pointer, not the model itself",
                    "download the model with 'git lfs pull'"),
            new Foreign(
                    0,
                    "\u0089HDF\r\n",
                    "is an HDF5 file, as written by Keras",
                    "export the model as ONNX, for example with tf2onnx"),
            new Foreign(4, "TFL3", "is a TensorFlow Lite model", "export the model as ONNX, for example with tf2onnx"),
            new Foreign(0, "\u001f\u008b", "is compressed by gzip", "unpack it first"),
            new Foreign(0, "BZh", "is compressed by bzip2", "unpack it first"),
            new Foreign(0, "\u00fd7zXZ", "is compressed by xz", "unpack it first"),
            new Foreign(0, "(\u00b5/\u00fd", "is compressed by zstd", "unpack it first"),
            new Foreign(0, "7z\u00bc\u00af", "is compressed by 7z", "unpack it first"),
            new Foreign(0, "Rar!", "is compressed by RAR", "unpack it first"),
            new Foreign(0, "GGUF", "is a GGUF language model", "use an image classifier"),
            new Foreign(
                    257,
                    "ustar",
                    "is a tar archive",
                    "unpack it first; if PyTorch 0.1 wrote it, load it with torch.load and save its state_dict() again"));

    /** An archive of another program, recognized by the name of an entry. */
    private static final List<Foreign> FOREIGN_ARCHIVES = List.of(
            new Foreign(
                    0, "model.weights.h5", "is a Keras model", "export the model as ONNX, for example with tf2onnx"),
            new Foreign(
                    0,
                    "serialized_exported_program.json",
                    "is a torch.export program",
                    "export the model as ONNX or TorchScript"),
            new Foreign(
                    0, "models/model.json", "is a torch.export program", "export the model as ONNX or TorchScript"));

    /**
     * Finds the kind of a file.
     *
     * @param file an existing file
     * @return the kind
     * @throws GauntletException if the kind is unsupported, or the file is a directory or cannot be read; the message
     *     names the kind if it is recognized
     */
    public static FileKind of(Path file) {
        requireFile(file);
        try {
            Optional<FileKind> known = byContent(file);
            if (known.isPresent()) {
                requireHonestName(file, known.get());
                return known.get();
            }
            byte[] start = start(file);
            refuseForeign(file, start);
            Optional<FileKind> expected = byEnding(file);
            boolean ofTorch =
                    expected.equals(Optional.of(TORCH_SCRIPT)) || expected.equals(Optional.of(STATE_DICTIONARY));
            if (ofTorch && !isZip(file)) {
                throw new GauntletException(
                        "%s is neither TorchScript nor a PyTorch state dictionary (%s); use another file, or save it again."
                                .formatted(file, description(start)));
            }
            return expected.orElseThrow(() -> new GauntletException(
                    "%s is not a supported model (%s); supported are ONNX, TorchScript, PyTorch state dictionaries, and weights as .safetensors or .npz."
                            .formatted(file, description(start))));
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(file, e.getMessage()), e);
        }
    }

    /** Refuses a program whose extension suggests that it is only data. */
    private static void requireHonestName(Path file, FileKind kind) {
        boolean promisesData = byEnding(file)
                .filter(ending -> ending == SAFETENSORS || ending == NPZ || ending == ONNX)
                .isPresent();
        if (kind == TORCH_SCRIPT && promisesData) {
            throw new GauntletException(
                    "%s is TorchScript, which is a program, but its extension is that of a data file; if you trust it, rename it to .pt."
                            .formatted(file));
        }
    }

    private static void requireFile(Path file) {
        if (Files.isDirectory(file)) {
            throw new GauntletException(
                    Files.exists(file.resolve("saved_model.pb"))
                            ? "%s is a TensorFlow SavedModel; export the model as ONNX, for example with tf2onnx."
                                    .formatted(file)
                            : "'%s' is a directory; give the model file itself.".formatted(file));
        }
        if (!Files.isRegularFile(file)) {
            throw new GauntletException(
                    file.toString().indexOf(REPLACEMENT) < 0
                            ? "The model file %s does not exist; check the path.".formatted(file)
                            : "The model file %s does not exist; its name is not valid UTF-8: rename the file."
                                    .formatted(file));
        }
    }

    private static Optional<FileKind> byContent(Path file) throws IOException {
        byte[] start = start(file);
        if (isZip(file)) {
            return ofArchive(file);
        }
        // before pickles, because the length of a header may look like the beginning of a pickle
        if (isSafetensors(file, start)) {
            return Optional.of(SAFETENSORS);
        }
        if (start.length > 1 && start[0] == PICKLE_START && start[1] >= 0 && start[1] <= LATEST_PICKLE_PROTOCOL) {
            return Optional.of(STATE_DICTIONARY);
        }
        return isOnnx(file) ? Optional.of(ONNX) : Optional.empty();
    }

    private static Optional<FileKind> byEnding(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return Arrays.stream(values()).filter(kind -> name.matches(kind.names)).findFirst();
    }

    private static byte[] start(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(START);
        }
    }

    /** Tells whether a file begins like a zip archive. */
    static boolean isZip(Path file) throws IOException {
        byte[] start = start(file);
        return start.length > 3
                && start[0] == 'P'
                && start[1] == 'K'
                && ((start[2] == 3 && start[3] == 4) || (start[2] == 5 && start[3] == 6));
    }

    /** TorchScript and state dictionaries share extensions, but only TorchScript contains code. */
    private static Optional<FileKind> ofArchive(Path file) {
        List<String> names;
        try (ZipFile zip = new ZipFile(file.toFile())) {
            names = zip.stream().map(ZipEntry::getName).toList();
        } catch (IOException | IllegalArgumentException e) {
            // the reader of the kind that the extension names reports the error
            return Optional.empty();
        }
        for (Foreign foreign : FOREIGN_ARCHIVES) {
            if (names.stream().anyMatch(name -> name.endsWith(foreign.beginning()))) {
                throw refusal(file, foreign);
            }
        }
        if (names.stream().anyMatch(name -> name.contains("/code/") || name.endsWith("/constants.pkl"))) {
            return Optional.of(TORCH_SCRIPT);
        }
        if (names.stream().anyMatch(name -> name.endsWith("/data.pkl"))) {
            return Optional.of(STATE_DICTIONARY);
        }
        return names.stream().anyMatch(name -> name.endsWith(".npy")) ? Optional.of(NPZ) : Optional.empty();
    }

    private static boolean isSafetensors(Path file, byte[] start) throws IOException {
        if (start.length <= Long.BYTES) {
            return false;
        }
        long header = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getLong();
        return header >= 2
                && header <= Math.min(LONGEST_HEADER, Files.size(file) - Long.BYTES)
                && start[Long.BYTES] == '{';
    }

    /** Walks the parts of a protobuf file, all of which must be parts of an ONNX model. */
    private static boolean isOnnx(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            boolean graph = false;
            long position = 0;
            int parts = 0;
            while (position < channel.size()) {
                Varint tag = Varint.at(channel, position);
                int field = (int) Math.min(tag.value() >>> 3, Integer.MAX_VALUE);
                long type = tag.value() & 7;
                Varint value = Varint.at(channel, position + tag.length());
                boolean known = type == 0 ? ONNX_NUMBERS.contains(field) : type == 2 && ONNX_BYTES.contains(field);
                if (tag.length() == 0 || value.length() == 0 || !known || ++parts > MOST_PARTS) {
                    return false;
                }
                position += tag.length() + value.length();
                if (type == 2) {
                    if (value.value() < 0 || value.value() > channel.size() - position) {
                        return false;
                    }
                    position += value.value();
                    graph |= field == ONNX_GRAPH;
                }
            }
            return graph;
        }
    }

    /** A variable-length integer with seven bits per byte; its length is 0 if it is invalid. */
    private record Varint(long value, int length) {
        private static final int LONGEST = 10;

        static Varint at(FileChannel channel, long position) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(LONGEST);
            channel.read(bytes, position);
            bytes.flip();
            long value = 0;
            for (int i = 0; bytes.hasRemaining(); i++) {
                byte next = bytes.get();
                value |= (next & 0x7fL) << (7 * i);
                if (next >= 0) {
                    return new Varint(value, i + 1);
                }
            }
            return new Varint(0, 0);
        }
    }

    private static void refuseForeign(Path file, byte[] start) {
        FOREIGN.stream().filter(foreign -> foreign.matches(start)).findFirst().ifPresent(foreign -> {
            throw refusal(file, foreign);
        });
        String text = new String(start, StandardCharsets.ISO_8859_1).strip().toLowerCase(Locale.ROOT);
        if (text.startsWith("<!doctype html") || text.startsWith("<html") || text.startsWith("<?xml")) {
            throw new GauntletException(
                    "%s is a web page, not a model; the download may have failed: download the file itself."
                            .formatted(file));
        }
    }

    private static GauntletException refusal(Path file, Foreign foreign) {
        return new GauntletException("%s %s; %s.".formatted(file, foreign.what(), foreign.remedy()));
    }

    /** Describes a file of an unknown kind. */
    private static String description(byte[] start) {
        if (start.length == 0) {
            return "it is empty";
        }
        for (byte character : start) {
            boolean readable = character >= ' ' || character == '\n' || character == '\r' || character == '\t';
            if (!readable) {
                return "it begins with the bytes %s"
                        .formatted(HexFormat.ofDelimiter(" ").formatHex(start, 0, Math.min(start.length, Long.BYTES)));
            }
        }
        return "it is a text file";
    }
}
