package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.Arithmetic.unary;
import static dev.gauntlet.onnx.Kernel.single;
import static java.util.Map.entry;

import java.util.Map;
import java.util.function.LongFunction;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The non-linear activations between layers. */
final class Activations {
    private static final double SELU_ALPHA = 1.6732631921768188;
    private static final double SELU_GAMMA = 1.0507010221481323;

    private static final Scalar ZERO = new Scalar(0.0);
    private static final Scalar ONE = new Scalar(1.0);

    private static final Map<String, Kernel.Factory> KERNELS = Map.ofEntries(
            entry("Relu", unary(torch::relu)),
            entry("Tanh", unary(torch::tanh)),
            entry("Sigmoid", unary(torch::sigmoid)),
            entry("HardSwish", unary(torch::hardswish)),
            entry("Softplus", unary(torch::softplus)),
            entry("Softsign", unary(x -> torch.div(x, torch.abs(x).add(ONE)))),
            entry("Mish", unary(torch::mish)),
            entry("LeakyRelu", (node, opset) -> {
                double alpha = node.number("alpha", 0.01);
                return single(inputs -> torch.leaky_relu(inputs.get(0), new Scalar(alpha)));
            }),
            entry("ThresholdedRelu", (node, opset) -> {
                double alpha = node.number("alpha", 1);
                return single(inputs -> {
                    Tensor x = inputs.get(0);
                    return torch.mul(x, torch.gt(x, new Scalar(alpha)).to(x.scalar_type()));
                });
            }),
            entry("PRelu", (node, opset) -> single(Activations::prelu)),
            entry("Elu", (node, opset) -> {
                double alpha = node.number("alpha", 1);
                return single(inputs -> torch.elu(inputs.get(0), new Scalar(alpha), ONE, ONE));
            }),
            entry("Celu", (node, opset) -> {
                double alpha = node.number("alpha", 1);
                return single(inputs -> torch.celu(inputs.get(0), new Scalar(alpha)));
            }),
            entry("Selu", (node, opset) -> {
                double alpha = node.number("alpha", SELU_ALPHA);
                double gamma = node.number("gamma", SELU_GAMMA);
                return single(inputs -> torch.elu(inputs.get(0), new Scalar(alpha), new Scalar(gamma), ONE));
            }),
            entry("Gelu", (node, opset) -> {
                String approximate = node.text("approximate", "none");
                if (!approximate.equals("none") && !approximate.equals("tanh")) {
                    throw node.error("has the unknown approximation '%s'".formatted(approximate));
                }
                return single(inputs -> torch.gelu(inputs.get(0), approximate));
            }),
            entry("HardSigmoid", (node, opset) -> {
                double alpha = node.number("alpha", 0.2);
                double beta = node.number("beta", 0.5);
                return single(inputs ->
                        torch.hardtanh(inputs.get(0).mul(new Scalar(alpha)).add(new Scalar(beta)), ZERO, ONE));
            }),
            entry("Softmax", (node, opset) -> overAxis(node, opset, x -> axis -> torch.softmax(x, axis))),
            entry("LogSoftmax", (node, opset) -> overAxis(node, opset, x -> axis -> torch.log_softmax(x, axis))));

    private Activations() {}

    static Map<String, Kernel.Factory> kernels() {
        return KERNELS;
    }

    private static Tensor prelu(Inputs inputs) {
        Tensor x = inputs.get(0);
        Tensors.requireRoomTogether(x, inputs.get(1));
        return torch.where(torch.gt(x, ZERO), x, torch.mul(x, inputs.get(1)));
    }

    @FunctionalInterface
    private interface OverAxis {
        LongFunction<Tensor> of(Tensor x);
    }

    /** Until version 12, all dimensions from the axis on count as one. */
    private static Kernel overAxis(Node node, int opset, OverAxis function) {
        if (opset >= 13) {
            long axis = node.integer("axis", -1);
            return single(inputs -> {
                Tensor x = inputs.get(0);
                return function.of(x).apply(Tensors.axis(node, axis, x.dim()));
            });
        }
        long axis = node.integer("axis", 1);
        return single(inputs -> {
            Tensor x = inputs.get(0);
            long[] sides = Tensors.sides(x);
            return function.of(Shapes.flatten(x, Tensors.axis(node, axis, sides.length)))
                    .apply(1)
                    .reshape(sides);
        });
    }
}
