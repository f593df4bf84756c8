package dev.gauntlet.evaluate.shard;

import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.GradientDiagnostics;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import java.util.List;

/** A model as attacks and probes see it: with its gradients, or only with its logits. */
interface ModelView<M extends Classifier> {
    /** Returns the model itself. */
    M model();

    /** Returns the model as an attack gets it, so that a recorder sees every query. */
    M recorded(QueryRecorder recorder);

    /** Runs a probe of the gradients. */
    List<Diagnostic> probe(
            ShardTask.ProbeGradient work, Problem correct, Problem robust, ShardPlan<M> plan, PassWatch watch);

    /** With its gradients. */
    record WhiteBox(DifferentiableClassifier model) implements ModelView<DifferentiableClassifier> {
        @Override
        public DifferentiableClassifier recorded(QueryRecorder recorder) {
            return QueryRecorder.whiteBox(model, recorder);
        }

        @Override
        public List<Diagnostic> probe(
                ShardTask.ProbeGradient work,
                Problem correct,
                Problem robust,
                ShardPlan<DifferentiableClassifier> plan,
                PassWatch watch) {
            return new GradientDiagnostics(
                            WatchedModel.withGradient(model, watch),
                            correct,
                            robust,
                            work.epsilon(),
                            plan.attacks().subList(0, work.attacks()),
                            work.blind())
                    .probes()
                    .get(work.probe())
                    .get();
        }
    }

    /** Only with its logits. */
    record BlackBox(Classifier model) implements ModelView<Classifier> {
        @Override
        public Classifier recorded(QueryRecorder recorder) {
            return recorder.blackBox();
        }

        @Override
        public List<Diagnostic> probe(
                ShardTask.ProbeGradient work,
                Problem correct,
                Problem robust,
                ShardPlan<Classifier> plan,
                PassWatch watch) {
            throw new IllegalArgumentException("a model without gradients has none to probe");
        }
    }
}
