package dev.gauntlet.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WarningSignTest {
    private static final Path DOCS = Path.of("..", "docs", "trust.md");

    @ParameterizedTest
    @EnumSource
    void theDocumentationStatesItsThreshold(WarningSign sign) throws IOException {
        String row = Files.readAllLines(DOCS).stream()
                .filter(line -> line.startsWith("| `" + sign + "`"))
                .findFirst()
                .orElseThrow();

        assertThat(sign.source()).contains(sign.writtenThreshold()).doesNotContain("{}");
        assertThat(row).contains(sign.writtenThreshold());
    }

    @Test
    void aThresholdIsWrittenAsPeopleWriteIt() {
        assertThat(WarningSign.ZERO_GRADIENTS.threshold()).isEqualTo(.05);
        assertThat(WarningSign.ZERO_GRADIENTS.source()).endsWith("threshold ours: 5 % of the images.");
        assertThat(WarningSign.FIRST_LOOK.threshold()).isEqualTo(100);
        assertThat(WarningSign.FIRST_LOOK.source()).contains("threshold ours: 100 gradients or 1,000 queries");
        assertThatThrownBy(WarningSign.NONDETERMINISTIC::threshold).isInstanceOf(NoSuchElementException.class);
    }
}
