package dev.gauntlet.onnx;

import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** All supported operators, by their ONNX names. */
final class Operators {
    private static final Map<String, Kernel.Factory> ALL = all();

    private Operators() {}

    private static Map<String, Kernel.Factory> all() {
        Map<String, Kernel.Factory> all = new TreeMap<>();
        Stream.of(
                        Arithmetic.kernels(),
                        Products.kernels(),
                        Activations.kernels(),
                        Convolutions.kernels(),
                        Pools.kernels(),
                        Normalizations.kernels(),
                        Reductions.kernels(),
                        Shapes.kernels(),
                        Padding.kernels(),
                        Resizing.kernels())
                .forEach(all::putAll);
        return all;
    }

    static Optional<Kernel.Factory> find(String operator) {
        return Optional.ofNullable(ALL.get(operator));
    }

    static SortedSet<String> names() {
        return new TreeSet<>(ALL.keySet());
    }
}
