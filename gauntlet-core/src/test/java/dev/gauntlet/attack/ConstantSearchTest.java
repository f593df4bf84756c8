package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConstantSearchTest {
    @Test
    void growsTenfoldUntilTheFirstSuccessAndThenHalvesWhatIsBetween() {
        ConstantSearch.Constants constants = new ConstantSearch.Constants(2, .5);
        boolean[][] found = {{false, true}, {false, true}, {true, false}, {false, true}};
        double[][] expected = {{.5, .5}, {5, .25}, {50, .125}, {27.5, .1875}};
        for (int search = 0; search < found.length; search++) {
            assertThat(constants.values()[0]).isEqualTo(expected[search][0]);
            assertThat(constants.values()[1]).isEqualTo(expected[search][1]);
            constants.next(found[search]);
        }
        assertThat(constants.values()[0]).isEqualTo(38.75);
        assertThat(constants.values()[1]).isEqualTo(.15625);
    }
}
