package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.model.OutputKind;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Converts the outputs of a model to logits, as {@link OutputKind} does, but differentiably. */
final class OutputTensors {
    /** The largest 32-bit float below 1. */
    private static final double BELOW_ONE = Math.nextDown(1f);

    private OutputTensors() {}

    /**
     * Reshapes outputs to a matrix of 32-bit floats; they may have additional dimensions of length 1, or no batch
     * dimension for a single example.
     *
     * @param model the name of the model, for errors
     * @param output the output of the model
     * @param examples the number of examples
     * @return a tensor of shape examples, outputs per example
     */
    static Tensor matrix(String model, Tensor output, long examples) {
        long[] sides = new long[Math.toIntExact(output.dim())];
        Arrays.setAll(sides, output::size);
        boolean isPerExample = sides.length > 0 && sides[0] == examples;
        boolean isOfTheOne = examples == 1;
        long longSides = Arrays.stream(sides, isPerExample ? 1 : 0, sides.length)
                .filter(side -> side != 1)
                .count();
        if (!(isPerExample || isOfTheOne) || longSides > 1 || output.numel() == 0) {
            throw new GauntletException(
                    "The model %s returned an output of shape %s for %d images; expected %d rows with one logit per class."
                            .formatted(
                                    model,
                                    Arrays.stream(sides)
                                            .mapToObj(Long::toString)
                                            .collect(Collectors.joining(", ", "[", "]")),
                                    examples,
                                    examples));
        }
        if (!output.is_floating_point() && output.numel() > examples) {
            throw new GauntletException("The model %s returns numbers of type %s; expected floats as logits."
                    .formatted(model, output.scalar_type()));
        }
        Tensor matrix = sides.length == 2 && isPerExample ? output : output.reshape(examples, -1);
        return matrix.scalar_type().intern() == torch.ScalarType.Float ? matrix : matrix.to(torch.ScalarType.Float);
    }

    /**
     * Converts a matrix of outputs to logits.
     *
     * @param model the name of the model, for errors
     * @param kind the meaning of the outputs
     * @param outputs a tensor of shape examples, outputs per example
     * @param classes the number of classes; used only if the model returns only the class
     * @return a tensor of shape examples, classes
     */
    static Tensor logits(String model, OutputKind kind, Tensor outputs, int classes) {
        kind.requireFit(model, outputs.size(1));
        return switch (kind) {
            case LOGITS -> outputs;
            case PROBABILITIES -> torch.log(torch.clamp_min(outputs, new Scalar(Float.MIN_NORMAL)));
            case INDEPENDENT_PROBABILITIES -> logOdds(outputs);
            case ONE_LOGIT -> besideZero(outputs);
            case ONE_PROBABILITY -> besideZero(logOdds(outputs));
            case CLASS_NUMBERS -> oneOf(model, outputs, classes);
        };
    }

    /** Outside [0,1] it is extended linearly, so that a larger output is a larger logit. */
    private static Tensor logOdds(Tensor probabilities) {
        Tensor p = torch.clamp_max(torch.clamp_min(probabilities, new Scalar(Float.MIN_NORMAL)), new Scalar(BELOW_ONE));
        return torch.log(p).sub(torch.log1p(p.neg())).add(probabilities.sub(p));
    }

    private static Tensor besideZero(Tensor logits) {
        return torch.cat(new TensorVector(torch.zeros_like(logits), logits), 1);
    }

    private static Tensor oneOf(String model, Tensor numbers, int classes) {
        float[] given = new float[Math.toIntExact(numbers.numel())];
        Libtorch.copy(numbers.detach(), given, 0);
        float[] logits = new float[Math.multiplyExact(given.length, classes)];
        Arrays.fill(logits, -1);
        for (int i = 0; i < given.length; i++) {
            logits[i * classes + OutputKind.classNumber(model, given[i], classes)] = 0;
        }
        return torch.from_blob(Libtorch.copy(logits, 0, logits.length), new long[] {given.length, classes})
                .clone();
    }
}
