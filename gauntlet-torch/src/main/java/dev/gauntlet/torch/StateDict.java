package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * What {@code torch.save(model.state_dict(), file)} writes: since PyTorch 1.6 a zip archive with a pickle and one file per
 * storage, before that three pickles, a list of names and the storages one after the other.
 */
final class StateDict {
    /** Says which protocol follows; all pickles of PyTorch begin so. */
    private static final byte PICKLE_START = (byte) 0x80;

    private static final String PICKLE = "/data.pkl";
    private static final String STORAGE = "/data/";
    /** With what a file begins that is older than the zip archives. */
    private static final BigInteger MARK = new BigInteger("119547037146038801333356");

    private static final int MAXIMUM_ENTRIES = 100_000;

    /** The longest array that all Java machines can make. */
    private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 16;

    /** What training scripts call the weights in a larger dictionary. */
    private static final List<String> USUAL_KEYS =
            List.of("state_dict", "model_state_dict", "model", "net", "network", "params");

    private StateDict() {}

    /** What a file ending in {@code .pt} may be. */
    enum Kind {
        STATE_DICTIONARY,
        TORCH_SCRIPT,
        /** A zip archive that cannot be opened. */
        DAMAGED,
        OTHER
    }

    /** Tells a state dictionary from TorchScript, which comes under the same endings but brings code. */
    static Kind kind(Path file) {
        try {
            if (!isZip(file)) {
                return start(file)[0] == PICKLE_START ? Kind.STATE_DICTIONARY : Kind.OTHER;
            }
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(file, e.getMessage()), e);
        }
        try (ZipFile zip = new ZipFile(file.toFile())) {
            boolean hasCode = zip.stream()
                    .map(ZipEntry::getName)
                    .anyMatch(name -> name.contains("/code/") || name.endsWith("/constants.pkl"));
            if (hasCode) {
                return Kind.TORCH_SCRIPT;
            }
            return zip.stream().anyMatch(entry -> entry.getName().endsWith(PICKLE))
                    ? Kind.STATE_DICTIONARY
                    : Kind.OTHER;
        } catch (IOException | IllegalArgumentException e) {
            return Kind.DAMAGED;
        }
    }

    private static boolean isZip(Path file) throws IOException {
        byte[] start = start(file);
        return start[0] == 'P' && start[1] == 'K';
    }

    /** Returns the first two bytes, 0 where there are none. */
    private static byte[] start(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.copyOf(in.readNBytes(2), 2);
        }
    }

    /**
     * Reads a file.
     *
     * @param file the file
     * @param limit how many bytes its numbers may take
     */
    static Map<String, WeightTensor> read(Path file, long limit) {
        String name = file.toString();
        Map<String, byte[]> storages = new HashMap<>();
        Object root;
        try {
            root = isZip(file) ? zip(file, limit, storages) : legacy(name, Files.readAllBytes(file), storages);
        } catch (IOException | IllegalArgumentException e) {
            throw new GauntletException("%s is damaged, or cannot be read (%s).".formatted(name, e.getMessage()), e);
        }
        Map<String, WeightTensor> tensors = new LinkedHashMap<>();
        long[] room = {limit};
        for (Map.Entry<?, ?> entry : weights(name, root).entrySet()) {
            if (entry.getValue() instanceof Pickle.View view) {
                String where = "%s: tensor %s".formatted(name, entry.getKey());
                // counters and the like are no weights
                view.storage().type().numbers().ifPresent(type -> {
                    room[0] -= room(where, view, room[0]);
                    byte[] content = storages.get(view.storage().key());
                    if (content == null) {
                        throw new GauntletException(
                                "%s has no numbers in the file; it is cut off or damaged.".formatted(where));
                    }
                    tensors.put(String.valueOf(entry.getKey()), tensor(where, view, type, content));
                });
            }
        }
        if (tensors.isEmpty()) {
            throw new GauntletException("%s holds no tensors of floats; save model.state_dict().".formatted(name));
        }
        return tensors;
    }

    /** Finds the dictionary of tensors, which training scripts like to put into another one. */
    private static Map<?, ?> weights(String name, Object root) {
        if (root instanceof Map<?, ?> dictionary) {
            if (dictionary.values().stream().anyMatch(Pickle.View.class::isInstance)) {
                return dictionary;
            }
            Optional<Map<?, ?>> inner = USUAL_KEYS.stream()
                    .map(dictionary::get)
                    .<Map<?, ?>>mapMulti((value, found) -> {
                        if (value instanceof Map<?, ?> map) {
                            found.accept(map);
                        }
                    })
                    .findFirst();
            if (inner.isPresent()) {
                return inner.get();
            }
        }
        throw new GauntletException(
                "%s holds no dictionary of tensors; save model.state_dict(), or a dictionary with it under 'state_dict'."
                        .formatted(name));
    }

    /** Reads what the archive's directory names; PyTorch's entries do not say their own lengths before their content. */
    private static Object zip(Path file, long limit, Map<String, byte[]> storages) throws IOException {
        byte[] pickle = {};
        long unpacked = 0;
        try (ZipFile zip = new ZipFile(file.toFile())) {
            if (zip.size() > MAXIMUM_ENTRIES) {
                throw tooLarge(file.toString(), limit);
            }
            for (ZipEntry entry : Collections.list(zip.entries())) {
                byte[] content;
                try (InputStream in = zip.getInputStream(entry)) {
                    content = in.readNBytes((int) Math.min(LONGEST_ARRAY, limit - unpacked + 1));
                }
                unpacked += content.length;
                if (unpacked > limit) {
                    throw tooLarge(file.toString(), limit);
                }
                if (entry.getName().endsWith(PICKLE)) {
                    pickle = content;
                } else if (entry.getName().contains(STORAGE)) {
                    String key = entry.getName().substring(entry.getName().lastIndexOf(STORAGE) + STORAGE.length());
                    storages.put(key, content);
                } else if (entry.getName().endsWith("/byteorder")
                        && new String(content, StandardCharsets.US_ASCII).contains("big")) {
                    throw new GauntletException(
                            "%s was written on a machine that puts the most significant byte first; save it again as safetensors."
                                    .formatted(file));
                }
            }
        }
        return Pickle.read(file.toString(), ByteBuffer.wrap(pickle));
    }

    private static GauntletException tooLarge(String name, long limit) {
        return new GauntletException(
                "%s unpacks to more than %d bytes, far more than the network needs; check the network, or take another file."
                        .formatted(name, limit));
    }

    /** PyTorch before 1.6: a mark, a version, the machine, the dictionary, the names of the storages, the storages. */
    private static Object legacy(String name, byte[] file, Map<String, byte[]> storages) {
        ByteBuffer in = ByteBuffer.wrap(file);
        Object mark = Pickle.read(name, in);
        if (!MARK.equals(mark)) {
            throw new GauntletException(
                    "%s is a pickle, but none that PyTorch wrote; save model.state_dict() with torch.save."
                            .formatted(name));
        }
        Pickle.read(name, in);
        Pickle.read(name, in);
        Map<String, Pickle.Storage> named = new HashMap<>();
        Object root = Pickle.read(name, in, named);
        if (!(Pickle.read(name, in) instanceof List<?> keys)) {
            throw new GauntletException("%s names no storages; it is damaged.".formatted(name));
        }
        in.order(ByteOrder.LITTLE_ENDIAN);
        for (Object key : keys) {
            if (in.remaining() < Long.BYTES) {
                throw new GauntletException("%s is cut off.".formatted(name));
            }
            long count = in.getLong();
            Pickle.Storage storage = key instanceof String text ? named.get(text) : null;
            if (storage == null) {
                throw new GauntletException("%s has numbers that no tensor uses; it is damaged.".formatted(name));
            }
            int width = storage.type().bytes();
            if (count < 0 || count > in.remaining() / width) {
                throw new GauntletException(
                        "%s is cut off: a storage of %d numbers is longer than the file.".formatted(name, count));
            }
            byte[] content = new byte[(int) count * width];
            in.get(content);
            storages.put(storage.key(), content);
        }
        return root;
    }

    /** Returns how many bytes a tensor takes, if it lies in its storage and there is so much room. */
    private static long room(String where, Pickle.View view, long room) {
        long[] sides = view.sides();
        long[] strides = view.strides();
        if (sides.length != strides.length || sides.length > 16) {
            throw new GauntletException(
                    "%s has %d sides and %d strides; it is damaged.".formatted(where, sides.length, strides.length));
        }
        long count = NumberType.count(where, sides);
        long last = view.offset();
        for (int i = 0; i < sides.length; i++) {
            if (strides[i] < 0 || strides[i] > Integer.MAX_VALUE) {
                throw new GauntletException("%s has a stride of %d; it is damaged.".formatted(where, strides[i]));
            }
            last += Math.max(0, sides[i] - 1) * strides[i];
        }
        if (view.offset() < 0
                || (count > 0 && (last < 0 || last >= view.storage().count()))) {
            throw new GauntletException("%s reaches beyond its %d numbers; it is damaged."
                    .formatted(where, view.storage().count()));
        }
        if (count * Float.BYTES > room) {
            throw tooLarge(where, room);
        }
        return count * Float.BYTES;
    }

    private static WeightTensor tensor(String where, Pickle.View view, NumberType type, byte[] content) {
        if (content.length / type.bytes() < view.storage().count()) {
            throw new GauntletException(
                    "%s should be among %d numbers, but there are %d; the file is cut off or damaged."
                            .formatted(where, view.storage().count(), content.length / type.bytes()));
        }
        ByteBuffer numbers = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        long[] sides = view.sides();
        float[] values = new float[NumberType.count(where, sides)];
        long[] place = new long[sides.length];
        long position = view.offset();
        for (int i = 0; i < values.length; i++) {
            values[i] = type.at(numbers, Math.toIntExact(position * type.bytes()));
            // counts like an odometer, the last side fastest
            for (int side = sides.length - 1; side >= 0; side--) {
                position += view.strides()[side];
                if (++place[side] < sides[side]) {
                    break;
                }
                position -= sides[side] * view.strides()[side];
                place[side] = 0;
            }
        }
        return new WeightTensor(sides, values);
    }
}
