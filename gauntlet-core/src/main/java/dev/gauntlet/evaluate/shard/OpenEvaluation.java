package dev.gauntlet.evaluate.shard;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.InputDiagnostics;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import java.util.List;

/**
 * An evaluation whose model and data are open, so that its tasks can be computed.
 *
 * @param <M> what the attacks need of the model
 */
public final class OpenEvaluation<M extends Classifier> implements ShardComputer {
    private final ModelView<M> model;
    private final CleanExamples examples;
    private final ShardPlan<M> plan;
    private final ShardWatch watch;

    private OpenEvaluation(ModelView<M> model, CleanExamples examples, ShardPlan<M> plan, ShardWatch watch) {
        this.model = model;
        this.examples = examples;
        this.plan = plan;
        this.watch = watch;
    }

    /**
     * Opens an evaluation whose attacks may use gradients.
     *
     * @param model the model
     * @param examples the data
     * @param plan what is run
     * @param watch receives every pass of the model
     * @return the evaluation
     */
    public static OpenEvaluation<DifferentiableClassifier> whiteBox(
            DifferentiableClassifier model,
            CleanExamples examples,
            ShardPlan<DifferentiableClassifier> plan,
            ShardWatch watch) {
        return new OpenEvaluation<>(new ModelView.WhiteBox(model), examples, plan, watch);
    }

    /**
     * Opens an evaluation whose attacks see only logits.
     *
     * @param model the model
     * @param examples the data
     * @param plan what is run
     * @param watch receives every pass of the model
     * @return the evaluation
     */
    public static OpenEvaluation<Classifier> blackBox(
            Classifier model, CleanExamples examples, ShardPlan<Classifier> plan, ShardWatch watch) {
        return new OpenEvaluation<>(new ModelView.BlackBox(model), examples, plan, watch);
    }

    @Override
    public ShardResult compute(ShardTask task) {
        ShardWatch.OfTask watched = watch.begin(task);
        try {
            return new ShardResult(task.id(), outcome(task, watched));
        } catch (TimeUp e) {
            return new ShardResult(task.id(), new ShardResult.TimeIsUp());
        } finally {
            watched.end();
        }
    }

    private ShardResult.Outcome outcome(ShardTask task, ShardWatch.OfTask watched) {
        if (task.work() instanceof ShardTask.AskClean work) {
            return new ShardResult.CleanAnswers(
                    QueryRecorder.clean(model.model(), watched, examples.batch(work.ids())));
        } else if (task.work() instanceof ShardTask.RunAttack work) {
            return new AttackRun<>(model, plan, work, examples.batch(work.ids()), watched).run(task.withImages());
        }
        CountedPasses counted = new CountedPasses(watched);
        if (task.work() instanceof ShardTask.ProbeInput work) {
            List<Diagnostic> found = List.of(input(work, counted));
            return new ShardResult.Probed(counted.passes(), found);
        } else if (task.work() instanceof ShardTask.ProbeGradient work) {
            List<Diagnostic> found = model.probe(work, problem(work.correct()), plan, counted);
            return new ShardResult.Probed(counted.passes(), found);
        } else if (task.work() instanceof ShardTask.TryStronger work) {
            boolean[] broken = model.broken(
                    work,
                    problem(work.robust()),
                    plan,
                    examples.data().classes().size(),
                    counted);
            return new ShardResult.Tried(counted.passes(), broken);
        } else if (task.work() instanceof ShardTask.Certify work) {
            return new CertifyRun(model.model(), plan, work, examples.batch(work.ids()), watched)
                    .run(model.watched(counted), counted, task.withImages());
        }
        throw new IllegalArgumentException("unknown work " + task.work());
    }

    /** A model that charges for each query may refuse these. */
    private Diagnostic input(ShardTask.ProbeInput work, PassWatch watched) {
        try {
            return InputDiagnostics.examine(
                    WatchedModel.of(model.model(), watched),
                    examples.batch(work.ids()),
                    work.predictions(),
                    examples.data().classes());
        } catch (GauntletException e) {
            return Diagnostic.notMeasured(WarningSign.FED_WRONGLY, String.valueOf(e.getMessage()));
        }
    }

    private Problem problem(int[] ids) {
        return new Problem(examples.batch(ids), plan.norm(), plan.criterion(), plan.diagnosis());
    }
}
