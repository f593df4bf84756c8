package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class GlyphsTest {
    @Test
    void everyDigitHasSeveralStylesInTheUnitBox() {
        SplittableRandom random = new SplittableRandom(1);
        Set<List<Stroke>> all = new HashSet<>();
        for (int digit = 0; digit < 10; digit++) {
            Set<List<Stroke>> styles = new HashSet<>();
            for (int i = 0; i < 500; i++) {
                styles.add(Glyphs.choose(digit, random));
            }
            assertThat(styles).as("styles of %d", digit).hasSizeGreaterThanOrEqualTo(4);
            assertThat(all).as("styles of %d under another digit", digit).doesNotContainAnyElementsOf(styles);
            all.addAll(styles);
        }
        assertThat(all)
                .allSatisfy(glyph -> assertThat(glyph).allSatisfy(stroke -> {
                    assertThat(stroke.points()).hasSizeGreaterThan(1);
                    assertThat(stroke.points()).allSatisfy(point -> {
                        assertThat(point.x()).isBetween(0.0, 1.0);
                        assertThat(point.y()).isBetween(0.0, 1.0);
                    });
                }));
    }

    @Test
    void stylesOfADigitGiveDifferentImages() {
        SplittableRandom random = new SplittableRandom(1);
        Set<List<Stroke>> styles = new HashSet<>();
        Set<String> images = new HashSet<>();
        for (int i = 0; i < 500; i++) {
            List<Stroke> glyph = Glyphs.choose(2, random);
            styles.add(glyph);
            images.add(dump(new Pen(1.3).trace(glyph, 20, new SplittableRandom(2))));
        }
        assertThat(images).hasSameSizeAs(styles);
    }

    private static String dump(Raster raster) {
        StringBuilder text = new StringBuilder();
        for (int row = 0; row < 20; row++) {
            for (int column = 0; column < 20; column++) {
                text.append(raster.ink(row, column)).append(' ');
            }
        }
        return text.toString();
    }
}
