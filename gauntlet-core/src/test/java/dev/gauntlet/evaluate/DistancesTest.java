package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.ModelCard;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DistancesTest {
    @Test
    void leavesOutWhatIsWrongWhenCleanAndWhatWasNotFound() {
        assertThat(Distances.of(report("misclassified", 3, 0, -1, 1, 8))).isEqualTo(new Distances(3, 1, 3, 4));
    }

    @Test
    void theMedianOfAnEvenNumberIsBetweenTheMiddleTwo() {
        assertThat(Distances.of(report("misclassified", 8, 1, 2, 3))).isEqualTo(new Distances(4, 0, 2.5, 3.5));
    }

    @Test
    void leavesOutWhatIsOfTheTargetClass() {
        // the labels are 0, 1, 0, 1
        assertThat(Distances.of(report("targeted:1", 2, -1, -1, -1))).isEqualTo(new Distances(1, 1, 2, 2));
    }

    @Test
    void isZeroWhereNothingWasFound() {
        assertThat(Distances.of(report("misclassified", -1, 0))).isEqualTo(new Distances(0, 1, 0, 0));
    }

    private static RobustnessReport report(String criterion, double... distances) {
        int[] labels = new int[distances.length];
        int[] ids = new int[distances.length];
        int[] predictions = new int[distances.length];
        int[] nobody = new int[distances.length];
        for (int i = 0; i < distances.length; i++) {
            labels[i] = i % 2;
            ids[i] = i;
            predictions[i] = distances[i] == 0 ? 1 - labels[i] : labels[i];
            nobody[i] = -1;
        }
        return new RobustnessReport(
                RobustnessReport.SCHEMA_VERSION,
                RobustnessReport.Provenance.current(),
                new ModelCard("m", "m", 0, "", Optional.empty(), "", Optional.empty()),
                new DataOrigin("d", "test", "", Map.of(), Optional.empty()),
                new ImageShape(1, 1, 1),
                List.of("no", "yes"),
                new RobustnessReport.PlanRecord("a", "l2", criterion, false, 0, 3, 1, List.of()),
                List.of(),
                new Outcomes(new Outcomes.Columns(
                        2, ids, labels, distances, new int[][] {predictions}, new int[][] {nobody})),
                List.of(),
                Completion.complete(distances.length),
                List.of(),
                List.of(),
                new RobustnessReport.Timing("", 0, 0, 1));
    }
}
