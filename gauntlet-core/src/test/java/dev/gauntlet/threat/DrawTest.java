package dev.gauntlet.threat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The expected numbers were computed in Python from SplitMix64, with the seed 42. */
class DrawTest {
    @Test
    void normalNumbersAreTheseOnEveryMachine() {
        double[] numbers = new double[5];
        Draw.normal(new SplittableRandom(42), numbers);
        assertThat(numbers)
                .containsExactly(
                        0.49295065581737485,
                        -0.6940056672160174,
                        -1.2810773478777024,
                        -0.901557193497174,
                        -0.6018779810957331);
        float[] floats = new float[4];
        Draw.normal(new SplittableRandom(42), floats, 1, 2);
        assertThat(floats).containsExactly(0, (float) 0.49295065581737485, (float) -0.6940056672160174, 0);
    }

    @Test
    void soAreUniformAndExponentialOnes() {
        assertThat(Draw.symmetric(new SplittableRandom(42))).isEqualTo(0.4831297575436466);
        assertThat(Draw.exponential(new SplittableRandom(42))).isEqualTo(1.3531105982440144);
    }
}
