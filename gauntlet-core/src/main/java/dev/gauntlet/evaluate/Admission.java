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
import dev.gauntlet.evaluate.shard.CleanExamples;
import dev.gauntlet.evaluate.shard.TimeUp;
import dev.gauntlet.evaluate.shard.WatchedModel;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Checks, before any attack, that the data is in range and that the model fits the data and the plan, with a few
 * examples.
 *
 * @param examples the examples, with the classes of the model
 * @param answers what the model's first answers say about it
 */
record Admission(CleanExamples examples, List<Diagnostic> answers) {
    /** How many examples show whether a model fits the data and answers the same twice. */
    private static final int TRIED_EXAMPLES = 100;

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

    Dataset data() {
        return examples.data();
    }

    /**
     * Returns a line with the checksum of the answers for the first examples, which tells models apart that have no checksum;
     * nothing for those that have.
     *
     * @throws GauntletException if the time limit leaves no time for it
     */
    String fingerprint(Classifier model, RunMonitor monitor) {
        if (model.card().isIdentifiedByChecksum()) {
            return "";
        }
        if (answers.stream()
                .anyMatch(answer -> answer.indicator() == WarningSign.NONDETERMINISTIC && answer.raised())) {
            return "answers differ each time\n";
        }
        try {
            Logits logits = WatchedModel.of(model, monitor.checking())
                    .logits(examples.batch(firstOf(Math.min(TimeLimit.LEAST_LOOK, data().size()))));
            ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * logits.values().length);
            bytes.asFloatBuffer().put(logits.values());
            return "answers %s\n".formatted(Sha256.of(bytes.array()));
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

    private static Admission tryOut(Classifier model, Dataset data, RunMonitor monitor) {
        Classifier watched = WatchedModel.of(model, monitor.checking());
        try {
            Batch few = new CleanExamples(data).batch(firstOf(Math.min(TRIED_EXAMPLES, data.size())));
            Optional<Logits> ofFirst = monitor.time().isPresent() && few.size() >= TimeLimit.LEAST_LOOK
                    ? Optional.of(learnSpeed(watched, few, monitor))
                    : Optional.empty();
            few = few.select(firstOf(monitor.time().affordable(few.size())));
            Logits logits =
                    few.size() == TimeLimit.LEAST_LOOK && ofFirst.isPresent() ? ofFirst.get() : watched.logits(few);
            requireRows(logits, few, model);
            Dataset fitted = data.forOutputs(model.card().name(), logits.classes());
            requireFinite(logits, few, model);
            return new Admission(
                    new CleanExamples(fitted),
                    examine(
                            WatchedModel.of(model, monitor.checkingAnswers()),
                            few,
                            logits,
                            monitor.time().alone(few.size())));
        } catch (TimeUp e) {
            throw outOfTime(monitor, e);
        }
    }

    private static GauntletException outOfTime(RunMonitor monitor, TimeUp e) {
        return new GauntletException(
                "The time limit was reached %s; raise it."
                        .formatted(monitor.time().firstLook()),
                e);
    }

    /**
     * Queries the model until its time per pass is known, and how that grows with the number of images.
     *
     * @return the logits of the first few images
     */
    private static Logits learnSpeed(Classifier watched, Batch few, RunMonitor monitor) {
        Batch one = few.select(firstOf(1));
        watched.logits(one);
        Logits ofFirst = watched.logits(few.select(firstOf(TimeLimit.LEAST_LOOK)));
        if (monitor.time().hasToLearnMore()) {
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

    /** Examines the answers; skips what would take too much of a time limit. */
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
