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

    RobustnessReport run(Evaluator evaluator, DifferentiableClassifier model, Dataset data);

    /** The attacks see everything. */
    record WhiteBox(Plan<DifferentiableClassifier> plan) implements Evaluation {
        @Override
        public RobustnessReport run(Evaluator evaluator, DifferentiableClassifier model, Dataset data) {
            return evaluator.evaluate(model, data, plan);
        }
    }

    /** The attacks see nothing but logits. */
    record BlackBox(Plan<Classifier> plan) implements Evaluation {
        @Override
        public RobustnessReport run(Evaluator evaluator, DifferentiableClassifier model, Dataset data) {
            return evaluator.evaluate(model, data, plan);
        }
    }
}
