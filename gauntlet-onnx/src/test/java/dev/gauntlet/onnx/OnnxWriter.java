package dev.gauntlet.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Writes ONNX files for tests, field by field. */
final class OnnxWriter {
    private final int opset;
    private final ElementType type;
    private final ByteArrayOutputStream graph = new ByteArrayOutputStream();
    private boolean hasMaps;

    /** Starts a graph whose floats are of a type. */
    OnnxWriter(int opset, ElementType type) {
        this.opset = opset;
        this.type = type;
    }

    OnnxWriter(int opset) {
        this(opset, ElementType.FLOAT);
    }

    int opset() {
        return opset;
    }

    ElementType type() {
        return type;
    }

    @FunctionalInterface
    interface Writing {
        void to(CodedOutputStream out) throws IOException;
    }

    static byte[] message(Writing writing) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            writing.to(out);
            out.flush();
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private OnnxWriter field(int number, byte[] content) {
        graph.writeBytes(message(out -> out.writeByteArray(number, content)));
        return this;
    }

    OnnxWriter input(String name, long... sides) {
        return input(name, type, sides);
    }

    OnnxWriter input(String name, ElementType elements, long... sides) {
        return field(11, port(name, elements, sides));
    }

    OnnxWriter output(String name, long... sides) {
        return output(name, type, sides);
    }

    OnnxWriter output(String name, ElementType elements, long... sides) {
        return field(12, port(name, elements, sides));
    }

    /** A sequence of maps from integers or texts to floats, as converters of scikit-learn declare it. */
    OnnxWriter mapsOutput(String name, long keyType) {
        hasMaps = true;
        byte[] floats = message(tensor -> tensor.writeByteArray(1, message(out -> out.writeInt32(1, 1))));
        byte[] map = message(out -> {
            out.writeInt64(1, keyType);
            out.writeByteArray(2, floats);
        });
        byte[] sequence = message(out -> out.writeByteArray(1, message(type -> type.writeByteArray(5, map))));
        return field(12, message(out -> {
            out.writeString(1, name);
            out.writeByteArray(2, message(type -> type.writeByteArray(4, sequence)));
        }));
    }

    /** Describes a value; -1 is an open side, and no sides at all leave the shape open. */
    private static byte[] port(String name, ElementType elements, long... sides) {
        byte[] shape = message(out -> {
            for (long side : sides) {
                out.writeByteArray(
                        1,
                        side < 0
                                ? message(dimension -> dimension.writeString(2, "n"))
                                : message(dimension -> dimension.writeInt64(1, side)));
            }
        });
        byte[] tensor = message(out -> {
            out.writeInt32(1, elements.code());
            if (sides.length > 0) {
                out.writeByteArray(2, shape);
            }
        });
        return message(out -> {
            out.writeString(1, name);
            out.writeByteArray(2, message(typed -> typed.writeByteArray(1, tensor)));
        });
    }

    OnnxWriter floats(String name, long[] sides, float... values) {
        return field(5, floatTensor(name, sides, values));
    }

    OnnxWriter longs(String name, long... values) {
        return field(5, longTensor(name, new long[] {values.length}, values));
    }

    OnnxWriter tensor(byte[] tensor) {
        return field(5, tensor);
    }

    byte[] floatTensor(String name, long[] sides, float... values) {
        ByteBuffer raw = ByteBuffer.allocate(values.length * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            if (type == ElementType.DOUBLE) {
                raw.putDouble(value);
            } else {
                raw.putFloat(value);
            }
        }
        return rawTensor(name, type, sides, raw.array());
    }

    static byte[] longTensor(String name, long[] sides, long... values) {
        return message(out -> {
            for (long side : sides) {
                out.writeInt64(1, side);
            }
            out.writeInt32(2, ElementType.INT64.code());
            for (long value : values) {
                out.writeInt64(7, value);
            }
            out.writeString(8, name);
        });
    }

    static byte[] rawTensor(String name, ElementType elements, long[] sides, byte[] raw) {
        return message(out -> {
            for (long side : sides) {
                out.writeInt64(1, side);
            }
            out.writeInt32(2, elements.code());
            out.writeString(8, name);
            out.writeByteArray(9, raw);
        });
    }

    OnnxWriter node(String operator, List<String> inputs, List<String> outputs, byte[]... attributes) {
        return field(1, message(out -> {
            for (String input : inputs) {
                out.writeString(1, input);
            }
            for (String output : outputs) {
                out.writeString(2, output);
            }
            int domain = operator.lastIndexOf('.');
            String name = operator.substring(domain + 1);
            out.writeString(3, name.toLowerCase(Locale.ROOT) + "_" + outputs.get(0));
            out.writeString(4, name);
            if (domain > 0) {
                out.writeString(7, operator.substring(0, domain));
            }
            for (byte[] attribute : attributes) {
                out.writeByteArray(5, attribute);
            }
        }));
    }

    OnnxWriter node(String operator, String input, String output, byte[]... attributes) {
        return node(operator, List.of(input), List.of(output), attributes);
    }

    static byte[] integer(String name, long value) {
        return attribute(name, 2, out -> out.writeInt64(3, value));
    }

    static byte[] number(String name, float value) {
        return attribute(name, 1, out -> out.writeFloat(2, value));
    }

    static byte[] text(String name, String value) {
        return attribute(name, 3, out -> out.writeBytes(4, ByteString.copyFrom(value, StandardCharsets.UTF_8)));
    }

    static byte[] integers(String name, long... values) {
        return attribute(name, 7, out -> {
            for (long value : values) {
                out.writeInt64(8, value);
            }
        });
    }

    static byte[] texts(String name, String... values) {
        return attribute(name, 8, out -> {
            for (String value : values) {
                out.writeBytes(9, ByteString.copyFrom(value, StandardCharsets.UTF_8));
            }
        });
    }

    static byte[] numbers(String name, float... values) {
        return attribute(name, 6, out -> {
            for (float value : values) {
                out.writeFloat(7, value);
            }
        });
    }

    static byte[] tensorAttribute(String name, byte[] tensor) {
        return attribute(name, 4, out -> out.writeByteArray(5, tensor));
    }

    private static byte[] attribute(String name, int kind, Writing value) {
        return message(out -> {
            out.writeString(1, name);
            value.to(out);
            out.writeInt32(20, kind);
        });
    }

    byte[] bytes() {
        return message(out -> {
            out.writeInt64(1, irVersion());
            out.writeString(2, "gauntlet tests");
            out.writeByteArray(7, message(content -> {
                content.writeRawBytes(graph.toByteArray());
                content.writeString(2, "graph");
            }));
            out.writeByteArray(8, message(set -> set.writeInt64(2, opset)));
            if (hasMaps) {
                out.writeByteArray(8, message(set -> {
                    set.writeString(1, "ai.onnx.ml");
                    set.writeInt64(2, 1);
                }));
            }
        });
    }

    /** Version 4 and later need not declare constants as inputs. */
    private long irVersion() {
        return opset >= 19 ? 9 : 7;
    }

    Path write(Path file) {
        try {
            return Files.write(file, bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
