package dev.gauntlet.threat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NormTest {
    @Test
    void linf_is_the_largest_change_of_the_example_alone() {
        float[] a = {9, 0, .5f, 1, 9};
        float[] b = {0, .25f, .5f, .5f, 0};
        assertThat(Norm.LINF.distance(a, b, 1, 3)).isEqualTo(.5);
        assertThat(Norm.LINF.distance(b, a, 1, 3)).isEqualTo(.5);
        assertThat(Norm.LINF.distance(a, a, 0, 5)).isZero();
        assertThat(Norm.LINF.distance(a, b, 2, 0)).isZero();
    }

    @Test
    void linf_is_measured_in_double_precision() {
        float a = .1f;
        float b = .3f;
        assertThat(Norm.LINF.distance(new float[] {a}, new float[] {b}, 0, 1)).isEqualTo((double) b - (double) a);
    }

    @Test
    void a_pixel_that_is_not_a_number_is_infinitely_far() {
        float[] clean = {0, 0, 0};
        for (int at = 0; at < 3; at++) {
            float[] changed = {.1f, .2f, .3f};
            changed[at] = Float.NaN;
            assertThat(Norm.LINF.distance(clean, changed, 0, 3)).isEqualTo(Double.POSITIVE_INFINITY);
        }
    }
}
