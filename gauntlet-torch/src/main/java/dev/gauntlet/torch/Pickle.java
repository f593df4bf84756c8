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
 * Reads a pickle that holds tensors and plain containers, and refuses every other.
 *
 * <p>A pickle is a program for a small machine with a stack. Python's machine can call any function; this one knows six
 * names, of which none runs anything, and ends with an error at any other. The opcodes are those of <a
 * href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">pickletools</a> up to protocol 5.
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
     */
    record Storage(StorageType type, String key, long count) {}

    /**
     * A tensor: a view of a storage.
     *
     * @param storage its numbers
     * @param offset where it begins, in numbers
     * @param sides the length of each side
     * @param strides how many numbers further the next element of each side is
     */
    record View(Storage storage, long offset, long[] sides, long[] strides) {}

    private static final Object MARK = new Object();

    private static final Global DICTIONARY = new Global("collections OrderedDict");
    private static final Global TENSOR = new Global("torch._utils _rebuild_tensor_v2");
    private static final Global PARAMETER = new Global("torch._utils _rebuild_parameter");
    private static final Global SIZE = new Global("torch Size");
    private static final Set<Global> KNOWN = Set.of(DICTIONARY, TENSOR, PARAMETER, SIZE);

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
        } catch (BufferUnderflowException | IndexOutOfBoundsException | ClassCastException e) {
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
                    list().add(value);
                }
                case 'e' -> {
                    List<Object> values = popToMark();
                    list().addAll(values);
                }
                case 's' -> {
                    Object value = pop();
                    Object key = pop();
                    put(dictionary(), key, value);
                }
                case 'u' -> {
                    List<Object> values = popToMark();
                    for (int i = 0; i + 1 < values.size(); i += 2) {
                        put(dictionary(), values.get(i), values.get(i + 1));
                    }
                }
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
                case 'Q' -> push(storage(pop()));
                case 'R', 0x81 -> {
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

    @SuppressWarnings("unchecked")
    private List<Object> list() {
        return (List<Object>) (ArrayList<?>) top();
    }

    @SuppressWarnings("unchecked")
    private Map<Object, Object> dictionary() {
        return (Map<Object, Object>) (LinkedHashMap<?, ?>) top();
    }

    /** Other keys could be containers that hold themselves, whose hash has no end. */
    private void put(Map<Object, Object> dictionary, Object key, Object value) {
        if (!(key instanceof String || key instanceof Long)) {
            throw new GauntletException("%s holds a dictionary whose keys are no texts.".formatted(file));
        }
        dictionary.put(key, value);
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
        Global global = new Global(name);
        if (!KNOWN.contains(global) && StorageType.of(name).isEmpty()) {
            throw new GauntletException(
                    "%s holds a pickle that names '%s'; only tensors and plain containers are read, and nothing is ever run: save the state_dict() alone, or as safetensors."
                            .formatted(
                                    file,
                                    name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) + "..." : name));
        }
        return global;
    }

    private Storage storage(Object id) {
        List<?> parts = (List<?>) id;
        StorageType type = StorageType.of(((Global) parts.get(1)).name())
                .orElseThrow(() -> new IndexOutOfBoundsException("no storage"));
        Storage storage = new Storage(type, (String) parts.get(2), (Long) parts.get(4));
        storages.put(storage.key(), storage);
        return storage;
    }

    private Object call(Object function, Object arguments) {
        List<?> given = (List<?>) arguments;
        if (function.equals(DICTIONARY)) {
            return new LinkedHashMap<Object, Object>();
        }
        if (function.equals(TENSOR)) {
            return new View((Storage) given.get(0), (Long) given.get(1), longs((List<?>) given.get(2)), longs((List<?>)
                    given.get(3)));
        }
        if (function.equals(PARAMETER) || function.equals(SIZE)) {
            return given.get(0);
        }
        throw new GauntletException("%s holds a pickle that calls what is no function.".formatted(file));
    }

    private static long[] longs(List<?> values) {
        return values.stream().mapToLong(value -> (Long) value).toArray();
    }

    /** Python sets attributes here; those of a dictionary, such as its versions, are of no use. */
    private void build(Object state) {
        if (!(top() instanceof Map) || !(state instanceof Map)) {
            throw new GauntletException(
                    "%s holds a pickle that builds an object; only tensors and plain containers are read."
                            .formatted(file));
        }
    }
}
