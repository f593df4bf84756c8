package dev.gauntlet.junit;

import static dev.gauntlet.junit.RobustnessAssertion.assertRobust;
import static dev.gauntlet.threat.LpBall.linf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.MinimalNormAttack;
import dev.gauntlet.attack.kit.Ascent;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.certify.Certificate;
import dev.gauntlet.certify.Certification;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.certify.ProvedAccuracy;
import dev.gauntlet.data.Batch;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Gate;
import dev.gauntlet.gate.Requirement;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.report.ReportFolder;
import dev.gauntlet.request.Certificates;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attacks that a user writes with nothing but the kit run like those of Gauntlet, up to the page of the report. */
class OwnAttackTest {
    @Test
    void anAttackWithinABudgetIsMeasuredAndReportedUnderItsName(@TempDir Path folder) throws IOException {
        RobustnessReport report = assertRobust(new Bright())
                .on(Bright.data(200))
                .against(linf(.1))
                .with(new HalfSteps(4))
                .atLeast(.3);

        assertThat(report.attacks().get(0).name()).isEqualTo("half-steps");
        assertThat(report.attacks().get(0).options()).isEqualTo(Map.of("steps", "4"));
        // exactly the second half can be broken
        assertThat(report.results().get(1).accuracy().successes()).isEqualTo(100);
        Path page = ReportFolder.write(report, folder.resolve("report"), false);
        assertThat(Files.readString(page)).contains("half-steps");
    }

    @Test
    void anAttackForTheNearestSuccessServesAllBudgetsWithItsDistances() {
        RobustnessReport report = assertRobust((Classifier) new Bright())
                .on(Bright.data(200))
                .against(linf(.1))
                .with(new TowardsGrey())
                .atLeast(0);

        assertThat(report.attacks().get(0).options()).isEmpty();
        assertThat(report.attacks().get(0).minimalNorm()).isTrue();
        assertThat(report.results().get(1).accuracy().successes()).isEqualTo(100);
    }

    @Test
    void aCertifierOfOnesOwnIsAnsweredByTheGate() {
        LpBall ball = linf(.1);
        RobustnessReport report = assertRobust(new Bright())
                .on(Bright.data(200))
                .against(ball)
                .with(new HalfSteps(4))
                .certifying(Certificates.Moment.FIRST, new FirstHalf())
                .satisfies(new Gate(
                        List.of(
                                new Requirement.MinimumCertifiedAccuracy(ball, .4),
                                new Requirement.MinimumAccuracy(ball, .4)),
                        Optional.empty()));

        assertThat(report.proved(1)).contains(new ProvedAccuracy(200, 0, 100, 100, 100, 0));
        assertThatThrownBy(() -> assertRobust(new Bright())
                        .on(Bright.data(200))
                        .against(ball)
                        .with(new HalfSteps(4))
                        .certifying(Certificates.Moment.AFTER, new FirstHalf())
                        .satisfies(new Gate(
                                List.of(new Requirement.MinimumCertifiedAccuracy(ball, .7)), Optional.empty())))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("FAIL: certified accuracy at linf:0.1 is at least 70.00 %");
    }

    /** Knows of these examples that exactly the first half is robust. */
    private record FirstHalf() implements Certifier {
        @Override
        public String name() {
            return "first-half";
        }

        @Override
        public String title() {
            return "what is known";
        }

        @Override
        public Set<Norm> norms() {
            return EnumSet.of(Norm.LINF);
        }

        @Override
        public Certification open(Classifier model) {
            return new Certification() {
                @Override
                public List<Certificate> certify(Batch batch, LpBall ball) {
                    return Arrays.stream(batch.ids())
                            .mapToObj(id -> new Certificate(
                                    id,
                                    id < 100 ? Certificate.Standing.CERTIFIED : Certificate.Standing.UNDECIDED,
                                    id < 100 ? 1 : -1,
                                    id < 100,
                                    Optional.empty(),
                                    1))
                            .toList();
                }

                @Override
                public void close() {
                    // nothing is held
                }
            };
        }
    }

    @Test
    void aBudgetOfTheWrongNormIsRefusedBeforeTheSearch() {
        assertThatThrownBy(() -> assertRobust(new Bright())
                        .on(Bright.data(20))
                        .against(new LpBall(Norm.L1, 1))
                        .with(new HalfSteps(4))
                        .atLeast(.3))
                .hasMessageContaining("half-steps");
    }

    private record HalfSteps(int steps) implements FixedBudgetAttack<DifferentiableClassifier> {
        HalfSteps {
            Require.atLeast(1, steps, "The attack with half steps", "step");
        }

        @Override
        public String name() {
            return "half-steps";
        }

        @Override
        public Set<Norm> norms() {
            return EnumSet.of(Norm.LINF, Norm.L2);
        }

        @Override
        public void search(DifferentiableClassifier model, Problem problem, double epsilon, Findings findings) {
            int[] rows = findings.open();
            float[] start = problem.clean().select(rows).pixels();
            new Ascent(model, problem, new Margin(), steps, Ascent.steepest(problem))
                    .climb(rows, start, epsilon / 2, epsilon, findings);
        }
    }

    /** Takes both pixels to their mean, and a little beyond; not a record, so it has no options. */
    private static final class TowardsGrey implements MinimalNormAttack<Classifier> {
        @Override
        public String name() {
            return "towards-grey";
        }

        @Override
        public Set<Norm> norms() {
            return EnumSet.of(Norm.LINF);
        }

        @Override
        public void search(Classifier model, Problem problem, Findings findings) {
            int[] rows = findings.attacked();
            Batch clean = problem.clean().select(rows);
            float[] x = clean.pixels().clone();
            for (int i = 0; i < rows.length; i++) {
                float step = (x[2 * i] - x[2 * i + 1]) * .51f;
                x[2 * i] -= step;
                x[2 * i + 1] += step;
            }
            findings.keep(rows, x, model.logits(clean.withPixels(x)));
        }
    }
}
