package dev.gauntlet.testkit;

import static dev.gauntlet.testkit.ProtobufWriter.message;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Writes an ONNX file for tests, field by field, valid or invalid.
 *
 * <p>Example, a linear model of two pixels:
 *
 * <pre>{@code
 * Path file = new OnnxWriter(13)
 *         .input("x", -1, 2)
 *         .floats("w", new long[] {2, 2}, 1, 0, 0, 1)
 *         .node("MatMul", List.of("x", "w"), List.of("y"))
 *         .output("y", -1, 2)
 *         .write(folder.resolve("model.onnx"));
 * }</pre>
 */
public final class OnnxWriter {
    private final int opset;
    private final OnnxElement type;
    private final ByteArrayOutputStream graph = new ByteArrayOutputStream();
    private boolean hasMaps;

    /**
     * Starts a graph.
     *
     * @param opset the version of the operators
     * @param type the type of its floats
     */
    public OnnxWriter(int opset, OnnxElement type) {
        this.opset = opset;
        this.type = type;
    }

    /**
     * Starts a graph of 32-bit floats.
     *
     * @param opset the version of the operators
     */
    public OnnxWriter(int opset) {
        this(opset, OnnxElement.FLOAT);
    }

    /**
     * Returns the version of the operators.
     *
     * @return the version
     */
    public int opset() {
        return opset;
    }

    /**
     * Returns the type of floats.
     *
     * @return the type
     */
    public OnnxElement type() {
        return type;
    }

    private OnnxWriter field(int number, byte[] content) {
        graph.writeBytes(message(out -> out.bytes(number, content)));
        return this;
    }

    /**
     * Adds an input of floats.
     *
     * @param name its name
     * @param sides its shape, where -1 is a dynamic dimension; if empty, the shape is unknown
     * @return this writer
     */
    public OnnxWriter input(String name, long... sides) {
        return input(name, type, sides);
    }

    /**
     * Adds an input.
     *
     * @param name its name
     * @param elements its type
     * @param sides its shape, where -1 is a dynamic dimension; if empty, the shape is unknown
     * @return this writer
     */
    public OnnxWriter input(String name, OnnxElement elements, long... sides) {
        return field(11, port(name, elements, sides));
    }

    /**
     * Adds an output of floats.
     *
     * @param name its name
     * @param sides its shape, where -1 is a dynamic dimension; if empty, the shape is unknown
     * @return this writer
     */
    public OnnxWriter output(String name, long... sides) {
        return output(name, type, sides);
    }

    /**
     * Adds an output.
     *
     * @param name its name
     * @param elements its type
     * @param sides its shape, where -1 is a dynamic dimension; if empty, the shape is unknown
     * @return this writer
     */
    public OnnxWriter output(String name, OnnxElement elements, long... sides) {
        return field(12, port(name, elements, sides));
    }

    /**
     * Adds an output that is a sequence of maps from integers or strings to floats, as declared by converters of scikit-learn.
     *
     * @param name its name
     * @param keyType the number of the type of the keys in {@code TensorProto.DataType}
     * @return this writer
     */
    public OnnxWriter mapsOutput(String name, long keyType) {
        hasMaps = true;
        byte[] floats = message(tensor -> tensor.bytes(1, message(out -> out.integer(1, 1))));
        byte[] map = message(out -> {
            out.integer(1, keyType);
            out.bytes(2, floats);
        });
        byte[] sequence = message(out -> out.bytes(1, message(type -> type.bytes(5, map))));
        return field(12, message(out -> {
            out.text(1, name);
            out.bytes(2, message(type -> type.bytes(4, sequence)));
        }));
    }

    /** Describes a value; -1 is a dynamic dimension, and without dimensions the shape is unknown. */
    private static byte[] port(String name, OnnxElement elements, long... sides) {
        byte[] shape = message(out -> {
            for (long side : sides) {
                out.bytes(
                        1,
                        side < 0
                                ? message(dimension -> dimension.text(2, "n"))
                                : message(dimension -> dimension.integer(1, side)));
            }
        });
        byte[] tensor = message(out -> {
            out.integer(1, elements.code());
            if (sides.length > 0) {
                out.bytes(2, shape);
            }
        });
        return message(out -> {
            out.text(1, name);
            out.bytes(2, message(typed -> typed.bytes(1, tensor)));
        });
    }

    /**
     * Adds a constant of floats.
     *
     * @param name its name
     * @param sides its shape
     * @param values its values
     * @return this writer
     */
    public OnnxWriter floats(String name, long[] sides, float... values) {
        return field(5, floatTensor(name, sides, values));
    }

    /**
     * Adds a constant vector of integers.
     *
     * @param name its name
     * @param values its values
     * @return this writer
     */
    public OnnxWriter longs(String name, long... values) {
        return field(5, longTensor(name, new long[] {values.length}, values));
    }

    /**
     * Adds a constant.
     *
     * @param tensor a tensor written by this class
     * @return this writer
     */
    public OnnxWriter tensor(byte[] tensor) {
        return field(5, tensor);
    }

    /**
     * Writes a tensor of floats.
     *
     * @param name its name
     * @param sides its shape
     * @param values its values
     * @return the tensor
     */
    public byte[] floatTensor(String name, long[] sides, float... values) {
        ByteBuffer raw = ByteBuffer.allocate(values.length * (type == OnnxElement.DOUBLE ? Double.BYTES : Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            if (type == OnnxElement.DOUBLE) {
                raw.putDouble(value);
            } else {
                raw.putFloat(value);
            }
        }
        return rawTensor(name, type, sides, raw.array());
    }

    /**
     * Writes a tensor of integers.
     *
     * @param name its name
     * @param sides its shape
     * @param values its values
     * @return the tensor
     */
    public static byte[] longTensor(String name, long[] sides, long... values) {
        return message(out -> {
            for (long side : sides) {
                out.integer(1, side);
            }
            out.integer(2, OnnxElement.INT64.code());
            for (long value : values) {
                out.integer(7, value);
            }
            out.text(8, name);
        });
    }

    /**
     * Writes a tensor of arbitrary bytes.
     *
     * @param name its name
     * @param elements its type
     * @param sides its shape
     * @param raw the bytes of its values, little endian
     * @return the tensor
     */
    public static byte[] rawTensor(String name, OnnxElement elements, long[] sides, byte[] raw) {
        return message(out -> {
            for (long side : sides) {
                out.integer(1, side);
            }
            out.integer(2, elements.code());
            out.text(8, name);
            out.bytes(9, raw);
        });
    }

    /**
     * Adds a node.
     *
     * @param operator the operator, preceded by its domain and a dot unless it belongs to ONNX itself
     * @param inputs the names of its inputs
     * @param outputs the names of its outputs
     * @param attributes attributes written by this class
     * @return this writer
     */
    public OnnxWriter node(String operator, List<String> inputs, List<String> outputs, byte[]... attributes) {
        return field(1, message(out -> {
            for (String input : inputs) {
                out.text(1, input);
            }
            for (String output : outputs) {
                out.text(2, output);
            }
            int domain = operator.lastIndexOf('.');
            String name = operator.substring(domain + 1);
            out.text(3, name.toLowerCase(Locale.ROOT) + "_" + outputs.get(0));
            out.text(4, name);
            if (domain > 0) {
                out.text(7, operator.substring(0, domain));
            }
            for (byte[] attribute : attributes) {
                out.bytes(5, attribute);
            }
        }));
    }

    /**
     * Adds a node with one input and one output.
     *
     * @param operator the operator
     * @param input the name of its input
     * @param output the name of its output
     * @param attributes attributes written by this class
     * @return this writer
     */
    public OnnxWriter node(String operator, String input, String output, byte[]... attributes) {
        return node(operator, List.of(input), List.of(output), attributes);
    }

    /**
     * Writes an integer attribute.
     *
     * @param name its name
     * @param value its value
     * @return the attribute
     */
    public static byte[] integer(String name, long value) {
        return attribute(name, 2, out -> out.integer(3, value));
    }

    /**
     * Writes a float attribute.
     *
     * @param name its name
     * @param value its value
     * @return the attribute
     */
    public static byte[] number(String name, float value) {
        return attribute(name, 1, out -> out.number(2, value));
    }

    /**
     * Writes a string attribute.
     *
     * @param name its name
     * @param value its value
     * @return the attribute
     */
    public static byte[] text(String name, String value) {
        return attribute(name, 3, out -> out.text(4, value));
    }

    /**
     * Writes an attribute with several integers.
     *
     * @param name its name
     * @param values its value
     * @return the attribute
     */
    public static byte[] integers(String name, long... values) {
        return attribute(name, 7, out -> {
            for (long value : values) {
                out.integer(8, value);
            }
        });
    }

    /**
     * Writes an attribute with several strings.
     *
     * @param name its name
     * @param values its value
     * @return the attribute
     */
    public static byte[] texts(String name, String... values) {
        return attribute(name, 8, out -> {
            for (String value : values) {
                out.text(9, value);
            }
        });
    }

    /**
     * Writes an attribute with several floats.
     *
     * @param name its name
     * @param values its value
     * @return the attribute
     */
    public static byte[] numbers(String name, float... values) {
        return attribute(name, 6, out -> {
            for (float value : values) {
                out.number(7, value);
            }
        });
    }

    /**
     * Writes a tensor attribute.
     *
     * @param name its name
     * @param tensor its value
     * @return the attribute
     */
    public static byte[] tensorAttribute(String name, byte[] tensor) {
        return attribute(name, 4, out -> out.bytes(5, tensor));
    }

    private static byte[] attribute(String name, int kind, Consumer<ProtobufWriter> value) {
        return message(out -> {
            out.text(1, name);
            value.accept(out);
            out.integer(20, kind);
        });
    }

    /**
     * Returns the file.
     *
     * @return its bytes
     */
    public byte[] bytes() {
        return message(out -> {
            out.integer(1, irVersion());
            out.text(2, "gauntlet tests");
            out.bytes(7, message(content -> {
                content.fields(graph.toByteArray());
                content.text(2, "graph");
            }));
            out.bytes(8, message(set -> set.integer(2, opset)));
            if (hasMaps) {
                out.bytes(8, message(set -> {
                    set.text(1, "ai.onnx.ml");
                    set.integer(2, 1);
                }));
            }
        });
    }

    /** Version 4 and later need not declare constants as inputs. */
    private long irVersion() {
        return opset >= 19 ? 9 : 7;
    }

    /**
     * Writes the file.
     *
     * @param file the path
     * @return the same path
     */
    public Path write(Path file) {
        try {
            return Files.write(file, bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
