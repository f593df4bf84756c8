package dev.gauntlet.onnx;

import dev.gauntlet.testkit.OnnxElement;
import dev.gauntlet.testkit.OnnxWriter;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** A graph from {@code x} to {@code y}. */
@SuppressWarnings("ArrayRecordComponent") // it is made once and written by nobody
record OperatorCase(String name, int opset, long[] sides, float least, float most, Consumer<OnnxWriter> graph) {
    OperatorCase between(double from, double to) {
        return new OperatorCase(name, opset, sides, (float) from, (float) to, graph);
    }

    byte[] file(OnnxElement type) {
        OnnxWriter writer = new OnnxWriter(opset, type).input("x", sides).output("y");
        graph.accept(writer);
        return writer.bytes();
    }

    float[] values() {
        SplittableRandom random = new SplittableRandom(name.hashCode());
        float[] values = new float[Math.toIntExact(Arrays.stream(sides).reduce(1, (a, b) -> a * b))];
        for (int i = 0; i < values.length; i++) {
            values[i] = least + (most - least) * random.nextFloat();
        }
        return values;
    }

    @Override
    public String toString() {
        return "%s %s, opset %d".formatted(name, Arrays.toString(sides), opset);
    }

    static long[] sides(long... sides) {
        return sides;
    }

    static OperatorCase operator(String name, int opset, long[] sides, Consumer<OnnxWriter> graph) {
        return new OperatorCase(name, opset, sides, -2, 2, graph);
    }

    static OperatorCase plain(String operator, int opset, long[] sides, byte[]... attributes) {
        return operator(operator, opset, sides, graph -> graph.node(operator, "x", "y", attributes));
    }

    /** Numbers that are the same in each run, none of them near a place where a function bends. */
    static float[] random(int count, long seed, double from, double to) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (from + (to - from) * random.nextDouble());
        }
        return values;
    }

    static void constant(OnnxWriter graph, String name, long... sides) {
        constant(graph, name, -1, 1, sides);
    }

    static void constant(OnnxWriter graph, String name, double from, double to, long... sides) {
        int count = Math.toIntExact(Arrays.stream(sides).reduce(1, (a, b) -> a * b));
        graph.floats(name, sides, random(count, name.hashCode() * 31L + count, from, to));
    }
}
