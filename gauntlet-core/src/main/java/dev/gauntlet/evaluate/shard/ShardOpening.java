package dev.gauntlet.evaluate.shard;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.EvaluationRequest;
import java.io.IOException;

/**
 * Opens an evaluation in another process: a worker gets it once, as bytes, before the tasks of the evaluation.
 *
 * <p>The worker opens the model and the data that the request names, and computes tasks with the result of {@link #open}.
 * Their digits are those of the process that began the evaluation. A model or data that a Java program made is open in that
 * program only; attacks of other projects have to be on the class path of the worker.
 *
 * <p>The bytes contain the values of HTTP headers that were given themselves, which may be secret. Name an environment
 * variable in the header instead if the bytes are stored.
 *
 * <p>Example:
 *
 * <pre>{@code
 * ShardOpening opening = ShardOpening.of(received);
 * OpenedRequest opened = OpenedRequest.of(opening.request(), System.getenv());
 * ShardComputer computer = opening.open(opened.model(), opened.data(), task -> ShardWatch.OfTask.NONE);
 * }</pre>
 *
 * @param evaluation the identity of the evaluation, which all of its tasks name
 * @param request what is asked, with the checksums of the model and the data and all options of the attacks
 * @param outputs the number of outputs of the model
 */
public record ShardOpening(String evaluation, EvaluationRequest request, int outputs) {
    /**
     * Opens the evaluation.
     *
     * @param model the model of the request; not closed
     * @param data the data of the request
     * @param watch told what is done
     * @return computes the tasks of the evaluation, and refuses those of others
     * @throws GauntletException if the model or the data is not the one of the request, the model has no gradient although
     *     the attacks may use it, or an attack is not known here
     */
    public ShardComputer open(Classifier model, Dataset data, ShardWatch watch) {
        request.model().requireSame(model.card());
        request.data().requireSame(data.origin());
        ShardComputer open =
                open(model, new CleanExamples(data.forOutputs(model.card().name(), outputs)), watch);
        return task -> {
            if (!task.evaluation().equals(evaluation)) {
                throw new IllegalArgumentException("Task %s is of the evaluation %s, but %s is open."
                        .formatted(task.id(), task.evaluation(), evaluation));
            }
            return open.compute(task);
        };
    }

    private ShardComputer open(Classifier model, CleanExamples examples, ShardWatch watch) {
        if (request.access() == Access.BLACK_BOX) {
            return OpenEvaluation.blackBox(model, examples, ShardPlan.of(request, examples.data()), watch);
        }
        if (!(model instanceof DifferentiableClassifier differentiable)) {
            throw new GauntletException("The model %s has no gradient, but the request is for white-box access."
                    .formatted(model.card().name()));
        }
        return OpenEvaluation.whiteBox(differentiable, examples, ShardPlan.of(request, examples.data()), watch);
    }

    /**
     * Writes the opening.
     *
     * @return the bytes, the same for equal openings
     */
    public byte[] bytes() {
        return RecordCodec.bytes(this);
    }

    /**
     * Reads an opening.
     *
     * @param bytes what {@link #bytes()} has written
     * @return the opening
     * @throws IOException if they are not that
     */
    public static ShardOpening of(byte[] bytes) throws IOException {
        return RecordCodec.read(ShardOpening.class, bytes);
    }
}
