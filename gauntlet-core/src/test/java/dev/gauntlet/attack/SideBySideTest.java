package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.testkit.ModelAndImages;
import dev.gauntlet.threat.Norm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SideBySideTest {
    private static final ImageShape SHAPE = new ImageShape(1, 4, 4);
    private static final int CLASSES = 6;

    /** Of this many examples, the target classes are tried in two groups; of a few examples, all at once. */
    private static final int MANY = 200;

    private static final int[] FEW = {3, 50, 51, 120, 199};

    @ParameterizedTest
    @CsvSource({
        "1, 1, 28, 28, 1",
        "9, 1, 28, 28, 9",
        "9, 50, 28, 28, 9",
        "9, 106, 28, 28, 5",
        "9, 250, 28, 28, 2",
        "9, 500, 28, 28, 1",
        "9, 1000, 28, 28, 1",
        "9, 0, 28, 28, 9",
        "9, 8, 224, 224, 1"
    })
    void runsAreDoneTogetherUntilABatchIsFull(int left, int examples, int height, int width, int together) {
        assertThat(SideBySide.count(left, examples, new ImageShape(1, height, width)))
                .isEqualTo(together);
    }

    @ParameterizedTest
    @CsvSource({"LINF, 0.05", "L2, 0.2", "L1, 0.5"})
    void whatIsTriedTogetherChangesNoResultOfApgd(Norm norm, double epsilon) {
        ModelAndImages scene = ModelAndImages.layers(3, CLASSES, SHAPE, MANY);
        for (FixedBudgetAttack<? super DifferentiableClassifier> attack :
                List.of(new ApgdTargeted(5, 20, 2, .75, true), new Apgd(20, 3, .75, true, new CrossEntropy()))) {
            AttackResult many = attack.prepare(scene.model(), Problem.of(scene.batch(), norm))
                    .within(epsilon);
            AttackResult few = attack.prepare(
                            scene.model(), Problem.of(scene.batch().select(FEW), norm))
                    .within(epsilon);
            requireSame(many, few);
            assertThat(many.success()).contains(true, false);
        }
    }

    @ParameterizedTest
    @CsvSource({"LINF, 1", "L2, 1", "L2, 2"})
    void whatIsTriedTogetherChangesNoResultOfFab(Norm norm, int restarts) {
        ModelAndImages scene = ModelAndImages.layers(3, CLASSES, SHAPE, MANY);
        FabTargeted attack = new FabTargeted(5, 10, restarts, .1, 1.05, .9, 0);
        AttackResult many = attack.nearest(scene.model(), Problem.of(scene.batch(), norm));
        requireSame(many, attack.nearest(scene.model(), Problem.of(scene.batch().select(FEW), norm)));
        assertThat(many.success()).contains(true);
    }

    @Test
    void theTargetsOfAFewExamplesAreComputedAsOneBatch() {
        ModelAndImages scene = ModelAndImages.layers(3, CLASSES, SHAPE, FEW.length);
        Recorder recorder = new Recorder(scene.model());
        new ApgdTargeted(5, 20, 1, .75, true)
                .prepare(recorder, Problem.of(Toys.asPredicted(scene.model(), scene.batch()), Norm.LINF))
                .within(1e-6);
        assertThat(recorder.gradients()).hasSize(21).extracting(Batch::size).containsOnly(5 * FEW.length);
    }

    private static void requireSame(AttackResult many, AttackResult few) {
        int length = SHAPE.size();
        for (int i = 0; i < FEW.length; i++) {
            assertThat(few.success()[i]).isEqualTo(many.success()[FEW[i]]);
            assertThat(Toys.example(few.pixels(), i, length)).isEqualTo(Toys.example(many.pixels(), FEW[i], length));
        }
    }
}
