package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DecisionOracleTest {
    private static final ImageShape ROW = new ImageShape(1, 1, 2);

    /** Says 1 where the first pixel is brighter than the second. */
    private static final LogitsOnly BRIGHTER = new LogitsOnly(2, x -> new float[] {x[1], x[0]});

    @Test
    void neverHoldsMoreImagesThanGoToTheModelAtOnce() {
        Questions model = new Questions(Toys.NEVER_FOOLED);
        Problem problem = Problem.of(Toys.plain(ROW, .5f, 1, 2), Norm.L2);
        DecisionOracle decisions = new DecisionOracle(model, problem, Findings.of(model, problem));
        List<String> events = new ArrayList<>();
        int[] rows = IntStream.range(0, 600).map(number -> number % 2).toArray();
        decisions.ask(
                rows,
                (number, images, offset) -> events.add("fill " + number),
                (number, images, offset, wanted) -> events.add("accept " + number));
        assertThat(model.arrays()).extracting(array -> array.length / 2).containsExactly(2, 256, 256, 88);
        int number = 0;
        for (int call : new int[] {256, 256, 88}) {
            for (String what : List.of("fill ", "accept ")) {
                for (int i = 0; i < call; i++) {
                    assertThat(events.get(0)).isEqualTo(what + (number + i));
                    events.remove(0);
                }
            }
            number += call;
        }
        assertThat(events).isEmpty();
    }

    @Test
    void largeImagesGoToTheModelInSmallerNumbers() {
        Batch large = Toys.plain(new ImageShape(3, 224, 224), .5f, 1);
        Questions model = new Questions(Toys.NEVER_FOOLED);
        Problem problem = Problem.of(large, Norm.L2);
        DecisionOracle decisions = new DecisionOracle(model, problem, Findings.of(model, problem));
        assertThat(decisions.largestCall()).isEqualTo(27);
        assertThat(decisions.of(new int[30], new float[30 * 3 * 224 * 224])).hasSize(30);
        assertThat(model.arrays())
                .extracting(array -> array.length / (3 * 224 * 224))
                .containsExactly(1, 27, 3);
    }

    @Test
    void tellsWhichImagesAreWantedAndKeepsTheNearest() {
        Batch grey = Toys.plain(ROW, .5f, 7, 4);
        Problem problem = Problem.of(grey, Norm.L2);
        Findings findings = Findings.of(BRIGHTER, problem);
        DecisionOracle decisions = new DecisionOracle(BRIGHTER, problem, findings);
        boolean[] wanted = decisions.of(new int[] {1, 1, 0, 1}, new float[] {.9f, .5f, .6f, .5f, .5f, .8f, .2f, .3f});
        assertThat(wanted).containsExactly(true, true, false, false);
        assertThat(findings.result().success()).containsExactly(false, true);
        assertThat(findings.result().pixels()).containsExactly(.5f, .5f, .6f, .5f);
    }
}
