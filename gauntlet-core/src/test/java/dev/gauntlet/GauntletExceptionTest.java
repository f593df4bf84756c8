package dev.gauntlet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GauntletExceptionTest {
    @Test
    void ordinaryMessagesAreKept() {
        assertThat(new GauntletException("x.npz lacks 'ü 数'; take another."))
                .hasMessage("x.npz lacks 'ü 数'; take another.");
    }

    @Test
    void whatWouldBreakTheLineOrColourTheTerminalIsEscaped() {
        assertThat(new GauntletException("a\r\nb\u001b[31m\t\u2028\u0085."))
                .hasMessage("a\\u000d\\u000ab\\u001b[31m\\u0009\\u2028\\u0085.");
    }

    @Test
    void endlessMessagesKeepTheirEnds() {
        String message = "File " + "9".repeat(5_000_000) + "; do this.";
        assertThat(new GauntletException(message, new IllegalStateException()).getMessage())
                .hasSizeLessThan(1000)
                .startsWith("File 9")
                .endsWith("9; do this.");
    }
}
