package dev.gauntlet.evaluate.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.testkit.ArrayDataset;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExampleRowsTest {
    private static final Dataset DATA = ArrayDataset.of(
            3,
            new int[] {2, 0, 1, 2},
            new float[] {0, .1f},
            new float[] {.2f, .3f},
            new float[] {.4f, .5f},
            new float[] {.6f, .7f});

    @Test
    void someExamplesTravelWithTheirNumbers() throws IOException {
        ExampleRows sent = ExampleRows.of(DATA, 3, 1, 3);
        ExampleRows received = ExampleRows.of(sent.bytes());

        assertThat(received).usingRecursiveComparison().isEqualTo(sent);
        assertThat(received.ids()).containsExactly(1, 3);
        assertThat(received.size()).isEqualTo(4);
        assertThat(received.classes()).isEqualTo(DATA.classes());
        assertThat(received.origin()).isEqualTo(DATA.origin());
        assertThat(received.batch(3, 1)).usingRecursiveComparison().isEqualTo(DATA.batch(3, 1));
    }

    @Test
    void partsArePutTogether() {
        ExampleRows together = ExampleRows.of(List.of(ExampleRows.of(DATA, 2, 0), ExampleRows.of(DATA, 3)), 3, 0);
        assertThat(together.ids()).containsExactly(0, 3);
        assertThat(together.batch(0, 3)).usingRecursiveComparison().isEqualTo(DATA.batch(0, 3));
    }

    @Test
    void anExampleThatWasNotSentIsMissed() {
        assertThatThrownBy(() -> ExampleRows.of(DATA, 1).label(2))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith("Example 2 of ")
                .hasMessageEndingWith(" was not sent here.");
        assertThatThrownBy(() -> ExampleRows.of(List.of(ExampleRows.of(DATA, 1)), 2))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith(" was not sent here.");
    }
}
