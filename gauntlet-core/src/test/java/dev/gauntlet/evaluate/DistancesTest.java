package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.AttackGoal;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.Execution;
import dev.gauntlet.request.Limits;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.request.Sampling;
import dev.gauntlet.request.Threat;
import dev.gauntlet.threat.LpBall;
import java.util.Arrays;
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
        int correct =
                (int) Arrays.stream(distances).filter(distance -> distance != 0).count();
        Interval clean = Interval.of(correct, distances.length);
        ModelCard model = new ModelCard("m", "m", "", InputSpec.RAW);
        DataOrigin origin = new DataOrigin("d", "test", "", Map.of(), Optional.empty());
        return new RobustnessReport(
                RobustnessReport.SCHEMA_VERSION,
                RobustnessReport.Provenance.current(),
                model,
                origin,
                new ImageShape(1, 1, 1),
                List.of("no", "yes"),
                new EvaluationRequest(
                        ModelRef.InProcess.of(model),
                        DataRef.InProcess.of(origin),
                        Sampling.ALL,
                        new Threat(List.of(LpBall.l2(0)), new AttackGoal.AnyError()),
                        List.of(AttackRef.parse("a")),
                        Access.WHITE_BOX,
                        DiagnosticsBudget.AUTOMATIC,
                        Limits.NONE,
                        Execution.AUTOMATIC),
                new RobustnessReport.PlanRecord("a", "l2", criterion, false, 0, distances.length, 1, List.of()),
                List.of(new RobustnessReport.AttackRecord("a", Map.of(), true, 0, 0, 0)),
                new Outcomes(new Outcomes.Columns(
                        2, ids, labels, distances, new int[][] {predictions}, new int[][] {nobody})),
                List.of(new EpsilonResult(0, clean, clean, 0, 0)),
                Optional.empty(),
                Completion.complete(distances.length),
                List.of(),
                RobustnessReport.Probes.NONE,
                List.of(),
                new RobustnessReport.Timing("2026-01-31T12:00:00Z", 0, 0, 0, 0, 1, Optional.empty()));
    }
}
