package dev.gauntlet.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AxisTest {
    @ParameterizedTest
    @CsvSource({
        // lowest, highest, most steps; first mark, number of marks, step, decimals, end
        "0, 0.3, 6, 0, 7, 0.05, 2, 0.3",
        "0, 1, 5, 0, 6, 0.2, 1, 1",
        "0.823, 1, 5, 0.8, 5, 0.05, 2, 1",
        "0, 7.8, 5, 0, 5, 2, 0, 8",
        "0, 0.031, 6, 0, 5, 0.01, 2, 0.04",
        "0, 0, 6, 0, 6, 0.2, 1, 1",
        "0, 0.00012, 5, 0, 6, 0.000025, 6, 0.000125"
    })
    void marksAreFewAndRound(
            double lowest,
            double highest,
            int mostSteps,
            double first,
            int marks,
            double step,
            int decimals,
            double end) {
        Axis axis = Axis.around(lowest, highest, mostSteps);
        List<Double> ticks = axis.ticks();

        assertThat(axis.step()).isEqualTo(step, Offset.offset(1e-12));
        assertThat(ticks.get(0)).isEqualTo(first, Offset.offset(1e-12));
        assertThat(ticks).hasSize(marks);
        assertThat(axis.decimals()).isEqualTo(decimals);
        assertThat(axis.to()).isEqualTo(end, Offset.offset(1e-12));
    }
}
