package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.Kernel.single;
import static java.util.Map.entry;

import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Elementwise operators. */
final class Arithmetic {
    /** Kept, because libtorch receives only its address. */
    private static final BytePointer TOWARDS_ZERO = new BytePointer("trunc");

    private static final Map<String, Kernel.Factory> KERNELS = Map.ofEntries(
            entry("Add", binary(torch::add)),
            entry("Sub", binary(torch::sub)),
            entry("Mul", binary(torch::mul)),
            entry("Div", binary(Arithmetic::divide)),
            entry("Pow", binary((base, exponent) -> base.pow(exponent).to(type(base)))),
            entry("Neg", unary(torch::neg)),
            entry("Abs", unary(torch::abs)),
            entry("Sqrt", unary(torch::sqrt)),
            entry("Exp", unary(torch::exp)),
            entry("Log", unary(torch::log)),
            entry("Erf", unary(torch::erf)),
            entry("Reciprocal", unary(torch::reciprocal)),
            entry("Floor", unary(torch::floor)),
            entry("Ceil", unary(torch::ceil)),
            entry("Round", unary(torch::round)),
            entry("Sign", unary(torch::sign)),
            entry("Not", unary(torch::logical_not)),
            entry("And", binary(torch::logical_and)),
            entry("Or", binary(torch::logical_or)),
            entry("Equal", binary(torch::eq)),
            entry("Greater", binary(torch::gt)),
            entry("Less", binary(torch::lt)),
            entry("GreaterOrEqual", binary(torch::ge)),
            entry("LessOrEqual", binary(torch::le)),
            entry("Min", all(torch::minimum)),
            entry("Max", all(torch::maximum)),
            entry("Sum", all(torch::add)),
            entry(
                    "Mean",
                    (node, opset) ->
                            single(inputs -> fold(inputs, torch::add).div(new Scalar((double) inputs.size())))),
            entry("Where", (node, opset) -> single(Arithmetic::where)),
            entry("Mod", Arithmetic::modulo),
            entry("Sin", unary(torch::sin)),
            entry("Cos", unary(torch::cos)),
            entry("Clip", Arithmetic::clip));

    private Arithmetic() {}

    static Map<String, Kernel.Factory> kernels() {
        return KERNELS;
    }

    static Kernel.Factory unary(UnaryOperator<Tensor> function) {
        return (node, opset) -> single(inputs -> function.apply(inputs.get(0)));
    }

    private static Kernel.Factory binary(BinaryOperator<Tensor> function) {
        return (node, opset) -> single(inputs -> together(inputs.get(0), inputs.get(1), function));
    }

    private static Kernel.Factory all(BinaryOperator<Tensor> function) {
        return (node, opset) -> single(inputs -> fold(inputs, function));
    }

    private static Tensor fold(Inputs inputs, BinaryOperator<Tensor> function) {
        Tensor result = inputs.get(0);
        for (int i = 1; i < inputs.size(); i++) {
            result = together(result, inputs.get(i), function);
        }
        return result;
    }

    static Tensor together(Tensor a, Tensor b, BinaryOperator<Tensor> function) {
        Tensors.requireRoomTogether(a, b);
        return function.apply(a, b);
    }

    private static torch.ScalarType type(Tensor tensor) {
        return tensor.scalar_type().intern();
    }

    private static Tensor divide(Tensor a, Tensor b) {
        // integers are truncated towards 0
        return Tensors.isFloating(a) ? torch.div(a, b) : torch.div(a, b, new StringViewOptional(TOWARDS_ZERO));
    }

    /** The remainder has the sign of the divisor, or with fmod that of the dividend. */
    private static Kernel modulo(Node node, int opset) {
        boolean asInC = node.flag("fmod", false);
        return single(inputs -> together(inputs.get(0), inputs.get(1), (a, b) -> {
            if (!Tensors.isFloating(b) && !torch.all(b).item_bool()) {
                throw node.error("divides by 0");
            }
            return asInC ? torch.fmod(a, b) : torch.remainder(a, b);
        }));
    }

    private static Tensor where(Inputs inputs) {
        Tensor condition = inputs.get(0);
        Tensor a = inputs.get(1);
        Tensor b = inputs.get(2);
        Tensors.requireRoom(
                Tensors.broadcast(Tensors.sides(condition), Tensors.broadcast(Tensors.sides(a), Tensors.sides(b))));
        return torch.where(condition, a, b);
    }

    /** Since version 11 the bounds are inputs. */
    private static Kernel clip(Node node, int opset) {
        if (opset >= 11) {
            return single(inputs -> inputs.find(1).isEmpty() && inputs.find(2).isEmpty()
                    ? inputs.get(0)
                    : torch.clamp(inputs.get(0), inputs.optional(1), inputs.optional(2)));
        }
        double smallest = node.number("min", -Float.MAX_VALUE);
        double largest = node.number("max", Float.MAX_VALUE);
        return single(inputs -> {
            var type = type(inputs.get(0));
            return torch.clamp(
                    inputs.get(0),
                    new TensorOptional(torch.scalar_tensor(new Scalar(smallest)).to(type)),
                    new TensorOptional(torch.scalar_tensor(new Scalar(largest)).to(type)));
        });
    }
}
