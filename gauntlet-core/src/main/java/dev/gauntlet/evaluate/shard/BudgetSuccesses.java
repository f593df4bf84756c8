package dev.gauntlet.evaluate.shard;

import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.LpBall;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The successes of one attack within one budget, with their images. */
final class BudgetSuccesses {
    private final int budget;
    private final LpBall ball;
    private final Batch clean;

    /** The rows that the attack has to succeed on. */
    private final boolean[] robust;

    private final SortedMap<Integer, Found> found = new TreeMap<>();

    BudgetSuccesses(int budget, LpBall ball, Batch clean, int[] robustRows) {
        this.budget = budget;
        this.ball = ball;
        this.clean = clean;
        this.robust = new boolean[clean.size()];
        for (int row : robustRows) {
            robust[row] = true;
        }
    }

    LpBall ball() {
        return ball;
    }

    /** Tells whether a success at this distance counts: the example was robust, and the budget allows the distance. */
    boolean wants(int row, double distance) {
        return robust[row] && ball.allows(distance);
    }

    /** Takes a success that is wanted. */
    void take(int row, Found success) {
        robust[row] = false;
        found.put(row, success);
    }

    /** Returns the success on an example, if there is one. */
    @Nullable
    Found success(int row) {
        return found.get(row);
    }

    /** Returns the successes as examples with all that is known of them. */
    List<AdversarialExample> images(int attack, RoundedSuccesses rounded) {
        List<AdversarialExample> images = new ArrayList<>();
        found.forEach((row, success) -> images.add(new AdversarialExample(
                ball.epsilon(),
                clean.ids()[row],
                clean.labels()[row],
                success.prediction(),
                rounded.prediction(success),
                attack,
                success.distance(),
                cleanPixels(row),
                success.pixels())));
        return images;
    }

    /** Returns the numbers of the successes. */
    List<ShardResult.Success> successes(RoundedSuccesses rounded) {
        List<ShardResult.Success> successes = new ArrayList<>();
        found.forEach((row, success) -> successes.add(new ShardResult.Success(
                budget,
                row,
                success.prediction(),
                success.confidence(),
                success.distance(),
                rounded.isLost(row, budget))));
        return successes;
    }

    /** A success that the report may show. */
    private record Candidate(int row, int id, int label, double distance) implements GallerySelection.Candidate {}

    /** Chooses successes for the report. */
    List<GalleryExample> gallery(GallerySelection selection, Logits cleanLogits) {
        List<Candidate> candidates = new ArrayList<>();
        found.forEach((row, success) ->
                candidates.add(new Candidate(row, clean.ids()[row], clean.labels()[row], success.distance())));
        List<GalleryExample> chosen = new ArrayList<>();
        for (Candidate candidate : selection.drawn(candidates)) {
            chosen.add(shown(candidate.row, GalleryExample.Choice.DRAWN, cleanLogits));
        }
        selection
                .extremes(candidates)
                .forEach((choice, candidate) -> chosen.add(shown(candidate.row, choice, cleanLogits)));
        return chosen;
    }

    private GalleryExample shown(int row, GalleryExample.Choice choice, Logits cleanLogits) {
        Found success = Objects.requireNonNull(found.get(row));
        return new GalleryExample(
                choice,
                ball.epsilon(),
                clean.ids()[row],
                clean.labels()[row],
                cleanLogits.prediction(row),
                cleanLogits.confidence(row),
                success.prediction(),
                success.confidence(),
                success.distance(),
                cleanPixels(row),
                success.pixels());
    }

    private float[] cleanPixels(int row) {
        int length = clean.shape().size();
        return Arrays.copyOfRange(clean.pixels(), row * length, (row + 1) * length);
    }
}
