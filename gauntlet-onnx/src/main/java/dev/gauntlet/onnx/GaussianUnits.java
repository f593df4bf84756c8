package dev.gauntlet.onnx;

import dev.gauntlet.onnx.CompiledGraph.Step;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Finds the Gaussian error linear units of transformers, which exporters write as five nodes, {@code x * (1 + erf(x /
 * sqrt(2))) * 0.5}, and computes each in one step, because each separate node reads and writes all of its values again.
 */
final class GaussianUnits {
    private static final double ROUNDING = 1e-6;

    private final List<Step> steps;
    private final List<@Nullable Tensor> constants;
    private final int output;
    private final Map<Integer, List<Step>> consumers;
    private final Map<Integer, Step> producers;

    private GaussianUnits(List<Step> steps, List<@Nullable Tensor> constants, int output) {
        this.steps = steps;
        this.constants = constants;
        this.output = output;
        this.consumers = CompiledGraph.consumers(steps);
        this.producers = CompiledGraph.producers(steps);
    }

    /** Fuses the steps of all units. */
    static void join(List<Step> steps, List<@Nullable Tensor> constants, int output) {
        GaussianUnits units = new GaussianUnits(steps, constants, output);
        List.copyOf(steps).stream().filter(step -> step.operator.equals("Erf")).forEach(units::join);
    }

    private void join(Step erf) {
        Step scaled = producers.get(erf.inputs[0]);
        Step plusOne = onlyConsumer(erf);
        Step product = plusOne == null ? null : onlyConsumer(plusOne);
        if (scaled == null || plusOne == null || product == null || onlyConsumer(scaled) != erf) {
            return;
        }
        OptionalInt x = beside(scaled, "Div", Math.sqrt(2));
        x = x.isPresent() ? x : beside(scaled, "Mul", Math.sqrt(0.5));
        boolean isProduct = product.operator.equals("Mul") && product.inputs.length == 2;
        if (x.isEmpty() || beside(plusOne, "Add", 1).isEmpty() || !isProduct) {
            return;
        }
        int sum = plusOne.outputs[0];
        int other = product.inputs[0] == sum ? product.inputs[1] : product.inputs[0];
        if (other == x.getAsInt()) {
            Step half = onlyConsumer(product);
            if (half != null && beside(half, "Mul", 0.5).isPresent()) {
                replace(half, other, List.of(scaled, erf, plusOne, product));
            }
        } else {
            Step half = producers.get(other);
            if (half != null
                    && onlyConsumer(half) == product
                    && beside(half, "Mul", 0.5).equals(x)) {
                replace(product, x.getAsInt(), List.of(scaled, erf, plusOne, half));
            }
        }
    }

    private void replace(Step last, int x, List<Step> before) {
        Step unit =
                new Step(last.node, Kernel.single(inputs -> torch.gelu(inputs.get(0))), new int[] {x}, last.outputs);
        unit.operator = "Gelu";
        steps.set(steps.indexOf(last), unit);
        steps.removeAll(before);
    }

    /** Returns the step that is the only reader of another step's output, or null. */
    private @Nullable Step onlyConsumer(Step step) {
        int given = step.outputs[0];
        List<Step> all = consumers.getOrDefault(given, List.of());
        return given >= 0 && given != output && all.size() == 1 ? all.get(0) : null;
    }

    /** Returns the other input of a step that takes a given number, if it does. */
    private OptionalInt beside(Step step, String operator, double number) {
        if (!step.operator.equals(operator) || step.inputs.length != 2) {
            return OptionalInt.empty();
        }
        if (is(step.inputs[1], number)) {
            return OptionalInt.of(step.inputs[0]);
        }
        return !operator.equals("Div") && is(step.inputs[0], number)
                ? OptionalInt.of(step.inputs[1])
                : OptionalInt.empty();
    }

    private boolean is(int slot, double number) {
        Tensor constant = slot < 0 ? null : constants.get(slot);
        return constant != null
                && constant.numel() == 1
                && constant.dim() <= 1
                && Tensors.isFloating(constant)
                && Math.abs(Tensors.floats(constant)[0] - number) < ROUNDING;
    }
}
