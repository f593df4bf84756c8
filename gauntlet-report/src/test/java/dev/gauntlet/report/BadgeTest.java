package dev.gauntlet.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.WarningSign;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BadgeTest {
    private static String badge(Reports report) {
        return Badge.of(report.build(), Optional.empty());
    }

    @Test
    void saysHowFarTheNumberCanBeTrusted() {
        assertThat(badge(Reports.usual())).contains("<title>robust accuracy: 41.7\u00a0% at 0.25</title>");
        assertThat(badge(Reports.usual()
                        .diagnostics(
                                Diagnostic.measured(WarningSign.ZERO_GRADIENTS, true, 0.25, 0.05, "3 of 12 images."))))
                .contains("<title>robust accuracy: 41.7\u00a0% at 0.25, suspect</title>");
    }

    @Test
    void withoutAnAttackItIsTheCleanAccuracy() {
        assertThat(badge(Reports.usual().epsilons(0.0))).contains("<title>clean accuracy: 91.7\u00a0%</title>");
    }
}
