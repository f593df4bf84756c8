package dev.gauntlet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressViewTest {
    private static final Screen TERMINAL = new Screen(Screen.Kind.TERMINAL, 80);
    private static final Screen LOG = new Screen(Screen.Kind.LOG, 80);

    private final StringWriter text = new StringWriter();
    private final PrintWriter err = new PrintWriter(text);
    private double seconds;

    private ProgressView view(Screen screen) {
        return new ProgressView(err, screen, () -> 77 + (long) (seconds * 1e9));
    }

    private String shown() {
        List<String> lines = TerminalLines.of(text.toString());
        return lines.get(lines.size() - 1);
    }

    @Test
    void theClockTicksOnATerminalThoughNothingIsFinished() {
        ProgressView view = view(TERMINAL);
        try (ProgressView.Task task = view.begin("loading the model")) {
            view.tick();
            assertThat(shown()).isEqualTo("loading the model ... 0:00");
            seconds = 1;
            view.tick();
            assertThat(shown()).isEqualTo("loading the model ... 0:01");
            seconds = 3725;
            view.tick();
            assertThat(shown()).isEqualTo("loading the model ... 1:02:05");
        }
        view.close();
        assertThat(shown()).isEmpty();
        view.tick();
        assertThat(shown()).isEmpty();
        assertThat(text.toString()).doesNotContain("\n");
    }

    @Test
    void showsTheShareTheTimeAndTheRest() {
        ProgressView view = view(TERMINAL);
        ProgressView.Task task = view.begin("apgd (2/4) at 0.1, 500 of 1,000 images");
        seconds = 65;
        task.isDone(.5, Optional.of(Duration.ofSeconds(48)));
        view.tick();
        assertThat(shown()).isEqualTo("apgd (2/4) at 0.1, 500 of 1,000 images   [===>  ] 50 %, 1:05, about 48 s left");
        task.says("pgd");
        view.tick();
        assertThat(shown()).isEqualTo("pgd   [==============>             ] 50 %, 1:05, about 48 s left");
        task.isDone(1, Optional.of(Duration.ZERO));
        view.tick();
        assertThat(shown()).isEqualTo("pgd   [============================] 100 %, 1:05, about 0 s left");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20, 40, 79, 80, 200})
    void staysOnOneLineOfAnyTerminal(int columns) {
        ProgressView view = view(new Screen(Screen.Kind.TERMINAL, columns));
        ProgressView.Task task = view.begin("something with a name that is rather long");
        task.isDone(.3, Optional.of(Duration.ofHours(30)));
        view.tick();
        assertThat(shown().length()).isBetween(1, Math.max(20, columns - 1));
    }

    @Test
    void textReplacesTheLineAndIsNotGluedToIt() {
        ProgressView view = view(TERMINAL);
        ProgressView.Task task = view.begin("square");
        task.isDone(.9, Optional.empty());
        view.tick();
        view.print(() -> err.println("750 of 1,000 images were finished before."));
        view.tick();
        assertThat(TerminalLines.of(text.toString()))
                .hasSize(2)
                .first()
                .isEqualTo("750 of 1,000 images were finished before.");
        assertThat(shown()).startsWith("square ");
    }

    @Test
    void aShorterLineLeavesNothingOfALongerOne() {
        ProgressView view = view(TERMINAL);
        ProgressView.Task task = view.begin("a long name of what is being done");
        view.tick();
        task.says("short");
        view.tick();
        assertThat(shown()).isEqualTo("short ... 0:00");
    }

    @Test
    void theTaskThatWasBegunLastIsShown() {
        ProgressView view = view(TERMINAL);
        ProgressView.Task outer = view.begin("outer");
        try (ProgressView.Task inner = view.begin("inner")) {
            view.tick();
            assertThat(shown()).isEqualTo("inner ... 0:00");
        }
        view.tick();
        assertThat(shown()).isEqualTo("outer ... 0:00");
        outer.close();
    }

    @Test
    void aLogGetsALineEvery30SecondsWhateverIsDone() {
        ProgressView view = view(LOG);
        try (ProgressView.Task task = view.begin("loading the model")) {
            for (; seconds < 29.5; seconds += .25) {
                view.tick();
            }
            assertThat(text.toString()).isEmpty();
            for (; seconds < 31; seconds += .25) {
                view.tick();
            }
        }
        assertThat(text.toString().lines()).containsExactly("[0:30] loading the model ...");
        ProgressView.Task task = view.begin("fgsm (1/2) at 0.1, 250 of 1,000 images");
        task.isDone(.25, Optional.of(Duration.ofMinutes(4)));
        for (; seconds < 125; seconds += .25) {
            view.tick();
        }
        view.close();
        assertThat(text.toString().lines())
                .containsExactly(
                        "[0:30] loading the model ...",
                        "[1:00] fgsm (1/2) at 0.1, 250 of 1,000 images: 25 % done, about 4 min left",
                        "[1:29] fgsm (1/2) at 0.1, 250 of 1,000 images: 25 % done, about 4 min left",
                        "[1:59] fgsm (1/2) at 0.1, 250 of 1,000 images: 25 % done, about 4 min left");
        assertThat(text.toString()).doesNotContain("\r");
    }

    @Test
    void whereNobodyLooksNothingIsShown() {
        ProgressView view = view(Screen.NONE);
        ProgressView.Task task = view.begin("anything");
        for (seconds = 0; seconds < 100; seconds++) {
            view.tick();
        }
        task.close();
        view.close();
        assertThat(text.toString()).isEmpty();
    }

    @Test
    void theRestTakesAsLongAsWhatIsDone() {
        ProgressView view = view(TERMINAL);
        seconds = 10;
        ProgressView.Task task = view.begin("epoch 1/4");
        seconds = 20;
        task.isDone(.25);
        view.tick();
        assertThat(shown()).endsWith("25 %, 0:10, about 30 s left");
    }

    /** With a real clock and a real thread. */
    @Test
    @Timeout(60)
    void ticksByItself() throws InterruptedException {
        StringWriter drawn = new StringWriter();
        try (ProgressView view = new ProgressView(new PrintWriter(drawn), TERMINAL, System::nanoTime).ticking()) {
            view.begin("waiting");
            while (!drawn.toString().contains("waiting ... 0:01")) {
                Thread.sleep(10);
            }
        }
        assertThat(TerminalLines.of(drawn.toString())).containsExactly("");
    }

    @ParameterizedTest
    @CsvSource({
        "400, 0 s",
        "41200, 41 s",
        "99000, 99 s",
        "100000, 2 min",
        "240000, 4 min",
        "3599000, 1 h 0 min",
        "4800000, 1 h 20 min",
        "360000000, 100 h 0 min"
    })
    void saysHowLongItTakes(long milliseconds, String words) {
        assertThat(ProgressView.words(Duration.ofMillis(milliseconds))).isEqualTo(words);
    }
}
