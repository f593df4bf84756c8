package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.OutputDiagnostics;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Checks, before any work, that the data is in range and that the model fits data and plan, by asking it about a few
 * examples.
 *
 * @param data the examples, with the classes of the model
 * @param answers what the model's first answers say about it
 */
record Admission(Dataset data, List<Diagnostic> answers) {
    /** How many examples show whether a model fits the data and answers the same twice. */
    private static final int TRIED_EXAMPLES = 100;

    /** Rounding in the scaling of the data may move a pixel this far outside [0,1]. */
    static final float RANGE_TOLERANCE = 1e-6f;

    /**
     * Checks everything.
     *
     * @throws GauntletException if the data set is empty, its pixels are outside [0,1], or the model does not fit the data or
     *     the plan, gives a logit that is NaN or infinite, or does not answer within the time limit
     */
    static Admission of(Classifier model, Dataset data, Plan<?> plan, RunMonitor monitor) {
        requireExamples(data);
        requireLogits(model, plan);
        Admission admission = tryOut(model, data, monitor);
        plan.requireClasses(admission.data().classes().size());
        return admission;
    }

    /**
     * Returns some of the examples, without the rounding that would keep an attack that clamps to [0,1] from leaving an
     * image alone at epsilon 0.
     *
     * @throws GauntletException if a pixel is outside [0,1]
     */
    Batch batch(int... ids) {
        return inRange(data.batch(ids), data);
    }

    /**
     * Returns a checksum of the answers for the first examples, which tells models apart that have no checksum.
     *
     * @throws GauntletException if the time limit leaves no time for it
     */
    String fingerprint(Classifier model, RunMonitor monitor) {
        if (answers.stream()
                .anyMatch(answer -> answer.indicator() == WarningSign.NONDETERMINISTIC && answer.raised())) {
            return "differ each time";
        }
        try {
            Logits logits = WatchedModel.of(model, monitor.checking())
                    .logits(batch(firstOf(Math.min(RunMonitor.LEAST_LOOK, data.size()))));
            ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * logits.values().length);
            bytes.asFloatBuffer().put(logits.values());
            return Sha256.of(bytes.array());
        } catch (TimeUp e) {
            throw outOfTime(monitor, e);
        }
    }

    private static void requireExamples(Dataset data) {
        if (data.size() == 0) {
            throw new GauntletException("The data set %s %s is empty."
                    .formatted(data.origin().name(), data.origin().split()));
        }
    }

    /** Refuses attacks that need logits of a model that gives only the predicted class. */
    private static void requireLogits(Classifier model, Plan<?> plan) {
        if (!model.givesOnlyClasses()) {
            return;
        }
        String needMore = plan.attacks().stream()
                .filter(attack -> !attack.isDecisionBased())
                .map(Attack::name)
                .distinct()
                .collect(Collectors.joining(", "));
        if (!needMore.isEmpty()) {
            throw new GauntletException(
                    "The model %s gives only the predicted class, but %s needs logits; attack it with %s."
                            .formatted(
                                    model.card().name(),
                                    needMore,
                                    Attacks.all().stream()
                                            .filter(attack -> attack.isDecisionBased() && !attack.isBaseline())
                                            .map(Attack::name)
                                            .collect(Collectors.joining(" or "))));
        }
    }

    private static Batch inRange(Batch clean, Dataset data) {
        if (firstOutside(clean.pixels(), 0) < 0) {
            return clean;
        }
        int outside = firstOutside(clean.pixels(), RANGE_TOLERANCE);
        if (outside >= 0) {
            throw new GauntletException(
                    "Example %d of %s has a pixel of %s, outside [0,1]; if the data was normalised, undo it and make mean and std a layer of the model."
                            .formatted(
                                    clean.ids()[outside / clean.shape().size()],
                                    data.origin().name(),
                                    clean.pixels()[outside]));
        }
        float[] clamped = new float[clean.pixels().length];
        for (int i = 0; i < clamped.length; i++) {
            clamped[i] = Math.max(0f, Math.min(1f, clean.pixels()[i]));
        }
        return clean.withPixels(clamped);
    }

    /** Finds the first pixel outside [0,1], counting NaN as outside; -1 if there is none. */
    private static int firstOutside(float[] pixels, float tolerance) {
        for (int i = 0; i < pixels.length; i++) {
            if (!(pixels[i] >= -tolerance && pixels[i] <= 1 + tolerance)) {
                return i;
            }
        }
        return -1;
    }

    private static Admission tryOut(Classifier model, Dataset data, RunMonitor monitor) {
        Classifier watched = WatchedModel.of(model, monitor.checking());
        try {
            Batch few = inRange(data.batch(firstOf(Math.min(TRIED_EXAMPLES, data.size()))), data);
            Optional<Logits> ofFirst = monitor.isLimited() && few.size() >= RunMonitor.LEAST_LOOK
                    ? Optional.of(learnSpeed(watched, few, monitor))
                    : Optional.empty();
            few = few.select(firstOf(monitor.affordable(few.size())));
            Logits logits =
                    few.size() == RunMonitor.LEAST_LOOK && ofFirst.isPresent() ? ofFirst.get() : watched.logits(few);
            requireRows(logits, few, model);
            Dataset fitted = data.forOutputs(model.card().name(), logits.classes());
            requireFinite(logits, few, model);
            return new Admission(
                    fitted,
                    examine(WatchedModel.of(model, monitor.checkingAnswers()), few, logits, monitor.alone(few.size())));
        } catch (TimeUp e) {
            throw outOfTime(monitor, e);
        }
    }

    private static GauntletException outOfTime(RunMonitor monitor, TimeUp e) {
        return new GauntletException("The time limit was reached %s; raise it.".formatted(monitor.firstLook()), e);
    }

    /**
     * Asks so often that it is seen how long a pass takes, and how that grows with the images in it.
     *
     * @return what the model says of the first few images
     */
    private static Logits learnSpeed(Classifier watched, Batch few, RunMonitor monitor) {
        Batch one = few.select(firstOf(1));
        watched.logits(one);
        Logits ofFirst = watched.logits(few.select(firstOf(RunMonitor.LEAST_LOOK)));
        if (monitor.hasToLearnMore()) {
            // a first pass may be unusually slow
            watched.logits(one);
        }
        return ofFirst;
    }

    private static int[] firstOf(int count) {
        return IntStream.range(0, count).toArray();
    }

    private static void requireRows(Logits logits, Batch batch, Classifier model) {
        if (logits.size() != batch.size()) {
            throw new GauntletException("The model %s gave %d rows of logits for %d images."
                    .formatted(model.card().name(), logits.size(), batch.size()));
        }
    }

    private static void requireFinite(Logits logits, Batch batch, Classifier model) {
        for (int row = 0; row < logits.size(); row++) {
            if (!logits.isFinite(row)) {
                throw new GauntletException(
                        "The model %s gave a logit that is NaN or infinite for example %d at epsilon 0.0; check its weights."
                                .formatted(model.card().name(), batch.ids()[row]));
            }
        }
    }

    /** Looks at what the answers give away; what would take too much of a time limit is left out. */
    private static List<Diagnostic> examine(Classifier watched, Batch few, Logits logits, int alone) {
        Diagnostic twice = inTime(WarningSign.NONDETERMINISTIC, () -> OutputDiagnostics.twice(watched, few, logits));
        return List.of(
                twice,
                twice.raised()
                        ? Diagnostic.notMeasured(
                                WarningSign.BATCH_DEPENDENT, "The model answers differently each time anyway.")
                        : inTime(
                                WarningSign.BATCH_DEPENDENT,
                                () -> OutputDiagnostics.alone(watched, few, logits, alone)),
                OutputDiagnostics.probabilities(logits));
    }

    private static Diagnostic inTime(WarningSign indicator, Supplier<Diagnostic> look) {
        try {
            return look.get();
        } catch (TimeUp e) {
            return Diagnostic.notMeasured(indicator, Diagnosis.NO_TIME);
        }
    }
}
