package dev.gauntlet.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.attack.Pgd;
import dev.gauntlet.attack.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.Misclassified;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GradientDiagnosticsTest {
    private static final int NOT_CONVERGED = 5;

    /** Every climb of APGD takes as many gradients as steps, and one more. */
    @ParameterizedTest
    @CsvSource({
        "5, false, 200 steps of pgd and 150 of apgd-t, 353",
        "2, false, 200 steps of pgd and 50 of apgd-t, 251",
        "5, true, 200 steps of pgd and 150 of apgd, 353",
        "3, true, 200 steps of pgd and 150 of apgd, 353",
        "2, true, 200 steps of pgd and 150 of apgd, 353"
    })
    void the_finding_names_the_steps_and_attacks_that_ran(int classes, boolean targeted, String ran, int gradients) {
        // class 0 is ahead by 100 whatever the image
        double[][] weights = new double[classes][2];
        double[] bias = new double[classes];
        bias[0] = 100;
        for (int k = 0; k < classes; k++) {
            weights[k][k % 2] = k + 1;
        }
        Counting model = new Counting(new LinearModel(weights, bias));
        Criterion criterion = targeted ? Targeted.next(classes) : new Misclassified();
        Problem problem = Problem.of(
                        new Batch(new ImageShape(1, 1, 2), new int[] {7}, new int[] {0}, new float[] {.5f, .5f}),
                        Norm.LINF)
                .withCriterion(criterion);
        Diagnostic diagnostic = new GradientDiagnostics(model, problem, problem, .1, List.of(Pgd.defaults()), false)
                .probes()
                .get(NOT_CONVERGED)
                .get()
                .get(0);
        assertThat(diagnostic.indicator()).isEqualTo(WarningSign.NOT_CONVERGED);
        assertThat(diagnostic.finding()).startsWith(ran + " ");
        assertThat(model.gradients).isEqualTo(gradients);
    }

    /** Counts the gradients that it is asked for, of images. */
    private static final class Counting implements DifferentiableClassifier {
        private final DifferentiableClassifier model;
        private int gradients;

        Counting(DifferentiableClassifier model) {
            this.model = model;
        }

        @Override
        public ModelCard card() {
            return model.card();
        }

        @Override
        public Logits logits(Batch batch) {
            return model.logits(batch);
        }

        @Override
        public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
            gradients += batch.size();
            return model.gradient(batch, lossOfRow);
        }

        @Override
        public void close() {
            model.close();
        }
    }
}
