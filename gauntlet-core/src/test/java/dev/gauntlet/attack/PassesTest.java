package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.testkit.AttackCase;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.ModelAndImages;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What attacks say that they cost, against what they ask. */
class PassesTest {
    private static final String CASES = "dev.gauntlet.attack.AttackCases#cases";
    private static final int CLASSES = 4;
    private static final int SIZE = 3;

    /** Those that cost less where there is nothing to find, because they stop or do not even begin. */
    private static final Set<String> MAY_STOP =
            Set.of("salt-and-pepper", "deepfool", "fab", "fab-t", "cw", "ead", "boundary", "hop-skip-jump");

    /** Those whose number of passes depends on what they meet. */
    private static final Set<String> ABOUT = Set.of("boundary", "hop-skip-jump");

    @ParameterizedTest(name = "{0}")
    @MethodSource(CASES)
    void anExampleThatWithstandsCostsWhatTheAttackSays(AttackCase attack) {
        // the bias of class 0 is beyond the reach of every pixel
        double[][] weights = new double[CLASSES][8];
        Arrays.setAll(weights, k -> {
            double[] row = new double[8];
            row[k] = 1;
            return row;
        });
        LinearModel fortress = new LinearModel(weights, 100, 0, 0, 0);
        float[] pixels = new float[8 * SIZE];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) (0.3 + 0.01 * (i % 7));
        }
        Batch batch = ModelAndImages.unlabelled(new ImageShape(1, 1, 8), SIZE, pixels);
        double[] epsilons = {attack.budget(.1, 8), attack.budget(.3, 8)};

        Passes stated = stated(attack, epsilons);
        Passes counted = counted(attack, fortress, batch, epsilons);

        assertThat(counted.forwards()).isLessThanOrEqualTo(stated.forwards());
        assertThat(counted.backwards()).isLessThanOrEqualTo(stated.backwards());
        if (!MAY_STOP.contains(attack.attack().name())) {
            assertThat(counted).isEqualTo(stated);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("dev.gauntlet.attack.AttackCases#minimalNorms")
    void aSearchForTheNearestSuccessCostsAboutWhatItSays(AttackCase attack) {
        ModelAndImages scene = ModelAndImages.diagonal(1, CLASSES, SIZE);
        Passes stated = stated(attack, attack.budget(.5, 8));
        Passes counted = counted(attack, scene.model(), scene.batch(), attack.budget(.5, 8));

        assertThat((double) counted.total() / stated.total())
                .as("%s of %s", counted, stated)
                .isBetween(.003, ABOUT.contains(attack.attack().name()) ? 1.5 : 1.0);
    }

    private static Passes stated(AttackCase attack, double... epsilons) {
        return attack.attack()
                .passes(attack.norm(), Arrays.stream(epsilons).boxed().toList(), CLASSES);
    }

    private static Passes counted(AttackCase attack, DifferentiableClassifier model, Batch batch, double... epsilons) {
        Recorder recorder = new Recorder(model);
        Problem problem = Problem.of(batch, attack.norm());
        Attack<? super DifferentiableClassifier> runnable = attack.runnable();
        if (runnable instanceof FixedBudgetAttack<? super DifferentiableClassifier> fixed) {
            FixedBudgetAttack.Search search = fixed.prepare(recorder, problem);
            for (double epsilon : epsilons) {
                search.within(epsilon);
            }
        } else {
            attack.run(recorder, problem, epsilons[0]);
        }
        return new Passes(
                perExample(recorder.forwards()) + perExample(recorder.gradients()), perExample(recorder.gradients()));
    }

    private static long perExample(List<Batch> batches) {
        long examples = batches.stream().mapToLong(Batch::size).sum();
        return (examples + SIZE - 1) / SIZE;
    }
}
