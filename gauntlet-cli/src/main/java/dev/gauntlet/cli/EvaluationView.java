package dev.gauntlet.cli;

import dev.gauntlet.Numbers;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.evaluate.EvaluationListener;
import dev.gauntlet.evaluate.EvaluationProgress;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.request.EvaluationRequest;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** Shows how far an evaluation is. */
final class EvaluationView implements EvaluationListener, AutoCloseable {
    /** Whoever waits no longer than this need not be told before. */
    private static final Duration SHORT = Duration.ofSeconds(2);

    private static final int MOST_NAMES = 3;

    /** What is shown at first. */
    static final String CHECKING = "trying the model on a few images";

    private final EvaluationRequest request;
    private final Classifier model;
    private final Consumer<String> notes;
    private final ProgressView.Task task;

    /**
     * Begins to show.
     *
     * @param notes takes the estimate before the start
     * @param task shows the progress, and is closed with this
     */
    EvaluationView(EvaluationRequest request, Classifier model, Consumer<String> notes, ProgressView.Task task) {
        this.request = request;
        this.model = model;
        this.notes = notes;
        this.task = task;
    }

    @Override
    public void begins(int images, Duration atMost) {
        if (atMost.compareTo(SHORT) >= 0) {
            int budgets = request.threat().budgets().size() - 1;
            notes.accept("Takes up to about %s: %s %s x %s%s; less where attacks succeed."
                    .formatted(
                            ProgressView.words(atMost),
                            Numbers.count(images),
                            images == 1 ? "image" : "images",
                            attacks(),
                            budgets > 1 ? " x %d budgets".formatted(budgets) : ""));
        }
    }

    private String attacks() {
        List<Attack<?>> attacks = request.knownAttacks();
        return AutoAttack.nameOf(attacks, request.threat().norm(), model)
                .map(Attacks::title)
                .orElseGet(() -> attacks.size() > MOST_NAMES
                        ? "%d attacks".formatted(attacks.size())
                        : String.join(" + ", attacks.stream().map(Attack::name).toList()));
    }

    @Override
    public void progress(EvaluationProgress progress) {
        switch (progress.stage()) {
            case CHECKING -> task.says(CHECKING);
            case ATTACKING -> {
                task.says(attacking(progress));
                task.isDone(progress.share(), progress.remaining());
            }
            case DIAGNOSING -> {
                task.says("diagnostics");
                task.isDone(progress.share(), progress.remaining());
            }
        }
    }

    private static String attacking(EvaluationProgress progress) {
        String images =
                "%s of %s images".formatted(Numbers.count(progress.finished()), Numbers.count(progress.planned()));
        if (progress.attack().isEmpty()) {
            return images;
        }
        String budget = progress.epsilon().isPresent()
                ? " at " + Numbers.rounded(progress.epsilon().getAsDouble())
                : "";
        String number = progress.attacks() > 1 && progress.number() > 0
                ? " (%d/%d)".formatted(progress.number(), progress.attacks())
                : "";
        return progress.attack() + number + budget + ", " + images;
    }

    @Override
    public void close() {
        task.close();
    }
}
