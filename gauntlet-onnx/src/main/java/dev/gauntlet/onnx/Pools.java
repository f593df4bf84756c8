package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.Kernel.single;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Pooling over one, two or three dimensions. */
final class Pools {
    private static final Map<String, Kernel.Factory> KERNELS = Map.of(
            "MaxPool", (node, opset) -> pool(node, Pools::maximum),
            "AveragePool", Pools::average,
            "GlobalAveragePool",
                    (node, opset) -> single(inputs -> {
                        Tensor x = inputs.get(0);
                        return torch.mean(x, spatial(x), true, Tensors.sameType());
                    }),
            "GlobalMaxPool",
                    (node, opset) -> single(inputs -> {
                        Tensor x = inputs.get(0);
                        return torch.amax(x, spatial(x), true);
                    }));

    private Pools() {}

    static Map<String, Kernel.Factory> kernels() {
        return KERNELS;
    }

    private static long[] spatial(Tensor x) {
        return LongStream.range(2, x.dim()).toArray();
    }

    /** Pools an image over placed windows. */
    @FunctionalInterface
    private interface Pooling {
        Tensor compute(Tensor x, Window window, Window.Places places);
    }

    private static Kernel pool(Node node, Pooling pooling) {
        long[] kernel = node.integers("kernel_shape").orElseThrow(() -> node.error("has no kernel_shape"));
        Window window = Window.of(node, kernel);
        return single(inputs -> {
            Tensor x = inputs.get(0);
            if (x.dim() != kernel.length + 2L || kernel.length > 3) {
                throw node.error("has an input of %d dimensions and a window of %d".formatted(x.dim(), kernel.length));
            }
            long[] sides = Tensors.sides(x);
            Window.Places places = window.on(node, Arrays.copyOfRange(sides, 2, sides.length));
            System.arraycopy(places.count(), 0, sides, 2, kernel.length);
            Tensors.requireRoom(sides);
            return pooling.compute(x, window, places);
        });
    }

    private static Tensor maximum(Tensor x, Window window, Window.Places places) {
        if (isPlain(window, places)) {
            return maximum(x, window, places.before());
        }
        return maximum(cover(x, window, places, Double.NEGATIVE_INFINITY), window, new long[places.before().length]);
    }

    private static Tensor maximum(Tensor x, Window window, long[] padding) {
        return switch (padding.length) {
            case 1 -> torch.max_pool1d(x, window.kernel(), window.strides(), padding, window.dilations(), false);
            case 2 -> torch.max_pool2d(x, window.kernel(), window.strides(), padding, window.dilations(), false);
            default -> torch.max_pool3d(x, window.kernel(), window.strides(), padding, window.dilations(), false);
        };
    }

    private static Kernel average(Node node, int opset) {
        boolean withPads = node.flag("count_include_pad", false);
        Kernel kernel = pool(node, (x, window, places) -> {
            if (isPlain(window, places)) {
                return average(x, window, places.before(), withPads);
            }
            // the sum of each window divided by the number of points that count in it
            Tensor image = torch.ones(
                    LongStream.concat(
                                    LongStream.of(1, 1),
                                    Arrays.stream(spatial(x)).map(x::size))
                            .toArray(),
                    new TensorOptions(x.scalar_type()));
            Tensor counted = Convolutions.pad(image, places.before(), places.after(), withPads ? 1 : 0);
            long[] none = new long[places.before().length];
            Tensor share = average(cover(counted, window, places, none, 0), window, none, true);
            return torch.div(average(cover(x, window, places, 0), window, none, true), share);
        });
        if (node.integers("dilations").stream().flatMapToLong(Arrays::stream).anyMatch(dilation -> dilation != 1)) {
            throw node.error("has dilations other than 1, which are not supported for averages");
        }
        return kernel;
    }

    private static Tensor average(Tensor x, Window window, long[] padding, boolean withPads) {
        return switch (padding.length) {
            case 1 -> torch.avg_pool1d(x, window.kernel(), window.strides(), padding, false, withPads);
            case 2 ->
                torch.avg_pool2d(x, window.kernel(), window.strides(), padding, false, withPads, new LongOptional());
            default ->
                torch.avg_pool3d(x, window.kernel(), window.strides(), padding, false, withPads, new LongOptional());
        };
    }

    /** Tells whether libtorch places the windows in the same way. */
    private static boolean isPlain(Window window, Window.Places places) {
        if (window.ceil() || !places.isSymmetric()) {
            return false;
        }
        for (int i = 0; i < places.before().length; i++) {
            if (2 * places.before()[i] > window.kernel()[i]) {
                return false;
            }
        }
        return true;
    }

    /** Pads the image with a value so that exactly all windows fit into it. */
    private static Tensor cover(Tensor x, Window window, Window.Places places, double value) {
        return cover(x, window, places, places.before(), value);
    }

    private static Tensor cover(Tensor x, Window window, Window.Places places, long[] before, double value) {
        long[] after = new long[before.length];
        for (int i = 0; i < before.length; i++) {
            long needed = (places.count()[i] - 1) * window.strides()[i] + window.extent(i);
            after[i] = Math.max(0, needed - before[i] - x.size(i + 2L));
        }
        return Convolutions.pad(x, before, after, value);
    }
}
