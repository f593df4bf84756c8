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
 * The format of {@code torch.save(model.state_dict(), file)}: since PyTorch 1.6 a zip archive with a pickle and one
 * file per storage, before that three pickles, a list of names and the storages in sequence.
 *
 * <p>The dictionary of tensors may be nested in a larger one with other entries, as in the checkpoints of training
 * scripts.
 */
final class StateDict {
    private static final String PICKLE = "/data.pkl";
    private static final String STORAGE = "data/";
    /** The signature of files in the format before zip archives. */
    private static final BigInteger MARK = new BigInteger("119547037146038801333356");

    private static final int MAXIMUM_ENTRIES = 100_000;

    /** Enough for names and shapes, whatever the size of the weights. */
    private static final int LONGEST_PICKLE = 64 << 20;

    /** The longest array of the widest numbers that every JVM supports. */
    private static final long LONGEST_STORAGE = Integer.MAX_VALUE / Double.BYTES;

    /** The largest nesting of dictionaries. */
    private static final int DEEPEST = 6;

    private static final int LISTED_NAMES = 8;

    /**
     * The keys under which training scripts store the weights, in order of preference: the weights themselves before
     * their averages over the training.
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

    /** The source of the numbers. */
    private interface Contents {
        /**
         * Returns the bytes of a storage.
         *
         * @param storage the storage
         * @param where the tensor that needs it, for errors
         * @throws IOException if the file cannot be read
         */
        ByteBuffer of(Pickle.Storage storage, String where) throws IOException;
    }

    /** A dictionary of tensors, and what a reader must know about how it was found. */
    private record Found(Map<?, ?> weights, Optional<String> notice) {}

    /**
     * Reads the names and shapes of a file, but not yet the numbers.
     *
     * @param file the file
     * @throws GauntletException if it is damaged or contains no dictionary of tensors
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

    /** Describes which dictionary was used if a file has several. */
    Optional<String> notice() {
        return notice;
    }

    /**
     * Reads the tensors.
     *
     * @param limit the largest size of the numbers in bytes
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
                        "%s is created by '%s', which is not supported; save it as a plain tensor of floats."
                                .formatted(where, other.name()));
            }
            if (!(entry.getValue() instanceof Pickle.View view)) {
                continue;
            }
            Pickle.Storage storage = view.storage();
            Optional<NumberType> type = storage.type().numbers();
            if (type.isEmpty()) {
                if (WeightNames.isPart(key)) {
                    throw new GauntletException("%s contains numbers other than floats (%s); save it as floats."
                            .formatted(where, storage.type().className()));
                }
                // counters and the like are not weights
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
            throw new GauntletException("%s contains no tensors of floats; save model.state_dict().".formatted(name));
        }
        return tensors;
    }

    /** Finds the dictionary of tensors, which training scripts often nest in another one. */
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
                                    "The file has several dictionaries of weights; '%s' was used, not '%s'. To evaluate another one, save it separately."
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
                    "%s has several dictionaries of weights ('%s'); save the one to evaluate separately, or under 'state_dict'."
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
                "%s contains no dictionary of tensors; save model.state_dict(), or a dictionary with it under 'state_dict'."
                        .formatted(name));
    }

    private static GauntletException wholeModel(String name, Pickle.Instance instance) {
        return new GauntletException(
                "%s contains a whole pickled model of the class %s, which only its own Python code can load; save model.state_dict() and describe the network, or export the model as TorchScript or ONNX."
                        .formatted(name, instance.name().replace(' ', '.')));
    }

    /** Treats lists, such as a dictionary and an epoch, as dictionaries with their positions as keys. */
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

    /** Distinguishes weights from the state of an optimizer. */
    private static boolean hasWeights(Map<?, ?> dictionary) {
        return dictionary.entrySet().stream()
                .anyMatch(entry -> entry.getValue() instanceof Pickle.View
                        && entry.getKey() instanceof String key
                        && key.endsWith("weight"));
    }

    /** Collects the dictionaries of tensors by path: those under the common keys, or all that contain weights. */
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

    /**
     * Reads the entries that the archive's directory lists; PyTorch's entries do not declare their lengths before their
     * content.
     */
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
                        "%s was written on a big-endian machine; save it again as safetensors.".formatted(file));
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
                        "%s has no numbers in the file; the file is truncated or damaged.".formatted(where));
            }
            // the size that the tensors need, whatever the entry unpacks to
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
                "%s unpacks to more than %d bytes, far more than the network needs; check the network, or use another file."
                        .formatted(name, limit));
    }

    /**
     * PyTorch before 1.6: a magic number, a version, the machine, the dictionary, the names of the storages, the
     * storages.
     */
    private static StateDict legacy(String name, byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file);
        Object mark = Pickle.read(name, in);
        if (!MARK.equals(mark)) {
            throw new GauntletException(
                    "%s is a pickle%s, but not one of PyTorch; save model.state_dict() with torch.save, or export the model as ONNX."
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
            throw new GauntletException("%s has no list of storages; it is damaged.".formatted(name));
        }
        Map<String, ByteBuffer> storages = new HashMap<>();
        in.order(ByteOrder.LITTLE_ENDIAN);
        for (Object key : keys) {
            if (in.remaining() < Long.BYTES) {
                throw new GauntletException("%s is truncated.".formatted(name));
            }
            long count = in.getLong();
            Pickle.Storage storage = key instanceof String text ? named.get(text) : null;
            if (storage == null) {
                throw new GauntletException("%s has numbers that no tensor uses; it is damaged.".formatted(name));
            }
            int width = storage.type().bytes();
            if (count < 0 || count > in.remaining() / width) {
                throw new GauntletException(
                        "%s is truncated: a storage of %d numbers is longer than the file.".formatted(name, count));
            }
            int length = (int) count * width;
            storages.put(storage.key(), in.slice(in.position(), length));
            in.position(in.position() + length);
        }
        return new StateDict(name, found, (storage, where) -> {
            ByteBuffer content = storages.get(storage.key());
            if (content == null) {
                throw new GauntletException(
                        "%s has no numbers in the file; the file is truncated or damaged.".formatted(where));
            }
            return content;
        });
    }

    /** Returns the size of a tensor in bytes, after checking that it lies within its storage and within the limit. */
    private static long room(String where, Pickle.View view, long room) {
        long[] sides = view.sides();
        long[] strides = view.strides();
        if (sides.length != strides.length || sides.length > 16) {
            throw new GauntletException("%s has %d dimensions and %d strides; it is damaged."
                    .formatted(where, sides.length, strides.length));
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
                    "%s should be among %d numbers, but there are %d; the file is truncated or damaged."
                            .formatted(where, view.storage().count(), held));
        }
        ByteBuffer numbers = content.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        long[] sides = view.sides();
        float[] values = new float[NumberType.count(where, sides)];
        long[] place = new long[sides.length];
        long position = view.offset();
        for (int i = 0; i < values.length; i++) {
            values[i] = type.at(numbers, Math.toIntExact(position * type.bytes()));
            // counts like an odometer, the last dimension fastest
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
