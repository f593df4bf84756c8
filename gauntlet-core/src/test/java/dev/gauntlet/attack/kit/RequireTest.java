package dev.gauntlet.attack.kit;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import java.util.function.DoubleConsumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class RequireTest {
    @Test
    void counts() {
        assertThatCode(() -> Require.atLeast(2, 2, "PGD", "steps")).doesNotThrowAnyException();
        assertRefused(() -> Require.atLeast(2, 1, "PGD", "steps"), "PGD requires at least 2 steps, got 1.");
    }

    @Test
    void bounds() {
        check(x -> Require.atLeast(1, x, "Eta"), "Eta must be at least 1", new double[] {1, 1e300}, .999, -1);
        check(x -> Require.atLeast(.5, x, "Eta"), "Eta must be at least 0.5", new double[] {.5}, .499);
        check(x -> Require.above(0, x, "Eta"), "Eta must be above 0", new double[] {Double.MIN_VALUE}, 0, -1);
    }

    @Test
    void shares() {
        double almost = Math.nextDown(1.0);
        double least = Double.MIN_VALUE;
        check(x -> Require.share(x, "P"), "P must be at least 0 and at most 1", new double[] {0, 1}, -least, 1.001);
        check(x -> Require.positiveShare(x, "P"), "P must be above 0 and at most 1", new double[] {least, 1}, 0, 1.001);
        check(x -> Require.properShare(x, "P"), "P must be above 0 and below 1", new double[] {least, almost}, 0, 1);
    }

    private static void check(DoubleConsumer require, String message, double[] good, double... bad) {
        for (double number : good) {
            assertThatCode(() -> require.accept(number)).doesNotThrowAnyException();
        }
        for (double number : bad) {
            assertRefused(() -> require.accept(number), "%s, got %s.".formatted(message, number));
        }
        for (double never : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            assertRefused(() -> require.accept(never), "%s, got %s.".formatted(message, never));
        }
    }

    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(GauntletException.class).hasMessage(message);
    }
}
