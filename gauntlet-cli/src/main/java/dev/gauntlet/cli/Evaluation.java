package dev.gauntlet.cli;

import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;

/** A plan that is ready to be run, with what its attacks may see of the model. */
sealed interface Evaluation {
    Plan<?> plan();

    /** Opens the model as the attacks need it. */
    Opened open(ModelSource source);

    /** A plan with the model that it is for. */
    interface Opened extends AutoCloseable {
        Classifier model();

        Plan<?> plan();

        RobustnessReport run(Evaluator evaluator, Dataset data);

        @Override
        default void close() {
            model().close();
        }
    }

    /** The attacks see everything. */
    record WhiteBox(Plan<DifferentiableClassifier> plan) implements Evaluation {
        @Override
        public Opened open(ModelSource source) {
            return new Differentiable(source.whiteBox(), plan);
        }

        private record Differentiable(DifferentiableClassifier model, Plan<DifferentiableClassifier> plan)
                implements Opened {
            @Override
            public RobustnessReport run(Evaluator evaluator, Dataset data) {
                return evaluator.evaluate(model, data, plan);
            }
        }
    }

    /** The attacks see nothing but logits. */
    record BlackBox(Plan<Classifier> plan) implements Evaluation {
        @Override
        public Opened open(ModelSource source) {
            return new Queried(source.blackBox(), plan);
        }

        private record Queried(Classifier model, Plan<Classifier> plan) implements Opened {
            @Override
            public RobustnessReport run(Evaluator evaluator, Dataset data) {
                return evaluator.evaluate(model, data, plan);
            }
        }
    }
}
