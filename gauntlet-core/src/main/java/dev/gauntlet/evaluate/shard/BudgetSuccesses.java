package dev.gauntlet.evaluate.shard;

import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

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

    /** A success. */
    private record Found(int prediction, double confidence, double distance, float[] pixels) {}

    LpBall ball() {
        return ball;
    }

    /** Takes a success, which counts if the example was robust and the distance is within the budget. */
    void take(int row, MeasuredResult result, int position) {
        double distance = result.distances()[position];
        if (!robust[row] || !ball.allows(distance)) {
            return;
        }
        robust[row] = false;
        int length = clean.shape().size();
        found.put(
                row,
                new Found(
                        result.logits().prediction(position),
                        result.logits().confidence(position),
                        distance,
                        Arrays.copyOfRange(result.changed().pixels(), position * length, (position + 1) * length)));
    }

    /** Returns what the model answers for each success when the image is rounded to 8 bits, in the order of the rows. */
    private int[] predictionsAfterRounding(Classifier model) {
        if (found.isEmpty()) {
            return new int[0];
        }
        int length = clean.shape().size();
        float[] rounded = new float[found.size() * length];
        int next = 0;
        for (Found success : found.values()) {
            for (float pixel : success.pixels) {
                rounded[next++] = AdversarialExample.rounded(pixel);
            }
        }
        Logits logits = model.logits(clean.select(rows()).withPixels(rounded));
        int[] predictions = new int[found.size()];
        Arrays.setAll(predictions, logits::prediction);
        return predictions;
    }

    private int[] rows() {
        return found.keySet().stream().mapToInt(Integer::intValue).toArray();
    }

    /** Returns the successes as examples with all that is known of them. */
    List<AdversarialExample> images(int attack, Classifier model) {
        int[] rounded = predictionsAfterRounding(model);
        List<AdversarialExample> images = new ArrayList<>();
        found.forEach((row, success) -> images.add(new AdversarialExample(
                ball.epsilon(),
                clean.ids()[row],
                clean.labels()[row],
                success.prediction,
                rounded[images.size()],
                attack,
                success.distance,
                cleanPixels(row),
                success.pixels)));
        return images;
    }

    /** Returns the numbers of the successes, given their images. */
    List<ShardResult.Success> successes(List<AdversarialExample> images, Criterion criterion) {
        List<ShardResult.Success> successes = new ArrayList<>();
        found.forEach((row, success) -> {
            AdversarialExample image = images.get(successes.size());
            successes.add(new ShardResult.Success(
                    budget,
                    row,
                    success.prediction,
                    success.confidence,
                    success.distance,
                    !criterion.isMet(image.predictionAfterRounding(), image.label())));
        });
        return successes;
    }

    /** Chooses successes for the report. */
    List<GalleryExample> gallery(GallerySelection selection, Logits cleanLogits) {
        List<GalleryExample> candidates = new ArrayList<>();
        found.forEach((row, success) -> candidates.add(new GalleryExample(
                GalleryExample.Choice.DRAWN,
                ball.epsilon(),
                clean.ids()[row],
                clean.labels()[row],
                cleanLogits.prediction(row),
                cleanLogits.confidence(row),
                success.prediction,
                success.confidence,
                success.distance,
                cleanPixels(row),
                success.pixels)));
        List<GalleryExample> chosen = new ArrayList<>(selection.drawn(candidates));
        chosen.addAll(selection.extremes(candidates));
        return chosen;
    }

    private float[] cleanPixels(int row) {
        int length = clean.shape().size();
        return Arrays.copyOfRange(clean.pixels(), row * length, (row + 1) * length);
    }
}
