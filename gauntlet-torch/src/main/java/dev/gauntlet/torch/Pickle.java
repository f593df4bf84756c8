package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads only the tensors and plain containers of a pickle.
 *
 * <p>A pickle is a program for a small stack machine. Python's machine can call any function; this one supports a few
 * names, none of which runs code. Objects of any other name become an empty {@link Instance}, because checkpoints
 * contain optimizers, scores and settings beside the weights; names that pickles use to attack Python lead to an error.
 * The opcodes are those of <a href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">pickletools</a>
 * from protocol 2 to 5.
 */
final class Pickle {
    /** Python's None. */
    static final Object NONE = new Object();

    /** A name that the pickle may use. */
    record Global(String name) {}

    /**
     * The numbers of one or more tensors.
     *
     * @param type the format of a number
     * @param key the name of the storage in the file
     * @param count the number of numbers
     * @param start the index of its first number, which is above 0 for a view of another storage
     */
    record Storage(StorageType type, String key, long count, long start) {}

    /**
     * A tensor: a view of a storage.
     *
     * @param storage its numbers
     * @param offset its offset, in numbers
     * @param sides the length of each dimension
     * @param strides the stride of each dimension, in numbers
     */
    record View(Storage storage, long offset, long[] sides, long[] strides) {}

    /**
     * A placeholder for an object that is not read.
     *
     * @param name the class or function that creates it, as module and name
     */
    record Instance(String name) {}

    private static final Object MARK = new Object();

    private static final Set<String> DICTIONARIES =
            Set.of("collections OrderedDict", "collections defaultdict", "builtins dict", "__builtin__ dict");

    /** The first one is from PyTorch before 0.4; both begin with the same four arguments. */
    private static final Set<String> TENSORS =
            Set.of("torch._utils _rebuild_tensor", "torch._utils _rebuild_tensor_v2");

    /** Functions that return their first argument. */
    private static final Set<String> WRAPPERS = Set.of(
            "torch._utils _rebuild_parameter",
            "torch._utils _rebuild_parameter_with_state",
            "torch.nn.parameter Parameter",
            "torch.nn.parameter Buffer",
            "torch.autograd.variable Variable",
            "torch Size");

    /** The function that calls its first argument with its third. */
    private static final String TENSOR_OF_A_TYPE = "torch._tensor _rebuild_from_type_v2";

    /** The functions that old protocols call to create an object of a class, their first argument. */
    private static final Set<String> CONSTRUCTORS = Set.of("copy_reg _reconstructor", "copyreg _reconstructor");

    /** Modules that weights never need but most attacks do. */
    private static final Set<String> DANGEROUS_MODULES = Set.of(
            "asyncio",
            "code",
            "commands",
            "ctypes",
            "importlib",
            "marshal",
            "multiprocessing",
            "nt",
            "os",
            "pickle",
            "posix",
            "pty",
            "runpy",
            "shutil",
            "socket",
            "subprocess",
            "sys",
            "timeit",
            "urllib",
            "webbrowser");

    private static final Set<String> BUILTINS = Set.of("builtins", "__builtin__");

    private static final Set<String> DANGEROUS_BUILTINS =
            Set.of("__import__", "apply", "breakpoint", "compile", "eval", "exec", "execfile", "input", "open");

    /** More than any list or memo of a state dictionary has. */
    private static final int MOST_VALUES = 1_000_000;

    private static final int LONGEST_NAME = 200;

    private final String file;
    private final ByteBuffer in;
    private final List<Object> stack = new ArrayList<>();
    private final Map<Long, Object> memo = new HashMap<>();
    private final Map<String, Storage> storages;

    private Pickle(String file, ByteBuffer in, Map<String, Storage> storages) {
        this.file = file;
        this.in = in;
        this.storages = storages;
    }

    /** Reads the pickle at the buffer's position and advances the position past its end. */
    static Object read(String file, ByteBuffer in) {
        return read(file, in, new HashMap<>());
    }

    /** Does the same and adds the storages that it names to a map, by key. */
    static Object read(String file, ByteBuffer in, Map<String, Storage> storages) {
        Pickle pickle = new Pickle(file, in.order(ByteOrder.LITTLE_ENDIAN), storages);
        try {
            return pickle.run();
        } catch (BufferUnderflowException | IndexOutOfBoundsException | ClassCastException | ArithmeticException e) {
            throw new GauntletException("%s contains a damaged pickle.".formatted(file), e);
        }
    }

    private Object run() {
        while (true) {
            int code = in.get() & 0xff;
            switch (code) {
                case '.' -> {
                    return pop();
                }
                case 0x80 -> in.get();
                case 0x95 -> in.getLong();
                case '(' -> push(MARK);
                case '0' -> pop();
                case '1' -> popToMark();
                case '2' -> push(top());
                case 'N' -> push(NONE);
                case 0x88 -> push(true);
                case 0x89 -> push(false);
                case 'J' -> push((long) in.getInt());
                case 'K' -> push((long) (in.get() & 0xff));
                case 'M' -> push((long) (in.getShort() & 0xffff));
                case 0x8a -> push(big(in.get() & 0xff));
                case 0x8b -> push(big(in.getInt()));
                case 'B' -> skipped(in.getInt() & 0xffffffffL);
                case 'C' -> skipped(in.get() & 0xff);
                case 0x8e, 0x96 -> skipped(in.getLong());
                case 0x8f -> push(new Instance("builtins set"));
                case 0x90 -> {
                    popToMark();
                    requireInstance(top());
                }
                case 0x91 -> {
                    popToMark();
                    push(new Instance("builtins frozenset"));
                }
                case 'G' -> push(in.order(ByteOrder.BIG_ENDIAN).getDouble());
                case 'X' -> push(text(in.getInt() & 0xffffffffL));
                case 0x8c -> push(text(in.get() & 0xff));
                case 0x8d -> push(text(in.getLong()));
                case 'U' -> push(text(in.get() & 0xff));
                case 'T' -> push(text(in.getInt() & 0xffffffffL));
                case '}' -> push(new LinkedHashMap<Object, Object>());
                case ']' -> push(new ArrayList<Object>());
                case ')' -> push(List.of());
                case 't' -> push(List.copyOf(popToMark()));
                case 0x85 -> push(List.of(pop()));
                case 0x86 -> pushLast(2);
                case 0x87 -> pushLast(3);
                case 'a' -> {
                    Object value = pop();
                    append(List.of(value));
                }
                case 'e' -> append(popToMark());
                case 's' -> {
                    Object value = pop();
                    Object key = pop();
                    put(List.of(key, value));
                }
                case 'u' -> put(popToMark());
                case 'q' -> remember(in.get() & 0xff);
                case 'r' -> remember(in.getInt() & 0xffffffffL);
                case 0x94 -> remember(memo.size());
                case 'h' -> push(remembered(in.get() & 0xff));
                case 'j' -> push(remembered(in.getInt() & 0xffffffffL));
                case 'c' -> push(global(line(), line()));
                case 0x93 -> {
                    String name = (String) pop();
                    push(global((String) pop(), name));
                }
                case 'Q' -> push(persistent(pop()));
                case 'R', 0x81 -> {
                    Object arguments = pop();
                    push(call(pop(), arguments));
                }
                case 0x92 -> {
                    // the keyword arguments are not needed
                    pop();
                    Object arguments = pop();
                    push(call(pop(), arguments));
                }
                case 'b' -> build(pop());
                default ->
                    throw new GauntletException(
                            "%s contains a pickle with the instruction 0x%02x, which state dictionaries never need; it is refused: save the weights as safetensors."
                                    .formatted(file, code));
            }
            in.order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    private void push(Object value) {
        requireRoom(stack.size());
        stack.add(value);
    }

    private void requireRoom(int values) {
        if (values == MOST_VALUES) {
            throw new GauntletException("%s contains a pickle that exhausts the memory.".formatted(file));
        }
    }

    private Object pop() {
        Object value = stack.remove(stack.size() - 1);
        if (value == MARK) {
            throw new IndexOutOfBoundsException("a mark instead of a value");
        }
        return value;
    }

    private Object top() {
        return stack.get(stack.size() - 1);
    }

    private List<Object> popToMark() {
        Deque<Object> values = new ArrayDeque<>();
        Object value = stack.remove(stack.size() - 1);
        while (value != MARK) {
            values.addFirst(value);
            value = stack.remove(stack.size() - 1);
        }
        return new ArrayList<>(values);
    }

    private void pushLast(int count) {
        List<Object> last = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            last.add(0, pop());
        }
        push(List.copyOf(last));
    }

    private static void requireInstance(Object value) {
        if (!(value instanceof Instance)) {
            throw new ClassCastException("not an object to which this is done");
        }
    }

    @SuppressWarnings("unchecked")
    private void append(List<Object> values) {
        if (top() instanceof ArrayList<?> list) {
            ((ArrayList<Object>) list).addAll(values);
        } else {
            requireInstance(top());
        }
    }

    /** Adds alternating keys and values to the dictionary on the stack. */
    @SuppressWarnings("unchecked")
    private void put(List<Object> values) {
        if (!(top() instanceof LinkedHashMap<?, ?> dictionary)) {
            requireInstance(top());
            return;
        }
        for (int i = 0; i + 1 < values.size(); i += 2) {
            ((LinkedHashMap<Object, Object>) dictionary).put(key(values.get(i)), values.get(i + 1));
        }
    }

    /** Other keys could be containers that contain themselves, whose hash computation never ends. */
    private static Object key(Object key) {
        return key instanceof String || key instanceof Long ? key : new Object();
    }

    private void remember(long index) {
        requireRoom(memo.size());
        memo.put(index, top());
    }

    private Object remembered(long index) {
        Object value = memo.get(index);
        if (value == null) {
            throw new IndexOutOfBoundsException("nothing was remembered there");
        }
        return value;
    }

    /** Reads an integer of several bytes; except for PyTorch's format marker, all fit into a long. */
    private Object big(int length) {
        if (length < 0 || length > in.remaining()) {
            throw new IndexOutOfBoundsException("a number longer than the file");
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        if (length <= Long.BYTES) {
            long value = length > 0 && bytes[length - 1] < 0 ? -1 : 0;
            for (int i = length - 1; i >= 0; i--) {
                value = (value << Byte.SIZE) | (bytes[i] & 0xff);
            }
            return value;
        }
        byte[] reversed = new byte[length];
        for (int i = 0; i < length; i++) {
            reversed[i] = bytes[length - 1 - i];
        }
        return new BigInteger(reversed);
    }

    /** Skips bytes, which tensors never need. */
    private void skipped(long length) {
        if (length < 0 || length > in.remaining()) {
            throw new IndexOutOfBoundsException("more bytes than the file has");
        }
        in.position(in.position() + (int) length);
        push(new Instance("builtins bytes"));
    }

    private String text(long length) {
        if (length < 0 || length > in.remaining()) {
            throw new IndexOutOfBoundsException("a text longer than the file");
        }
        byte[] bytes = new byte[(int) length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private String line() {
        int start = in.position();
        while (in.get() != '\n') {
            if (in.position() - start > LONGEST_NAME) {
                throw new IndexOutOfBoundsException("a name without end");
            }
        }
        byte[] bytes = new byte[in.position() - start - 1];
        in.get(start, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private Global global(String module, String function) {
        String name = module + " " + function;
        int dot = module.indexOf('.');
        if (DANGEROUS_MODULES.contains(dot < 0 ? module : module.substring(0, dot))
                || (BUILTINS.contains(module) && DANGEROUS_BUILTINS.contains(function))) {
            throw new GauntletException(
                    "%s contains a pickle that names '%s', which weights never need and which is dangerous in Python; it is refused and no code was run: use weights from a source that you trust, or safetensors."
                            .formatted(file, shortened(name)));
        }
        return new Global(name);
    }

    private static String shortened(String name) {
        return name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) + "..." : name;
    }

    /**
     * Returns an object that is stored outside the pickle: the numbers of a tensor, or in old files the class of a
     * module.
     */
    private Object persistent(Object id) {
        List<?> parts = (List<?>) id;
        if ("module".equals(parts.get(0))) {
            return (Global) parts.get(1);
        }
        StorageType type = StorageType.of(((Global) parts.get(1)).name())
                .orElseThrow(() -> new IndexOutOfBoundsException("no storage"));
        // before 0.4 a storage could be a view of another: key, offset, length
        long start = parts.size() > 5 && parts.get(5) instanceof List<?> view ? (Long) view.get(1) : 0;
        Storage storage = new Storage(type, (String) parts.get(2), (Long) parts.get(4), start);
        storages.put(storage.key(), storage);
        return storage;
    }

    private Object call(Object function, Object arguments) {
        List<?> given = (List<?>) arguments;
        if (function instanceof Instance) {
            return function;
        }
        if (!(function instanceof Global global)) {
            throw new GauntletException(
                    "%s contains a pickle that calls an object that is not a function.".formatted(file));
        }
        String name = global.name();
        if (DICTIONARIES.contains(name)) {
            return dictionary(given);
        }
        if (TENSORS.contains(name) && given.get(0) instanceof Storage storage) {
            return new View(
                    storage,
                    Math.addExact(storage.start(), (Long) given.get(1)),
                    longs((List<?>) given.get(2)),
                    longs((List<?>) given.get(3)));
        }
        if (WRAPPERS.contains(name)) {
            return given.get(0);
        }
        if (name.equals(TENSOR_OF_A_TYPE) && given.get(0) instanceof Global tensor && TENSORS.contains(tensor.name())) {
            return call(tensor, given.get(2));
        }
        return CONSTRUCTORS.contains(name) && given.get(0) instanceof Global made
                ? new Instance(shortened(made.name()))
                : new Instance(shortened(name));
    }

    /** Python 2 passes the entries of a dictionary to its constructor. */
    private static Map<Object, Object> dictionary(List<?> given) {
        Map<Object, Object> dictionary = new LinkedHashMap<>();
        if (given.size() == 1 && given.get(0) instanceof List<?> entries) {
            for (Object entry : entries) {
                dictionary.put(key(((List<?>) entry).get(0)), ((List<?>) entry).get(1));
            }
        }
        return dictionary;
    }

    private static long[] longs(List<?> values) {
        return values.stream().mapToLong(value -> (Long) value).toArray();
    }

    /**
     * Python sets attributes here; those of a dictionary, such as its versions, and those of a tensor are not needed.
     */
    private void build(Object state) {
        boolean attributes = top() instanceof Map && state instanceof Map;
        if (!attributes && !(top() instanceof Instance) && !(top() instanceof View)) {
            throw new GauntletException(
                    "%s contains a pickle that builds an object; only tensors and plain containers are supported."
                            .formatted(file));
        }
    }
}
