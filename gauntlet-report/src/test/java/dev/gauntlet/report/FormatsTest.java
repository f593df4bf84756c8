package dev.gauntlet.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Test;

class FormatsTest {
    @Test
    void numbersAreEnglish() {
        assertThat(Formats.percent(0.97894)).isEqualTo("97.9\u00a0%");
        assertThat(Formats.percents(0, 0.00036)).isEqualTo("0.0–0.0\u00a0%");
        assertThat(Formats.count(1_234_567)).isEqualTo("1,234,567");
        assertThat(Formats.count(1, "example", "examples")).isEqualTo("1\u00a0example");
        assertThat(Formats.shortDecimal(25.5, 2)).isEqualTo("25.5");
        assertThat(Formats.shortDecimal(100, 2)).isEqualTo("100");
        assertThat(Formats.shortDecimal(10, 0)).isEqualTo("10");
        assertThat(Formats.decimal(-1e-19, 1)).isEqualTo("0.0");
        assertThat(Formats.decimal(-0.25, 2)).isEqualTo("-0.25");
        assertThat(Formats.duration(59.96)).isEqualTo("60.0\u00a0s");
        assertThat(Formats.duration(200.4)).isEqualTo("3\u00a0min 20\u00a0s");
    }

    @Test
    void foreignTextIsMadeVisible() {
        assertThat(Formats.plain("a\tb\nc\u0000d\u202ee\uffffé\ud83d\ude00"))
                .isEqualTo("a b c\ufffdd\ufffde\ufffdé\ud83d\ude00");
        assertThat(Formats.plain("\ud83d")).isEqualTo("\ufffd");
    }

    @Test
    void causesAreShort() {
        assertThat(Formats.cause(new AccessDeniedException("/x"))).isEqualTo("permission denied");
        assertThat(Formats.cause(new FileSystemException("/x", null, "No space left on device")))
                .isEqualTo("No space left on device");
        assertThat(Formats.cause(new IOException())).isEqualTo("IOException");
    }
}
