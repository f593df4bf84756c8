package dev.gauntlet.evaluate;

import dev.gauntlet.attack.Passes;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.GradientDiagnostics;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import java.util.List;
import java.util.function.Supplier;

/** How attacks and diagnostics see a model: with its gradients, or nothing but its logits. */
interface ModelView<M extends Classifier> {
    /** The attacks may use gradients. */
    ModelView<DifferentiableClassifier> WHITE_BOX = new ModelView<>() {
        @Override
        public boolean isBlackBox() {
            return false;
        }

        @Override
        public DifferentiableClassifier recorded(DifferentiableClassifier model, QueryRecorder recorder) {
            return QueryRecorder.whiteBox(model, recorder);
        }

        @Override
        public Passes mostPasses(Plan<?> plan, int classes) {
            return plan.epsilons().size() < 2
                    ? Passes.NONE
                    : GradientDiagnostics.mostPasses(
                            plan.attacks(), plan.norm(), plan.epsilons().get(1), classes);
        }

        @Override
        public List<Supplier<List<Diagnostic>>> probes(
                DifferentiableClassifier model, PassWatch watch, Plan<DifferentiableClassifier> plan, Probed probed) {
            return new GradientDiagnostics(
                            WatchedModel.withGradient(model, watch),
                            probed.correct(),
                            probed.standing(),
                            probed.epsilon(),
                            plan.attacks(),
                            probed.blind())
                    .probes();
        }
    };

    /** The attacks see only logits. */
    ModelView<Classifier> BLACK_BOX = new ModelView<>() {
        @Override
        public boolean isBlackBox() {
            return true;
        }

        @Override
        public Classifier recorded(Classifier model, QueryRecorder recorder) {
            return recorder.blackBox();
        }

        @Override
        public Passes mostPasses(Plan<?> plan, int classes) {
            return Passes.NONE;
        }

        @Override
        public List<Supplier<List<Diagnostic>>> probes(
                Classifier model, PassWatch watch, Plan<Classifier> plan, Probed probed) {
            return List.of();
        }
    };

    boolean isBlackBox();

    /** Returns the model as an attack gets it, so that a recorder sees every query. */
    M recorded(M model, QueryRecorder recorder);

    /** Returns about how many passes the probes of the gradients make at most. */
    Passes mostPasses(Plan<?> plan, int classes);

    /** Returns the probes of the gradients; none where the attacks had none. */
    List<Supplier<List<Diagnostic>>> probes(M model, PassWatch watch, Plan<M> plan, Probed probed);

    /**
     * The examples that the probes look at.
     *
     * @param correct some examples that are classified correctly
     * @param standing some of those that the attacks of the plan left standing at a budget
     * @param epsilon that budget
     * @param blind whether an attack without gradients is to be tried
     */
    record Probed(Problem correct, Problem standing, double epsilon, boolean blind) {}
}
