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
 * Reads the tensors and plain containers of a pickle, and nothing else that is in it.
 *
 * <p>A pickle is a program for a small machine with a stack. Python's machine can call any function; this one knows a few
 * names, of which none runs anything. What any other name would make is left as an empty {@link Instance}, since
 * checkpoints keep optimizers, scores and settings beside the weights; names with which a pickle attacks Python
 * end with an error. The opcodes are those of <a
 * href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">pickletools</a> from protocol 2 to 5.
 */
final class Pickle {
    /** Python's None. */
    static final Object NONE = new Object();

    /** A name that the pickle may use. */
    record Global(String name) {}

    /**
     * The numbers behind one or more tensors.
     *
     * @param type how a number is written
     * @param key under which name the file keeps them
     * @param count how many there are
     * @param start at which of them it begins, which is above 0 for a view of another storage
     */
    record Storage(StorageType type, String key, long count, long start) {}

    /**
     * A tensor: a view of a storage.
     *
     * @param storage its numbers
     * @param offset where it begins, in numbers
     * @param sides the length of each side
     * @param strides how many numbers further the next element of each side is
     */
    record View(Storage storage, long offset, long[] sides, long[] strides) {}

    /**
     * What Python would make of an object of which nothing is read.
     *
     * @param name the class or function that makes it, as module and name
     */
    record Instance(String name) {}

    private static final Object MARK = new Object();

    private static final Set<String> DICTIONARIES =
            Set.of("collections OrderedDict", "collections defaultdict", "builtins dict", "__builtin__ dict");

    /** The first is that of PyTorch before 0.4; both begin with the same four arguments. */
    private static final Set<String> TENSORS =
            Set.of("torch._utils _rebuild_tensor", "torch._utils _rebuild_tensor_v2");

    /** What gives its first argument. */
    private static final Set<String> WRAPPERS = Set.of(
            "torch._utils _rebuild_parameter",
            "torch._utils _rebuild_parameter_with_state",
            "torch.nn.parameter Parameter",
            "torch.nn.parameter Buffer",
            "torch.autograd.variable Variable",
            "torch Size");

    /** Calls its first argument with its third. */
    private static final String TENSOR_OF_A_TYPE = "torch._tensor _rebuild_from_type_v2";

    /** What old protocols call to make an object of a class, their first argument. */
    private static final Set<String> CONSTRUCTORS = Set.of("copy_reg _reconstructor", "copyreg _reconstructor");

    /** Modules that no weights need and most attacks do. */
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

    /** No list of a state dictionary is as long, and none has as many values that are named again. */
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

    /** Reads the pickle at the buffer's position and leaves it behind its end. */
    static Object read(String file, ByteBuffer in) {
        return read(file, in, new HashMap<>());
    }

    /** Does the same and puts the storages that it names into a map, by their keys. */
    static Object read(String file, ByteBuffer in, Map<String, Storage> storages) {
        Pickle pickle = new Pickle(file, in.order(ByteOrder.LITTLE_ENDIAN), storages);
        try {
            return pickle.run();
        } catch (BufferUnderflowException | IndexOutOfBoundsException | ClassCastException | ArithmeticException e) {
            throw new GauntletException("%s holds a damaged pickle.".formatted(file), e);
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
                    // the arguments with names tell nothing here
                    pop();
                    Object arguments = pop();
                    push(call(pop(), arguments));
                }
                case 'b' -> build(pop());
                default ->
                    throw new GauntletException(
                            "%s holds a pickle with the instruction 0x%02x, which no state dictionary needs; that is refused: save the weights as safetensors."
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
            throw new GauntletException("%s holds a pickle that fills the memory.".formatted(file));
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

    /** Puts keys and values in turn into the dictionary on the stack. */
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

    /** Other keys could be containers that hold themselves, whose hash has no end. */
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

    /** Reads an integer of some bytes; none here is larger than a long, but for PyTorch's own mark of its format. */
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

    /** Leaves out bytes, which no tensor is made of. */
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
                    "%s holds a pickle that names '%s', which no weights need and which can do harm when Python loads it; it is refused, and nothing is ever run: take the weights from a source that you trust, or as safetensors."
                            .formatted(file, shortened(name)));
        }
        return new Global(name);
    }

    private static String shortened(String name) {
        return name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) + "..." : name;
    }

    /** Returns what a pickle keeps outside itself: the numbers of a tensor, or in old files the class of a module. */
    private Object persistent(Object id) {
        List<?> parts = (List<?>) id;
        if ("module".equals(parts.get(0))) {
            return (Global) parts.get(1);
        }
        StorageType type = StorageType.of(((Global) parts.get(1)).name())
                .orElseThrow(() -> new IndexOutOfBoundsException("no storage"));
        // before 0.4 a storage could be a part of another: its key, where it begins, its length
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
            throw new GauntletException("%s holds a pickle that calls what is no function.".formatted(file));
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

    /** Python 2 gives a dictionary its entries when it makes it. */
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

    /** Python sets attributes here; those of a dictionary, such as its versions, are of no use, nor those of a tensor. */
    private void build(Object state) {
        boolean attributes = top() instanceof Map && state instanceof Map;
        if (!attributes && !(top() instanceof Instance) && !(top() instanceof View)) {
            throw new GauntletException(
                    "%s holds a pickle that builds an object; only tensors and plain containers are read."
                            .formatted(file));
        }
    }
}
