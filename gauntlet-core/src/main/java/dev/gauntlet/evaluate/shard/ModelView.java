package dev.gauntlet.evaluate.shard;

import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.GradientDiagnostics;
import dev.gauntlet.diagnose.StrongerAttacks;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import java.util.List;

/** A model as attacks and probes see it: with its gradients, or only with its logits. */
interface ModelView<M extends Classifier> {
    /** Returns the model itself. */
    M model();

    /** Returns the model as an attack gets it, so that a recorder sees every query. */
    M recorded(QueryRecorder recorder);

    /** Returns the model whose passes are watched. */
    M watched(PassWatch watch);

    /** Runs a probe of the gradients. */
    List<Diagnostic> probe(ShardTask.ProbeGradient work, Problem correct, ShardPlan<M> plan, PassWatch watch);

    /** Tells which examples a stronger attack breaks. */
    boolean[] broken(ShardTask.TryStronger work, Problem robust, ShardPlan<M> plan, int classes, PassWatch watch);

    /** With its gradients. */
    record WhiteBox(DifferentiableClassifier model) implements ModelView<DifferentiableClassifier> {
        @Override
        public DifferentiableClassifier recorded(QueryRecorder recorder) {
            return QueryRecorder.whiteBox(model, recorder);
        }

        @Override
        public DifferentiableClassifier watched(PassWatch watch) {
            return WatchedModel.withGradient(model, watch);
        }

        @Override
        public List<Diagnostic> probe(
                ShardTask.ProbeGradient work,
                Problem correct,
                ShardPlan<DifferentiableClassifier> plan,
                PassWatch watch) {
            return new GradientDiagnostics(
                            watched(watch),
                            correct,
                            work.epsilon(),
                            plan.attacks().subList(0, work.attacks()))
                    .run(work.probe());
        }

        @Override
        public boolean[] broken(
                ShardTask.TryStronger work,
                Problem robust,
                ShardPlan<DifferentiableClassifier> plan,
                int classes,
                PassWatch watch) {
            var attacks = StrongerAttacks.beyond(
                    plan.attacks().subList(0, work.attacks()), plan.norm(), plan.criterion(), classes);
            return StrongerAttacks.broken(attacks.get(work.attack()), watched(watch), robust, work.epsilon());
        }
    }

    /** Only with its logits. */
    record BlackBox(Classifier model) implements ModelView<Classifier> {
        @Override
        public Classifier recorded(QueryRecorder recorder) {
            return recorder.blackBox();
        }

        @Override
        public Classifier watched(PassWatch watch) {
            return WatchedModel.of(model, watch);
        }

        @Override
        public List<Diagnostic> probe(
                ShardTask.ProbeGradient work, Problem correct, ShardPlan<Classifier> plan, PassWatch watch) {
            throw new IllegalArgumentException("a model without gradients has none to probe");
        }

        @Override
        public boolean[] broken(
                ShardTask.TryStronger work, Problem robust, ShardPlan<Classifier> plan, int classes, PassWatch watch) {
            throw new IllegalArgumentException("the stronger attacks need gradients");
        }
    }
}
