package dev.gauntlet.junit;

import static dev.gauntlet.junit.RobustnessAssertion.assertRobust;
import static dev.gauntlet.threat.LpBall.linf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.attack.Square;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.gate.Gate;
import dev.gauntlet.gate.Requirement;
import dev.gauntlet.model.Classifier;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs tests of robustness as a build does; of 100 examples 50 stand, so the interval is 40.38 to 59.62 %. */
class RobustnessTestsTest {
    private static final String INCONCLUSIVE = "The result for the model bright is inconclusive.";

    /** Tests as users write them; not found by the build, only by the launcher. */
    static final class Samples {
        @Test
        void passes() {
            assertRobust(new Bright())
                    .on(Bright.data(100))
                    .against(linf(.1))
                    .with(Pgd.defaults())
                    .atLeast(.4);
        }

        @Test
        void fails() {
            assertRobust(new Bright())
                    .on(Bright.data(100))
                    .against(linf(.1))
                    .with(Pgd.defaults())
                    .atLeast(.6);
        }

        @Test
        void failsInAHelper() {
            Runnable helper = this::fails;
            helper.run();
        }

        @Test
        void cannotSay() {
            assertRobust(new Bright())
                    .on(Bright.data(100))
                    .against(linf(.1))
                    .with(Pgd.defaults())
                    .atLeast(.5);
        }

        @Test
        void maySayNothing() {
            assertRobust(new Bright())
                    .on(Bright.data(100))
                    .against(linf(.1))
                    .with(Pgd.defaults())
                    .allowInconclusive()
                    .atLeast(.5);
        }

        @RobustnessTest(against = "linf:0.1", with = "pgd", atLeast = .4)
        void passesAsAnnotated(RobustnessCheck check) {
            check.of(new Bright(), Bright.data(100));
        }

        @RobustnessTest(
                against = "linf:0.1",
                with = {"fgsm", "pgd:steps=7"},
                atLeast = .8,
                examples = 60,
                seed = 5)
        void failsAsAnnotated(RobustnessCheck check) {
            check.of(new Bright(), Bright.data(100));
        }

        @RobustnessTest(against = "linf:0.1", with = "pgd", atLeast = .5, allowInconclusive = true)
        void maySayNothingAsAnnotated(RobustnessCheck check) {
            check.of(new Bright(), Bright.data(100));
        }

        @RobustnessTest(against = "linf:0.1", with = "square:queries=20", atLeast = .4)
        void passesAsABlackBox(RobustnessCheck check) {
            Classifier model = new Bright();
            check.of(model, Bright.data(100));
        }

        @RobustnessTest(against = "linf:0.1", with = "pgd", atLeast = .4)
        void needsGradients(RobustnessCheck check) {
            Classifier model = new Bright();
            check.of(model, Bright.data(100));
        }

        @RobustnessTest(against = "linf:0.1", with = "fgsm", forbid = Trust.SUSPECT, atLeast = .4)
        void isSuspect(RobustnessCheck check) {
            check.of(new Bright(), Bright.data(100));
        }

        @RobustnessTest(against = "linf:0.1", with = "pgd", atLeast = .4)
        void doesNotUseItsCheck(RobustnessCheck check) {}

        @RobustnessTest(against = "linf:0.1", with = "pgd", atLeast = .4)
        void hasNoCheck() {}
    }

    @ParameterizedTest
    @ValueSource(strings = {"passes", "passesAsAnnotated", "passesAsABlackBox"})
    void aRobustModelPasses(String sample) {
        assertThat(run(sample).getThrowable()).isEmpty();
    }

    @Test
    void theFailureSaysAllThatIsNeeded() {
        TestExecutionResult result = run("fails");
        assertThat(result.getStatus()).isEqualTo(Status.FAILED);
        // what speaks against the evaluation is not the matter here
        assertThat(message(result).replaceAll("(?m)^(SUSPECT|LIMITED): .*\\R", ""))
                .isEqualToNormalizingNewlines("""
                        The model bright is not robust enough.
                        FAIL: robust accuracy at linf:0.1 is at least 60.00 %%
                            50.00 %% (50 of 100), 95 %% interval 40.38 - 59.62 %%.
                            Worst class left: 50.00 %% (25 of 50).
                            Not robust, for example: 50, 51, 52.
                        Data: pairs test, 100 of 100 examples
                        Attacks: %s; seed 0
                        Reproduce with: mvn test '-Dtest=%s#fails'""".formatted(Attacks.written(Pgd.defaults()), Samples.class.getName()));
    }

    @Test
    void theTestIsNamedFromWithinAHelper() {
        assertThat(message(run("failsInAHelper"))).contains("Samples#fails");
    }

    @Test
    void theAnnotationSaysTheSame() {
        TestExecutionResult result = run("failsAsAnnotated");
        assertThat(result.getStatus()).isEqualTo(Status.FAILED);
        assertThat(message(result))
                .startsWith("The model bright is not robust enough.")
                .contains(
                        "at least 80.00 %",
                        "of 60)", "Data: pairs test, 60 of 100 examples", "fgsm:loss=cross-entropy, then pgd:")
                .contains("steps=7")
                .contains("; seed 5")
                .contains("Reproduce with: mvn test '-Dtest=" + Samples.class.getName() + "#failsAsAnnotated'");
    }

    @Test
    void whatCannotBeSaidFails() {
        TestExecutionResult result = run("cannotSay");
        assertThat(result.getStatus()).isEqualTo(Status.FAILED);
        assertThat(message(result)).startsWith(INCONCLUSIVE).contains("to be settled by any number of examples");
    }

    @ParameterizedTest
    @ValueSource(strings = {"maySayNothing", "maySayNothingAsAnnotated"})
    void whatCannotBeSaidIsAbortedWhereThatIsAllowed(String sample) {
        TestExecutionResult result = run(sample);
        assertThat(result.getStatus()).isEqualTo(Status.ABORTED);
        assertThat(message(result)).contains(INCONCLUSIVE);
    }

    @Test
    void aForbiddenSuspicionFails() {
        TestExecutionResult result = run("isSuspect");
        assertThat(result.getStatus()).isEqualTo(Status.FAILED);
        assertThat(message(result)).contains("FAIL: the evaluation is not suspect", "\nSUSPECT: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"doesNotUseItsCheck", "hasNoCheck"})
    void aTestThatTestsNothingFails(String sample) {
        assertThat(run(sample).getThrowable())
                .get()
                .isInstanceOf(GauntletException.class)
                .hasFieldOrPropertyWithValue(
                        "message",
                        "The test did not test anything; it requires a parameter RobustnessCheck check and must call check.of(model, data).");
    }

    @Test
    void aBlackBoxGivesNoGradients() {
        assertThat(message(run("needsGradients"))).startsWith("The attack pgd requires gradients");
    }

    @Test
    void saysWhatIsMissing() {
        assertThatThrownBy(() -> assertRobust(new Bright()).atLeast(.4)).hasMessage(lacks("the budget, .against(...)"));
        assertThatThrownBy(() -> assertRobust(new Bright()).against(linf(.1)).atLeast(.4))
                .hasMessage(lacks("the data set, .on(...)"));
        assertThatThrownBy(() -> assertRobust(new Bright())
                        .against(linf(.1))
                        .on(Bright.data(10))
                        .atLeast(.4))
                .isInstanceOf(GauntletException.class)
                .hasMessage(lacks("the attacks, .with(...)"));
    }

    private static String lacks(String part) {
        return "The assertion requires " + part + ".";
    }

    @Test
    void aGateMayRequireMoreThanOneThing() {
        Gate gate = Gate.requiring(linf(.1), .4).and(new Requirement.MinimumPerClass(linf(.1), .6));
        assertThatThrownBy(() -> assertRobust(new Bright())
                        .on(Bright.data(400))
                        .against(linf(.1))
                        .with(List.of(Pgd.defaults(), Square.defaults()))
                        .satisfies(gate))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("PASS: robust accuracy at linf:0.1")
                .hasMessageContaining("FAIL: robust accuracy of every class at linf:0.1")
                .hasMessageContaining("#aGateMayRequireMoreThanOneThing");
    }

    private static String message(TestExecutionResult result) {
        return String.valueOf(result.getThrowable().orElseThrow().getMessage());
    }

    private static TestExecutionResult run(String sample) {
        Class<?>[] parameters = List.of(Samples.class.getDeclaredMethods()).stream()
                .filter(method -> method.getName().equals(sample))
                .findFirst()
                .orElseThrow()
                .getParameterTypes();
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectMethod(Samples.class, sample, parameters))
                .build();
        List<TestExecutionResult> results = new ArrayList<>();
        LauncherFactory.create().execute(request, new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (test.isTest()) {
                    results.add(result);
                }
            }
        });
        assertThat(results).hasSize(1);
        return results.get(0);
    }
}
