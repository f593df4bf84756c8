package dev.gauntlet.threat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.RandomKey;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProjectionTest {
    @ParameterizedTest
    @EnumSource(Norm.class)
    void always_ends_in_the_ball_and_the_box_and_stays_there(Norm norm) {
        for (int trial = 0; trial < 20_000; trial++) {
            SplittableRandom random =
                    RandomKey.of(5).with(norm.id()).with(trial).generator();
            int length = 1 + random.nextInt(40);
            float[] clean = Hard.image(random, length);
            float[] point = Hard.point(random, clean);
            double radius = Hard.radius(random, norm, length);
            float[] projected = point.clone();
            norm.project(clean, projected, 0, length, radius);
            double distance = norm.distance(clean, projected, 0, length);
            assertThat(new LpBall(norm, radius).allows(distance))
                    .as("trial %d: %s of %s", trial, distance, radius)
                    .isTrue();
            if (norm != Norm.LINF) {
                assertThat(distance).as("trial %d", trial).isLessThanOrEqualTo(radius);
            }
            for (float pixel : projected) {
                assertThat(pixel).as("trial %d", trial).isBetween(0f, 1f);
            }
            float[] again = projected.clone();
            norm.project(clean, again, 0, length, radius);
            assertThat(again).as("trial %d", trial).isEqualTo(projected);
        }
    }
}
