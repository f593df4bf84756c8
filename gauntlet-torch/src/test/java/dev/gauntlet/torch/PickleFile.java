package dev.gauntlet.torch;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes what {@code torch.save} does of dictionaries, lists, numbers, texts, tensors and objects of any class. */
final class PickleFile {
    /** With what files before PyTorch 1.6 begin, little-endian. */
    private static final int[] MARK = {0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};

    /**
     * A tensor.
     *
     * @param function what Python calls to make it
     * @param device where it was when it was saved
     * @param numbers its shape and numbers
     */
    record Tensor(String function, String device, WeightTensor numbers) {
        static Tensor of(WeightTensor numbers) {
            return new Tensor("torch._utils _rebuild_tensor_v2", "cpu", numbers);
        }
    }

    /**
     * A function's result, or an object of a class with attributes.
     *
     * @param name module and name
     * @param arguments what it is called with
     */
    record Call(String name, List<?> arguments) {}

    /** An object of a class with attributes, as Python's protocol 2 writes it. */
    record Made(String name) {}

    /** A class of a module of PyTorch in files before 1.6, which keep its source beside it. */
    record ModuleClass(String name) {}

    private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    private final List<float[]> storages = new ArrayList<>();

    private PickleFile(Object root) {
        bytes(0x80, 2);
        value(root);
        bytes('.');
    }

    /** The format since PyTorch 1.6. */
    static byte[] zip(Object root) {
        PickleFile file = new PickleFile(root);
        NpzFile zip = new NpzFile().stored("archive/data.pkl", file.pickle.toByteArray());
        for (int i = 0; i < file.storages.size(); i++) {
            zip.stored("archive/data/" + i, NpzFile.little(file.storages.get(i)));
        }
        return zip.stored("archive/version", "3\n".getBytes(StandardCharsets.US_ASCII))
                .bytes();
    }

    /** The format before PyTorch 1.6. */
    static byte[] legacy(Object root) {
        PickleFile file = new PickleFile(root);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0x80, 2, (byte) 0x8a, 10});
        for (int part : MARK) {
            out.write(part);
        }
        out.write('.');
        out.writeBytes(new byte[] {(byte) 0x80, 2, 'M', (byte) 0xe9, 3, '.'});
        out.writeBytes(new byte[] {(byte) 0x80, 2, '}', '.'});
        out.writeBytes(file.pickle.toByteArray());
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < file.storages.size(); i++) {
            keys.add(Integer.toString(i));
        }
        out.writeBytes(new PickleFile(keys).pickle.toByteArray());
        for (float[] storage : file.storages) {
            out.writeBytes(NpzFile.little((long) storage.length));
            out.writeBytes(NpzFile.little(storage));
        }
        return out.toByteArray();
    }

    private void value(Object value) {
        if (value instanceof Map<?, ?> map) {
            bytes('}', '(');
            map.forEach((key, inner) -> {
                value(key);
                value(inner);
            });
            bytes('u');
        } else if (value instanceof List<?> list) {
            bytes(']', '(');
            list.forEach(this::value);
            bytes('e');
        } else if (value instanceof String text) {
            byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
            bytes('X');
            number(encoded.length);
            pickle.writeBytes(encoded);
        } else if (value instanceof Integer number) {
            bytes('J');
            number(number);
        } else if (value instanceof Double number) {
            bytes('G');
            pickle.writeBytes(ByteBuffer.allocate(8).putDouble(number).array());
        } else if (value instanceof Tensor tensor) {
            tensor(tensor);
        } else if (value instanceof Call call) {
            global(call.name());
            tuple(call.arguments());
            bytes('R');
        } else if (value instanceof Made made) {
            global(made.name());
            bytes(')', 0x81);
            value(Map.of("training", 1));
            bytes('b');
        } else if (value instanceof ModuleClass made) {
            bytes('(');
            value("module");
            global(made.name());
            value("net.py");
            value("class Net: ...");
            bytes('t', 'Q', ')', 0x81);
            value(Map.of("training", 1));
            bytes('b');
        } else {
            throw new IllegalArgumentException(value.toString());
        }
    }

    private void tensor(Tensor tensor) {
        global(tensor.function());
        bytes('(', '(');
        value("storage");
        global("torch FloatStorage");
        value(Integer.toString(storages.size()));
        value(tensor.device());
        value(tensor.numbers().values().length);
        storages.add(tensor.numbers().values());
        bytes('t', 'Q');
        value(0);
        long[] shape = tensor.numbers().shape();
        List<Integer> sides = new ArrayList<>();
        List<Integer> strides = new ArrayList<>();
        int stride = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            sides.add(0, (int) shape[i]);
            strides.add(0, stride);
            stride *= (int) shape[i];
        }
        tuple(sides);
        tuple(strides);
        if (tensor.function().endsWith("_v2")) {
            // whether it requires a gradient, and its hooks
            bytes(0x89, '}');
        }
        bytes('t', 'R');
    }

    private void tuple(List<?> values) {
        bytes('(');
        values.forEach(this::value);
        bytes('t');
    }

    private void global(String name) {
        bytes('c');
        pickle.writeBytes((name.replace(' ', '\n') + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private void number(int number) {
        pickle.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(number)
                .array());
    }

    private void bytes(int... values) {
        for (int value : values) {
            pickle.write(value);
        }
    }
}
