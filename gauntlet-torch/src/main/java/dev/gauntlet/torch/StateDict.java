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
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * What {@code torch.save(model.state_dict(), file)} writes: since PyTorch 1.6 a zip archive with a pickle and one file per
 * storage, before that three pickles, a list of names and the storages one after the other.
 *
 * <p>The dictionary of tensors may lie in a larger one, as in the checkpoints of training scripts, whatever else that holds.
 */
final class StateDict {
    private static final String PICKLE = "/data.pkl";
    private static final String STORAGE = "data/";
    /** With what a file begins that is older than the zip archives. */
    private static final BigInteger MARK = new BigInteger("119547037146038801333356");

    private static final int MAXIMUM_ENTRIES = 100_000;

    /** Names and shapes need no more, whatever the size of the weights. */
    private static final int LONGEST_PICKLE = 64 << 20;

    /** What all Java machines can hold of the widest numbers in one array. */
    private static final long LONGEST_STORAGE = Integer.MAX_VALUE / Double.BYTES;

    /** Dictionaries lie in one another, but not as deep. */
    private static final int DEEPEST = 6;

    private static final int LISTED_NAMES = 8;

    /**
     * What training scripts call the weights in a larger dictionary, the first first: the weights themselves before their
     * averages over the training.
     */
    private static final List<String> USUAL_KEYS = List.of(
            "state_dict",
            "model_state_dict",
            "model_state",
            "model",
            "module",
            "net_state_dict",
            "net",
            "network",
            "params",
            "weights",
            "state_dict_ema",
            "model_ema",
            "ema_state_dict",
            "ema");

    private final String name;
    private final Map<?, ?> weights;
    private final Optional<String> notice;
    private final Contents contents;

    private StateDict(String name, Found found, Contents contents) {
        this.name = name;
        this.weights = found.weights();
        this.notice = found.notice();
        this.contents = contents;
    }

    /** Where the numbers are. */
    private interface Contents {
        /**
         * Returns the bytes of a storage.
         *
         * @param storage the storage
         * @param where says in errors which tensor needs it
         * @throws IOException if the file cannot be read
         */
        ByteBuffer of(Pickle.Storage storage, String where) throws IOException;
    }

    /** A dictionary of tensors, and what a reader has to know of how it was found. */
    private record Found(Map<?, ?> weights, Optional<String> notice) {}

    /**
     * Reads names and shapes of a file, not yet the numbers.
     *
     * @param file the file
     * @throws GauntletException if it is damaged or holds no dictionary of tensors
     */
    static StateDict open(Path file) {
        String name = file.toString();
        try {
            return FileKind.isZip(file) ? zip(name, file) : legacy(name, Files.readAllBytes(file));
        } catch (IOException | IllegalArgumentException e) {
            throw damaged(name, e);
        }
    }

    private static GauntletException damaged(String name, Exception e) {
        return new GauntletException("%s is damaged, or cannot be read (%s).".formatted(name, e.getMessage()), e);
    }

    /** Says which dictionary was taken where a file has several. */
    Optional<String> notice() {
        return notice;
    }

    /**
     * Reads the tensors.
     *
     * @param limit how many bytes their numbers may take
     * @return the tensors of floats, in the order of the file
     */
    Map<String, WeightTensor> read(long limit) {
        Map<String, WeightTensor> tensors = new LinkedHashMap<>();
        Map<String, ByteBuffer> storages = new HashMap<>();
        long room = limit;
        long held = 0;
        for (Map.Entry<?, ?> entry : weights.entrySet()) {
            String key = entry.getKey() instanceof String || entry.getKey() instanceof Long
                    ? entry.getKey().toString()
                    : "(not text)";
            String where = "%s: tensor %s".formatted(name, key);
            if (entry.getValue() instanceof Pickle.Instance other && WeightNames.isPart(key)) {
                throw new GauntletException(
                        "%s is made by '%s', which is not read; save it as a plain tensor of floats."
                                .formatted(where, other.name()));
            }
            if (!(entry.getValue() instanceof Pickle.View view)) {
                continue;
            }
            Pickle.Storage storage = view.storage();
            Optional<NumberType> type = storage.type().numbers();
            if (type.isEmpty()) {
                if (WeightNames.isPart(key)) {
                    throw new GauntletException("%s has numbers of another kind than floats (%s); save it as floats."
                            .formatted(where, storage.type().className()));
                }
                // counters and the like are no weights
                continue;
            }
            room -= room(where, view, room);
            if (!storages.containsKey(storage.key())) {
                held += storage.count() * storage.type().bytes();
                if (storage.count() < 0 || storage.count() > LONGEST_STORAGE || held > limit) {
                    throw tooLarge(where, limit);
                }
                try {
                    storages.put(storage.key(), contents.of(storage, where));
                } catch (IOException | IllegalArgumentException e) {
                    throw damaged(name, e);
                }
            }
            tensors.put(key, tensor(where, view, type.get(), storages.get(storage.key())));
        }
        if (tensors.isEmpty()) {
            throw new GauntletException("%s holds no tensors of floats; save model.state_dict().".formatted(name));
        }
        return tensors;
    }

    /** Finds the dictionary of tensors, which training scripts like to put into another one. */
    private static Found find(String name, Object root) {
        if (root instanceof Pickle.Instance instance) {
            throw wholeModel(name, instance);
        }
        Map<Object, Object> dictionary = dictionary(root);
        Map<String, Map<?, ?>> usual = new LinkedHashMap<>();
        collect(dictionary, "", 0, true, usual);
        if (usual.isEmpty() && hasTensors(dictionary)) {
            return new Found(dictionary, Optional.empty());
        }
        if (!usual.isEmpty()) {
            List<String> paths = List.copyOf(usual.keySet());
            return new Found(
                    usual.values().iterator().next(),
                    paths.size() == 1
                            ? Optional.empty()
                            : Optional.of(
                                    "The file has several dictionaries of weights; '%s' was taken, not '%s'. Save another alone to evaluate it."
                                            .formatted(
                                                    paths.get(0),
                                                    String.join("', '", paths.subList(1, paths.size())))));
        }
        Map<String, Map<?, ?>> other = new LinkedHashMap<>();
        collect(dictionary, "", 0, false, other);
        if (other.size() == 1) {
            Map.Entry<String, Map<?, ?>> only = other.entrySet().iterator().next();
            return new Found(
                    only.getValue(),
                    Optional.of(
                            "The weights were taken from the file's dictionary under '%s'.".formatted(only.getKey())));
        }
        if (other.size() > 1) {
            throw new GauntletException(
                    "%s has several dictionaries of weights ('%s'); save the one to evaluate alone, or under 'state_dict'."
                            .formatted(
                                    name,
                                    other.keySet().stream().limit(LISTED_NAMES).collect(Collectors.joining("', '"))));
        }
        USUAL_KEYS.stream()
                .map(dictionary::get)
                .filter(Pickle.Instance.class::isInstance)
                .findFirst()
                .ifPresent(model -> {
                    throw wholeModel(name, (Pickle.Instance) model);
                });
        throw new GauntletException(
                "%s holds no dictionary of tensors; save model.state_dict(), or a dictionary with it under 'state_dict'."
                        .formatted(name));
    }

    private static GauntletException wholeModel(String name, Pickle.Instance instance) {
        return new GauntletException(
                "%s holds a whole pickled model, of the class %s, which only its own Python code can load; save model.state_dict() and describe the network, or export the model as TorchScript or ONNX."
                        .formatted(name, instance.name().replace(' ', '.')));
    }

    /** Takes lists, as of a dictionary and an epoch, for dictionaries of their positions. */
    private static Map<Object, Object> dictionary(Object value) {
        Map<Object, Object> dictionary = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            dictionary.putAll(map);
        } else if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                dictionary.put(Integer.toString(i), list.get(i));
            }
        }
        return dictionary;
    }

    private static boolean hasTensors(Map<?, ?> dictionary) {
        return dictionary.values().stream().anyMatch(Pickle.View.class::isInstance);
    }

    /** Tells weights from what an optimizer remembers of them. */
    private static boolean hasWeights(Map<?, ?> dictionary) {
        return dictionary.entrySet().stream()
                .anyMatch(entry -> entry.getValue() instanceof Pickle.View
                        && entry.getKey() instanceof String key
                        && key.endsWith("weight"));
    }

    /** Collects the dictionaries of tensors by their paths: those under the usual keys, or all that hold weights. */
    private static void collect(
            Map<?, ?> dictionary, String path, int depth, boolean usual, Map<String, Map<?, ?>> found) {
        if (depth == DEEPEST) {
            return;
        }
        Collection<?> keys = usual ? USUAL_KEYS : dictionary.keySet();
        for (Object key : keys) {
            if (key instanceof String text && dictionary.get(text) instanceof Map<?, ?> inner) {
                String there = path.isEmpty() ? text : path + "." + text;
                int before = found.size();
                if (!hasWeights(inner)) {
                    collect(inner, there, depth + 1, usual, found);
                }
                if (hasWeights(inner) || (usual && found.size() == before && hasTensors(inner))) {
                    found.put(there, inner);
                }
            }
        }
    }

    /** Reads what the archive's directory names; PyTorch's entries do not say their own lengths before their content. */
    private static StateDict zip(String name, Path file) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            if (zip.size() > MAXIMUM_ENTRIES) {
                throw new GauntletException("%s has more than %d entries.".formatted(name, MAXIMUM_ENTRIES));
            }
            ZipEntry pickle = zip.stream()
                    .filter(entry -> entry.getName().endsWith(PICKLE))
                    .findFirst()
                    .orElseThrow(() -> new IOException("it has no data.pkl"));
            String folder = pickle.getName().substring(0, pickle.getName().length() - PICKLE.length() + 1);
            ZipEntry order = zip.getEntry(folder + "byteorder");
            if (order != null
                    && new String(content(zip, order, LONGEST_PICKLE), StandardCharsets.US_ASCII).contains("big")) {
                throw new GauntletException(
                        "%s was written on a machine that puts the most significant byte first; save it again as safetensors."
                                .formatted(file));
            }
            Object root = Pickle.read(name, ByteBuffer.wrap(content(zip, pickle, LONGEST_PICKLE)));
            return new StateDict(
                    name, find(name, root), (storage, where) -> numbers(file, folder + STORAGE, storage, where));
        }
    }

    private static ByteBuffer numbers(Path file, String folder, Pickle.Storage storage, String where)
            throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            ZipEntry entry = zip.getEntry(folder + storage.key());
            if (entry == null) {
                throw new GauntletException(
                        "%s has no numbers in the file; it is cut off or damaged.".formatted(where));
            }
            // what the tensors need, however much the entry unpacks to
            return ByteBuffer.wrap(content(
                    zip, entry, Math.toIntExact(storage.count() * storage.type().bytes())));
        }
    }

    private static byte[] content(ZipFile zip, ZipEntry entry, int limit) throws IOException {
        try (InputStream in = zip.getInputStream(entry)) {
            return in.readNBytes(limit);
        }
    }

    private static GauntletException tooLarge(String name, long limit) {
        return new GauntletException(
                "%s unpacks to more than %d bytes, far more than the network needs; check the network, or take another file."
                        .formatted(name, limit));
    }

    /** PyTorch before 1.6: a mark, a version, the machine, the dictionary, the names of the storages, the storages. */
    private static StateDict legacy(String name, byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file);
        Object mark = Pickle.read(name, in);
        if (!MARK.equals(mark)) {
            throw new GauntletException(
                    "%s is a pickle%s, but none that PyTorch wrote; save model.state_dict() with torch.save, or export the model as ONNX."
                            .formatted(
                                    name,
                                    mark instanceof Pickle.Instance made
                                            ? " of " + made.name().replace(' ', '.')
                                            : ""));
        }
        Pickle.read(name, in);
        Pickle.read(name, in);
        Map<String, Pickle.Storage> named = new HashMap<>();
        Found found = find(name, Pickle.read(name, in, named));
        if (!(Pickle.read(name, in) instanceof List<?> keys)) {
            throw new GauntletException("%s names no storages; it is damaged.".formatted(name));
        }
        Map<String, ByteBuffer> storages = new HashMap<>();
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
            int length = (int) count * width;
            storages.put(storage.key(), in.slice(in.position(), length));
            in.position(in.position() + length);
        }
        return new StateDict(name, found, (storage, where) -> {
            ByteBuffer content = storages.get(storage.key());
            if (content == null) {
                throw new GauntletException(
                        "%s has no numbers in the file; it is cut off or damaged.".formatted(where));
            }
            return content;
        });
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

    private static WeightTensor tensor(String where, Pickle.View view, NumberType type, ByteBuffer content) {
        int held = content.remaining() / type.bytes();
        if (held < view.storage().count()) {
            throw new GauntletException(
                    "%s should be among %d numbers, but there are %d; the file is cut off or damaged."
                            .formatted(where, view.storage().count(), held));
        }
        ByteBuffer numbers = content.duplicate().order(ByteOrder.LITTLE_ENDIAN);
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
