package dev.gauntlet.certify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import dev.gauntlet.certify.Certificate.Standing;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProvedAccuracyTest {
    @Test
    void countsCertificates() {
        ProvedAccuracy counts = ProvedAccuracy.of(List.of(
                Certificate.mistake(0),
                new Certificate(1, Standing.CERTIFIED, 0.5, true, Optional.empty(), 1),
                new Certificate(2, Standing.CERTIFIED, 1e-9, false, Optional.empty(), 1),
                new Certificate(3, Standing.BROKEN, -1, false, Optional.of(new float[1]), 1),
                new Certificate(4, Standing.UNDECIDED, -1, false, Optional.empty(), 1)));

        assertThat(counts).isEqualTo(new ProvedAccuracy(5, 1, 1, 2, 1, 1));
        assertThat(counts.lower()).isEqualTo(0.4);
        assertThat(counts.upper()).isEqualTo(0.6);
        assertThat(counts.isExact()).isFalse();
    }

    /** Computed with SciPy: beta.ppf(.025, 172, 29) and beta.ppf(.975, 189, 12). */
    @Test
    void givesTheLimitsOfClopperAndPearson() {
        ProvedAccuracy counts = new ProvedAccuracy(200, 5, 7, 172, 172, 16);

        assertThat(counts.confidenceLower()).isCloseTo(0.804, within(5e-4));
        assertThat(counts.confidenceUpper()).isCloseTo(0.969, within(5e-4));
    }

    @Test
    void refusesCountsThatContradictEachOther() {
        assertThatThrownBy(() -> new ProvedAccuracy(5, 1, 1, 1, 0, 1)).isInstanceOf(GauntletException.class);
        assertThatThrownBy(() -> new ProvedAccuracy(1, 0, 0, 1, 2, 0)).isInstanceOf(GauntletException.class);
        assertThatThrownBy(() -> new Certificate(1, Standing.CERTIFIED, 0, false, Optional.empty(), 1))
                .isInstanceOf(GauntletException.class);
        assertThatThrownBy(() -> new Certificate(1, Standing.UNDECIDED, Double.NaN, false, Optional.empty(), 1))
                .isInstanceOf(GauntletException.class);
        assertThatThrownBy(() -> new Certificate(1, Standing.BROKEN, -1, false, Optional.empty(), 1))
                .isInstanceOf(GauntletException.class);
        assertThatThrownBy(() -> new Certificate(1, Standing.UNDECIDED, -1, true, Optional.empty(), 1))
                .isInstanceOf(GauntletException.class);
    }
}
