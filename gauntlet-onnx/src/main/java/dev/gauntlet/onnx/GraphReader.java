package dev.gauntlet.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.gauntlet.GauntletException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the protocol buffer of an ONNX file field by field, limited to the fields that an evaluation needs.
 *
 * <p>The messages and the numbers of their fields are those of <a
 * href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a>. Subgraphs are skipped, so nothing here
 * is recursive, and nothing is allocated for a length that the file only declares.
 */
final class GraphReader {
    private final String file;
    private final ExternalData external;
    private final List<String> externalTensors = new ArrayList<>();
    private final Map<String, Long> unreadable = new TreeMap<>();

    private GraphReader(String file, ExternalData external) {
        this.file = file;
        this.external = external;
    }

    /**
     * Reads a model.
     *
     * @param file the file, for errors and for external data, which must be in its folder
     * @param content the content of the file
     */
    static Graph read(Path file, ByteBuffer content) {
        return read(file, content, new ExternalData(file));
    }

    /**
     * Finds the files that store tensors of a model.
     *
     * @param file the file of the model
     * @param content its content
     * @return the other files, in the folder of the model
     */
    static List<Path> externalFiles(Path file, ByteBuffer content) {
        ExternalData external = new ExternalData(file);
        read(file, content, external);
        return external.files();
    }

    private static Graph read(Path file, ByteBuffer content, ExternalData external) {
        GraphReader reader = new GraphReader(file.toString(), external);
        try {
            CodedInputStream in = CodedInputStream.newInstance(content);
            in.enableAliasing(true);
            return reader.model(in);
        } catch (IOException e) {
            throw new GauntletException(
                    "%s is not an ONNX file, or is damaged (%s)."
                            .formatted(file, String.valueOf(e.getMessage()).replaceFirst("\\.$", "")),
                    e);
        }
    }

    /** Handles the current field: consumes it, or returns false to skip it. */
    @FunctionalInterface
    private interface Field {
        boolean read(int number, int wireType) throws IOException;
    }

    /** Reads all fields of a message. */
    private static void fields(CodedInputStream in, Field field) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (!field.read(WireFormat.getTagFieldNumber(tag), WireFormat.getTagWireType(tag))) {
                in.skipField(tag);
            }
        }
    }

    /** Reads a message nested in the current one. */
    private static void message(CodedInputStream in, int wireType, Field field) throws IOException {
        requireWire(wireType, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        int end = in.pushLimit(in.readRawVarint32());
        fields(in, field);
        in.checkLastTagWas(0);
        in.popLimit(end);
    }

    private static void requireWire(int wireType, int expected) throws IOException {
        if (wireType != expected) {
            throw new InvalidProtocolBufferException("a field has the wrong wire type");
        }
    }

    private static String text(CodedInputStream in, int wireType) throws IOException {
        requireWire(wireType, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        return in.readString();
    }

    private static ByteBuffer bytes(CodedInputStream in, int wireType) throws IOException {
        requireWire(wireType, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        return in.readByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long integer(CodedInputStream in, int wireType) throws IOException {
        requireWire(wireType, WireFormat.WIRETYPE_VARINT);
        return in.readInt64();
    }

    /** Reads one element of a repeated field of numbers, or all of them if they are packed. */
    private static void repeated(CodedInputStream in, int wireType, int plain, Element element) throws IOException {
        if (wireType == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
            int end = in.pushLimit(in.readRawVarint32());
            while (in.getBytesUntilLimit() > 0) {
                element.read();
            }
            in.popLimit(end);
        } else {
            requireWire(wireType, plain);
            element.read();
        }
    }

    @FunctionalInterface
    private interface Element {
        void read() throws IOException;
    }

    private Graph model(CodedInputStream in) throws IOException {
        Parts parts = new Parts();
        fields(in, (number, wire) -> {
            switch (number) {
                case 2 -> parts.producer = text(in, wire);
                case 3 -> parts.producerVersion = text(in, wire);
                case 7 -> {
                    if (parts.hasGraph) {
                        throw new InvalidProtocolBufferException("it has two graphs");
                    }
                    parts.hasGraph = true;
                    graph(in, wire, parts);
                }
                case 8 -> opset(in, wire, parts);
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (!parts.hasGraph || parts.nodes.isEmpty()) {
            throw new GauntletException("%s is not an ONNX file: it contains no graph with nodes.".formatted(file));
        }
        parts.inputs.removeIf(port -> parts.constants.containsKey(port.name()) || unreadable.containsKey(port.name()));
        return new Graph(
                parts.opset,
                "%s %s".formatted(parts.producer, parts.producerVersion).strip(),
                List.copyOf(parts.nodes),
                parts.constants,
                List.copyOf(externalTensors),
                Map.copyOf(unreadable),
                List.copyOf(parts.inputs),
                List.copyOf(parts.outputs));
    }

    private static void opset(CodedInputStream in, int wireType, Parts parts) throws IOException {
        String[] domain = {""};
        long[] version = {0};
        message(in, wireType, (number, wire) -> {
            switch (number) {
                case 1 -> domain[0] = text(in, wire);
                case 2 -> version[0] = integer(in, wire);
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (isStandard(domain[0])) {
            parts.opset = version[0];
        }
    }

    private static boolean isStandard(String domain) {
        return domain.isEmpty() || domain.equals("ai.onnx");
    }

    private void graph(CodedInputStream in, int wireType, Parts parts) throws IOException {
        message(in, wireType, (number, wire) -> {
            switch (number) {
                case 1 -> parts.nodes.add(node(in, wire, parts.nodes.size()));
                case 5 -> {
                    TensorParts tensor = tensor(in, wire);
                    if (parts.constants.containsKey(tensor.name) || unreadable.containsKey(tensor.name)) {
                        throw new GauntletException(
                                "%s has two tensors named '%s'; it is damaged.".formatted(file, tensor.name));
                    }
                    constant(tensor)
                            .ifPresentOrElse(
                                    constant -> parts.constants.put(tensor.name, constant),
                                    () -> unreadable.put(tensor.name, tensor.type));
                }
                case 11 -> parts.inputs.add(port(in, wire));
                case 12 -> parts.outputs.add(port(in, wire));
                case 15 ->
                    throw new GauntletException(
                            "%s contains sparse tensors, which are not supported; export it with dense tensors."
                                    .formatted(file));
                default -> {
                    return false;
                }
            }
            return true;
        });
        Set<String> names = new HashSet<>();
        for (Graph.Port port : parts.inputs) {
            if (!names.add(port.name())) {
                throw new GauntletException("%s has two inputs named '%s'.".formatted(file, port.name()));
            }
        }
    }

    private Node node(CodedInputStream in, int wireType, int index) throws IOException {
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        Map<String, Attribute> attributes = new HashMap<>();
        String[] names = {"", "", ""};
        message(in, wireType, (number, wire) -> {
            switch (number) {
                case 1 -> inputs.add(text(in, wire));
                case 2 -> outputs.add(text(in, wire));
                case 3 -> names[0] = text(in, wire);
                case 4 -> names[1] = text(in, wire);
                case 5 -> attribute(in, wire, attributes);
                case 7 -> names[2] = text(in, wire);
                default -> {
                    return false;
                }
            }
            return true;
        });
        String name = !names[0].isEmpty() ? names[0] : "number %d".formatted(index + 1);
        String operator = isStandard(names[2]) ? names[1] : names[2] + "." + names[1];
        return new Node(name, operator, inputs, outputs, attributes);
    }

    private void attribute(CodedInputStream in, int wireType, Map<String, Attribute> attributes) throws IOException {
        AttributeParts parts = new AttributeParts();
        message(in, wireType, (number, wire) -> {
            switch (number) {
                case 1 -> parts.name = text(in, wire);
                case 2 -> {
                    requireWire(wire, WireFormat.WIRETYPE_FIXED32);
                    parts.value = new Attribute.OneNumber(in.readFloat());
                }
                case 3 -> parts.value = new Attribute.OneInteger(integer(in, wire));
                case 4 -> parts.value = new Attribute.Text(text(in, wire));
                case 5 -> {
                    TensorParts tensor = tensor(in, wire);
                    parts.value = constant(tensor)
                            .<Attribute>map(Attribute.Tensor::new)
                            .orElseGet(() -> new Attribute.Other(ElementType.unknown(tensor.type)));
                }
                case 7 -> repeated(in, wire, WireFormat.WIRETYPE_FIXED32, () -> parts.floats.add(in.readFloat()));
                case 8 -> repeated(in, wire, WireFormat.WIRETYPE_VARINT, () -> parts.integers.add(in.readInt64()));
                case 9 -> parts.texts.add(text(in, wire));
                case 20 -> parts.kind = integer(in, wire);
                default -> {
                    return false;
                }
            }
            return true;
        });
        attributes.put(parts.name, parts.attribute());
    }

    private static TensorParts tensor(CodedInputStream in, int wireType) throws IOException {
        TensorParts parts = new TensorParts();
        message(in, wireType, (number, wire) -> {
            switch (number) {
                case 1 -> repeated(in, wire, WireFormat.WIRETYPE_VARINT, () -> parts.sides.add(in.readInt64()));
                case 2 -> parts.type = integer(in, wire);
                case 4 -> repeated(in, wire, WireFormat.WIRETYPE_FIXED32, () -> parts.numbers.putFloat(in.readFloat()));
                case 5, 7 ->
                    repeated(in, wire, WireFormat.WIRETYPE_VARINT, () -> parts.numbers.putLong(in.readInt64()));
                case 8 -> parts.name = text(in, wire);
                case 9 -> parts.raw = bytes(in, wire);
                case 10 ->
                    repeated(in, wire, WireFormat.WIRETYPE_FIXED64, () -> parts.numbers.putDouble(in.readDouble()));
                case 13 -> entry(in, wire, parts.external);
                case 14 -> parts.isExternal = integer(in, wire) == 1;
                default -> {
                    return false;
                }
            }
            return true;
        });
        return parts;
    }

    /**
     * Creates the tensor; returns nothing if its type is not supported, and the node that needs it then reports the
     * error.
     */
    private Optional<Constant> constant(TensorParts parts) {
        Optional<ElementType> known = ElementType.of(parts.type);
        if (known.isEmpty()) {
            return Optional.empty();
        }
        ElementType type = known.get();
        String where = "%s: the tensor '%s'".formatted(file, parts.name);
        long[] sides = parts.sides.stream().mapToLong(Long::longValue).toArray();
        ByteBuffer content;
        if (parts.isExternal) {
            externalTensors.add(parts.name);
            content = external.read(where, parts.external, Constant.count(where, sides) * type.bytes());
        } else if (parts.raw != null) {
            content = parts.raw;
        } else {
            content = parts.numbers.as(type);
        }
        return Optional.of(Constant.of(where, type, sides, content));
    }

    private static void entry(CodedInputStream in, int wireType, Map<String, String> entries) throws IOException {
        String[] pair = {"", ""};
        message(in, wireType, (number, wire) -> {
            switch (number) {
                case 1 -> pair[0] = text(in, wire);
                case 2 -> pair[1] = text(in, wire);
                default -> {
                    return false;
                }
            }
            return true;
        });
        entries.put(pair[0], pair[1]);
    }

    private static Graph.Port port(CodedInputStream in, int wireType) throws IOException {
        String[] name = {""};
        long[] type = {0};
        List<Long> sides = new ArrayList<>();
        message(in, wireType, (number, wire) -> switch (number) {
            case 1 -> {
                name[0] = text(in, wire);
                yield true;
            }
            case 2 -> {
                message(in, wire, (typeNumber, typeWire) -> {
                    if (typeNumber != 1) {
                        return false;
                    }
                    tensorType(in, typeWire, type, sides);
                    return true;
                });
                yield true;
            }
            default -> false;
        });
        return new Graph.Port(
                name[0], type[0], sides.stream().mapToLong(Long::longValue).toArray());
    }

    private static void tensorType(CodedInputStream in, int wireType, long[] type, List<Long> sides)
            throws IOException {
        message(in, wireType, (number, wire) -> {
            switch (number) {
                case 1 -> type[0] = integer(in, wire);
                case 2 ->
                    message(in, wire, (shapeNumber, shapeWire) -> {
                        if (shapeNumber != 1) {
                            return false;
                        }
                        long[] side = {Graph.OPEN};
                        message(in, shapeWire, (sideNumber, sideWire) -> {
                            if (sideNumber != 1) {
                                return false;
                            }
                            side[0] = integer(in, sideWire);
                            return true;
                        });
                        // some exporters write 0 for a variable dimension
                        sides.add(side[0] < 1 ? Graph.OPEN : side[0]);
                        return true;
                    });
                default -> {
                    return false;
                }
            }
            return true;
        });
    }

    /** The parts of a model that were read so far. */
    private static final class Parts {
        String producer = "";
        String producerVersion = "";
        long opset;
        boolean hasGraph;
        final List<Node> nodes = new ArrayList<>();
        final Map<String, Constant> constants = new LinkedHashMap<>();
        final List<Graph.Port> inputs = new ArrayList<>();
        final List<Graph.Port> outputs = new ArrayList<>();
    }

    /** The parts of an attribute that were read so far. */
    private static final class AttributeParts {
        String name = "";
        long kind;
        Attribute value = new Attribute.Other(null);
        final List<Long> integers = new ArrayList<>();
        final List<Float> floats = new ArrayList<>();
        final List<String> texts = new ArrayList<>();

        Attribute attribute() {
            if (kind == 8 || !texts.isEmpty()) {
                return new Attribute.Texts(texts);
            }
            // only the kind of an empty list is stored; very old files omit the kind
            if (kind == 7 || !integers.isEmpty()) {
                return new Attribute.Integers(
                        integers.stream().mapToLong(Long::longValue).toArray());
            }
            if (kind == 6 || !floats.isEmpty()) {
                float[] values = new float[floats.size()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = floats.get(i);
                }
                return new Attribute.Numbers(values);
            }
            // the default of a field need not be written
            if (value instanceof Attribute.Other) {
                if (kind == 1) {
                    return new Attribute.OneNumber(0);
                }
                if (kind == 2) {
                    return new Attribute.OneInteger(0);
                }
                if (kind == 3) {
                    return new Attribute.Text("");
                }
            }
            return value;
        }
    }

    /** The parts of a tensor that were read so far. */
    private static final class TensorParts {
        String name = "";
        long type;
        boolean isExternal;

        @Nullable
        ByteBuffer raw;

        final List<Long> sides = new ArrayList<>();
        final Map<String, String> external = new HashMap<>();
        final Numbers numbers = new Numbers();
    }
}
