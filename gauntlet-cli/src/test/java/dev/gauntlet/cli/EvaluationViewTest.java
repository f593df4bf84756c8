package dev.gauntlet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.evaluate.EvaluationProgress;
import dev.gauntlet.model.FunctionClassifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.report.plan.PlanBinding;
import dev.gauntlet.request.EvaluationRequest;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.ObjectMapper;

class EvaluationViewTest {
    private final StringWriter text = new StringWriter();
    private final ProgressView view =
            new ProgressView(new PrintWriter(text), new Screen(Screen.Kind.TERMINAL, 100), () -> 0);
    private final List<String> notes = new ArrayList<>();

    private EvaluationView evaluation(String attacks, String budgets) {
        EvaluationRequest request = PlanBinding.read(new ObjectMapper()
                        .readTree(
                                "{\"model\": {\"file\": \"m\"}, \"threat\": {\"epsilons\": %s}, \"attack\": {\"list\": %s}}"
                                        .formatted(budgets, attacks)))
                .request();
        return new EvaluationView(
                request,
                new FunctionClassifier("constant", InputSpec.RAW, images -> new float[images.length][2]),
                notes::add,
                view.begin(EvaluationView.CHECKING));
    }

    private String shown() {
        view.tick();
        return TerminalLines.of(text.toString()).get(0);
    }

    @Test
    void saysBeforeTheStartHowLongItMayTake() {
        evaluation("[\"autoattack\"]", "[0.1]").begins(1000, Duration.ofMinutes(4));
        evaluation("[\"fgsm\", \"pgd\"]", "[0.1, 0.2, 0.3]").begins(1, Duration.ofSeconds(2));
        assertThat(notes)
                .containsExactly(
                        "Takes up to about 4 min: 1,000 images x AutoAttack; less where attacks succeed.",
                        "Takes up to about 2 s: 1 image x fgsm + pgd x 3 budgets; less where attacks succeed.");
    }

    @Test
    void saysNothingBeforeWhatIsOverAtOnce() {
        evaluation("[\"fgsm\"]", "[0.1]").begins(1000, Duration.ofMillis(1900));
        assertThat(notes).isEmpty();
    }

    @Test
    void showsAttackBudgetAndImages() {
        EvaluationView evaluation = evaluation("[\"autoattack\"]", "[0.1]");
        assertThat(shown()).startsWith("trying the model on a few images ... 0:00");
        evaluation.progress(new EvaluationProgress(
                EvaluationProgress.Stage.ATTACKING,
                "apgd-t",
                2,
                4,
                OptionalDouble.of(8 / 255.0),
                250,
                1000,
                .371,
                Optional.of(Duration.ofSeconds(51))));
        assertThat(shown())
                .startsWith("apgd-t (2/4) at 0.03137, 250 of 1,000 images   [")
                .endsWith("] 37 %, 0:00, about 51 s left");
        evaluation.progress(new EvaluationProgress(
                EvaluationProgress.Stage.DIAGNOSING,
                "",
                0,
                4,
                OptionalDouble.empty(),
                1000,
                1000,
                .9,
                Optional.empty()));
        assertThat(shown()).startsWith("diagnostics   [").endsWith("] 90 %, 0:00");
        evaluation.close();
    }
}
