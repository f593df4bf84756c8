package dev.gauntlet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NumbersTest {
    @Test
    void roundsToFourSignificantDigits() {
        assertThat(Numbers.rounded(8 / 255.0)).isEqualTo("0.03137");
        assertThat(Numbers.rounded(0)).isEqualTo("0");
        assertThat(Numbers.rounded(300)).isEqualTo("300");
        assertThat(Numbers.rounded(.1)).isEqualTo("0.1");
        assertThat(Numbers.rounded(1e-7)).isEqualTo("0.0000001");
    }

    @Test
    void writesWholeNumbersWithoutAPoint() {
        assertThat(Numbers.exact(255)).isEqualTo("255");
        assertThat(Numbers.exact(.1307)).isEqualTo("0.1307");
        assertThat(Numbers.exact(-127.5)).isEqualTo("-127.5");
        assertThat(Numbers.exact(1e12)).isEqualTo("1.0E12");
    }

    @Test
    void groupsThousands() {
        assertThat(Numbers.count(10_000)).isEqualTo("10,000");
    }
}
