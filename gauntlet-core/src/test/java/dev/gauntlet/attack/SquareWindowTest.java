package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.data.ImageShape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SquareWindowTest {
    @ParameterizedTest
    @CsvSource({
        // sides as AutoAttack computes them
        "28, 28, .8, 25, 25",
        "28, 28, .4, 18, 18",
        "28, 28, .2, 13, 13",
        "28, 28, .00625, 2, 2",
        "28, 28, 0, 1, 1",
        "32, 32, .8, 29, 29",
        "10, 10, 1, 10, 10",
        "10, 20, .3, 8, 8",
        // what does not fit in one direction is made up for in the other
        "1, 7, .5, 1, 4",
        "7, 1, .5, 4, 1",
        "1, 7, .01, 1, 1",
        "2, 50, .8, 2, 40",
        "3, 3, .9, 3, 3",
        "1, 1, .8, 1, 1"
    })
    void coversAShareOfTheImage(int height, int width, double share, int rows, int columns) {
        assertThat(SquareWindow.covering(share, new ImageShape(3, height, width)))
                .isEqualTo(new SquareWindow(rows, columns));
    }

    @ParameterizedTest
    @CsvSource({
        "28, 28, .8, 25, 25",
        "28, 28, .4, 19, 19",
        "28, 28, .2, 13, 13",
        "28, 28, .00625, 3, 3",
        "224, 224, 0, 3, 3",
        // auto-attack issue 95: smaller than the least side, or not square
        "2, 2, .8, 2, 2",
        "3, 3, .1, 3, 3",
        "1, 7, .01, 1, 3",
        "1, 7, .5, 1, 4",
        "9, 1, .8, 7, 1",
        "9, 9, .8, 9, 9",
        "6, 6, .9, 6, 6",
        "1, 1, 1, 1, 1"
    })
    void hasAnOddSideWhereThatFits(int height, int width, double share, int rows, int columns) {
        assertThat(SquareWindow.oddCovering(share, new ImageShape(3, height, width)))
                .isEqualTo(new SquareWindow(rows, columns));
    }
}
