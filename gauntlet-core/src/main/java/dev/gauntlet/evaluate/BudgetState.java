package dev.gauntlet.evaluate;

import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The worst that the attacks so far have done with one budget to the examples of a shard. */
final class BudgetState {
    private static final int NOBODY = -1;

    private final LpBall ball;
    private final Batch clean;
    private final boolean[] stands;
    private final int[] predictions;
    private final double[] confidences;
    private final int[] brokenBy;
    private final float[][] adversarial;
    private final double[] distances;
    private final int[] predictionsAfterRounding;
    private double largestDistance;

    BudgetState(LpBall ball, Batch clean) {
        this.ball = ball;
        this.clean = clean;
        stands = new boolean[clean.size()];
        Arrays.fill(stands, true);
        predictions = new int[clean.size()];
        confidences = new double[clean.size()];
        brokenBy = new int[clean.size()];
        Arrays.fill(brokenBy, NOBODY);
        adversarial = new float[clean.size()][];
        distances = new double[clean.size()];
        predictionsAfterRounding = new int[clean.size()];
    }

    LpBall ball() {
        return ball;
    }

    void begin(Logits cleanLogits) {
        for (int row = 0; row < stands.length; row++) {
            predictions[row] = cleanLogits.prediction(row);
            confidences[row] = cleanLogits.confidence(row);
            stands[row] = predictions[row] == clean.labels()[row];
        }
    }

    boolean stands(int row) {
        return stands[row];
    }

    /** Returns the rows that are still to be attacked; all, as long as no clean prediction is known. */
    List<Integer> standing(Plan<?> plan) {
        return IntStream.range(0, stands.length)
                .filter(row -> stands[row] && plan.criterion().appliesTo(clean.labels()[row]))
                .boxed()
                .toList();
    }

    void fall(int row, int attack, MeasuredResult attempt, int example) {
        stands[row] = false;
        brokenBy[row] = attack;
        predictions[row] = attempt.logits().prediction(example);
        confidences[row] = attempt.logits().confidence(example);
        int length = clean.shape().size();
        adversarial[row] = Arrays.copyOfRange(attempt.changed().pixels(), example * length, (example + 1) * length);
        distances[row] = attempt.distances()[example];
        largestDistance = Math.max(largestDistance, distances[row]);
    }

    /** Takes back what the attacks from a number on have done. */
    void forget(int firstAttack, Logits cleanLogits) {
        largestDistance = 0;
        for (int row = 0; row < stands.length; row++) {
            if (brokenBy[row] >= firstAttack) {
                stands[row] = true;
                brokenBy[row] = NOBODY;
                predictions[row] = cleanLogits.prediction(row);
                confidences[row] = cleanLogits.confidence(row);
                distances[row] = 0;
            }
            largestDistance = Math.max(largestDistance, distances[row]);
        }
    }

    /** Counts the successes that are none any more when the image is rounded to 8 bits. */
    int lostByRounding(Classifier model, Criterion criterion) {
        int[] broken = IntStream.range(0, brokenBy.length)
                .filter(row -> brokenBy[row] != NOBODY)
                .toArray();
        if (broken.length == 0) {
            return 0;
        }
        int length = clean.shape().size();
        float[] rounded = new float[broken.length * length];
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = AdversarialExample.rounded(adversarial[broken[i / length]][i % length]);
        }
        Logits logits = model.logits(clean.select(broken).withPixels(rounded));
        int lost = 0;
        for (int i = 0; i < broken.length; i++) {
            int row = broken[i];
            predictionsAfterRounding[row] = logits.prediction(i);
            if (!criterion.isMet(predictionsAfterRounding[row], clean.labels()[row])) {
                lost++;
            }
        }
        return lost;
    }

    Shard.Budget result(GallerySelection gallery, Logits cleanLogits, int lostByRounding) {
        int correct = 0;
        int wrong = 0;
        double confidenceWhenWrong = 0;
        SortedMap<Long, GalleryExample> exhibits = new TreeMap<>();
        for (int row = 0; row < stands.length; row++) {
            if (stands[row]) {
                correct++;
            } else {
                wrong++;
                confidenceWhenWrong += confidences[row];
            }
        }
        for (int row : gallery.order(clean)) {
            if (brokenBy[row] != NOBODY && gallery.hasRoom(exhibits, clean.labels()[row])) {
                exhibits.put(gallery.key(clean.ids()[row]), exhibit(row, cleanLogits));
            }
        }
        List<Shard.Extreme> broken = IntStream.range(0, brokenBy.length)
                .filter(row -> brokenBy[row] != NOBODY)
                .mapToObj(row -> new Shard.Extreme(brokenBy[row], exhibit(row, cleanLogits)))
                .toList();
        return new Shard.Budget(
                predictions,
                brokenBy,
                correct,
                wrong,
                confidenceWhenWrong,
                largestDistance,
                lostByRounding,
                exhibits,
                gallery.extremes(broken));
    }

    /** Returns what the attacks found, once it was rounded. */
    List<AdversarialExample> successes() {
        return IntStream.range(0, brokenBy.length)
                .filter(row -> brokenBy[row] != NOBODY)
                .mapToObj(row -> new AdversarialExample(
                        ball.epsilon(),
                        clean.ids()[row],
                        clean.labels()[row],
                        predictions[row],
                        predictionsAfterRounding[row],
                        brokenBy[row],
                        distances[row],
                        cleanPixels(row),
                        adversarial[row]))
                .toList();
    }

    private float[] cleanPixels(int row) {
        int length = clean.shape().size();
        return Arrays.copyOfRange(clean.pixels(), row * length, (row + 1) * length);
    }

    private GalleryExample exhibit(int row, Logits cleanLogits) {
        return new GalleryExample(
                GalleryExample.Choice.DRAWN,
                ball.epsilon(),
                clean.ids()[row],
                clean.labels()[row],
                cleanLogits.prediction(row),
                cleanLogits.confidence(row),
                predictions[row],
                confidences[row],
                distances[row],
                cleanPixels(row),
                adversarial[row]);
    }
}
