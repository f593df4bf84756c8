package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.Kernel.single;
import static java.util.Map.entry;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Reduction operators. */
final class Reductions {
    /** The version since which most of them take their axes as an input. */
    private static final int AXES_AS_INPUT = 18;

    private static final Map<String, Kernel.Factory> KERNELS = Map.ofEntries(
            entry("ReduceMean", over(AXES_AS_INPUT, (x, axes, keep) -> torch.mean(x, axes, keep, Tensors.sameType()))),
            entry("ReduceSum", over(13, (x, axes, keep) -> torch.sum(x, axes, keep, Tensors.sameType()))),
            entry("ReduceMax", over(AXES_AS_INPUT, torch::amax)),
            entry("ReduceMin", over(AXES_AS_INPUT, torch::amin)),
            entry(
                    "ReduceL1",
                    over(AXES_AS_INPUT, (x, axes, keep) -> torch.sum(torch.abs(x), axes, keep, Tensors.sameType()))),
            entry(
                    "ReduceL2",
                    over(
                            AXES_AS_INPUT,
                            (x, axes, keep) ->
                                    torch.linalg_vector_norm(x, new Scalar(2.0), axes, keep, Tensors.sameType()))),
            entry(
                    "ReduceSumSquare",
                    over(AXES_AS_INPUT, (x, axes, keep) -> torch.sum(torch.square(x), axes, keep, Tensors.sameType()))),
            entry("ReduceProd", over(AXES_AS_INPUT, Reductions::product)),
            entry(
                    "ReduceLogSum",
                    over(AXES_AS_INPUT, (x, axes, keep) -> torch.log(torch.sum(x, axes, keep, Tensors.sameType())))),
            entry("ReduceLogSumExp", over(AXES_AS_INPUT, torch::logsumexp)),
            entry("ArgMax", Reductions::argMax));

    private Reductions() {}

    static Map<String, Kernel.Factory> kernels() {
        return KERNELS;
    }

    @FunctionalInterface
    private interface Reduction {
        Tensor compute(Tensor x, long[] axes, boolean keep);
    }

    private static Kernel.Factory over(int axesAsInput, Reduction reduction) {
        return (node, opset) -> {
            boolean keep = node.flag("keepdims", true);
            boolean noneMeansNone = node.flag("noop_with_empty_axes", false);
            long[] attribute = node.integers("axes").orElse(new long[0]);
            return single(inputs -> {
                Tensor x = inputs.get(0);
                long[] axes = opset < axesAsInput
                        ? attribute
                        : inputs.find(1).map(Tensors::longs).orElse(new long[0]);
                if (axes.length == 0 && noneMeansNone) {
                    return x;
                }
                long[] counted =
                        axes.length == 0 ? LongStream.range(0, x.dim()).toArray() : Tensors.axes(node, axes, x.dim());
                return reduction.compute(x, counted, keep);
            });
        };
    }

    /**
     * Libtorch multiplies along one dimension at a time; the last one first, so that the others keep their positions.
     */
    private static Tensor product(Tensor x, long[] axes, boolean keep) {
        long[] lastFirst = axes.clone();
        Arrays.sort(lastFirst);
        Tensor product = x;
        for (int i = lastFirst.length - 1; i >= 0; i--) {
            product = torch.prod(product, lastFirst[i], keep, new ScalarTypeOptional(x.scalar_type()));
        }
        return product;
    }

    private static Kernel argMax(Node node, int opset) {
        long axis = node.integer("axis", 0);
        boolean keep = node.flag("keepdims", true);
        if (node.flag("select_last_index", false)) {
            throw node.error("selects the last of equal values, which is not supported");
        }
        return single(inputs -> {
            Tensor x = inputs.get(0);
            return torch.argmax(x, new LongOptional(Tensors.axis(node, axis, x.dim())), keep);
        });
    }
}
