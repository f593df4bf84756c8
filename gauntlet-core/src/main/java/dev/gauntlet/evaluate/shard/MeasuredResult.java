package dev.gauntlet.evaluate.shard;

import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;

/**
 * The result of an attack on some examples of a shard, measured in double precision.
 *
 * @param attack the name of the attack
 * @param rows the row in the shard of each example
 * @param changed the examples under attack
 * @param distances how far each is from its clean image
 * @param logits the logits of the model for them
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record MeasuredResult(String attack, int[] rows, Batch changed, double[] distances, Logits logits) {
    private static final Logits UNANSWERED = new Logits(2, new float[0]);

    /** Measures every example and refuses pixels outside [0,1]. */
    static MeasuredResult measured(String attack, Norm norm, int[] rows, Batch clean, Batch changed) {
        int length = clean.shape().size();
        double[] distances = new double[clean.size()];
        for (int i = 0; i < distances.length; i++) {
            int outside = firstOutside(changed.pixels(), i * length, (i + 1) * length);
            if (outside >= 0) {
                throw new IllegalStateException("The attack %s gave example %d a pixel of %s, outside [0,1]."
                        .formatted(attack, clean.ids()[i], changed.pixels()[outside]));
            }
            distances[i] = norm.distance(clean.pixels(), changed.pixels(), i * length, length);
        }
        return new MeasuredResult(attack, rows, changed, distances, UNANSWERED);
    }

    /** Finds the first pixel outside [0,1], counting NaN as outside; -1 if there is none. */
    private static int firstOutside(float[] pixels, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!(pixels[i] >= 0 && pixels[i] <= 1)) {
                return i;
            }
        }
        return -1;
    }

    MeasuredResult answered(Logits answer) {
        return new MeasuredResult(attack, rows, changed, distances, answer);
    }

    /** Returns one of the examples as a success. */
    Found success(int position) {
        int length = changed.shape().size();
        return new Found(
                logits.prediction(position),
                logits.confidence(position),
                distances[position],
                Arrays.copyOfRange(changed.pixels(), position * length, (position + 1) * length));
    }

    /** Refuses results outside the ball. */
    void requireWithin(LpBall ball) {
        for (int i = 0; i < distances.length; i++) {
            if (!ball.allows(distances[i])) {
                throw new IllegalStateException("The attack %s moved example %d by %s, but only %s is allowed in %s."
                        .formatted(
                                attack,
                                changed.ids()[i],
                                distances[i],
                                ball.epsilon(),
                                ball.norm().title()));
            }
        }
    }
}
