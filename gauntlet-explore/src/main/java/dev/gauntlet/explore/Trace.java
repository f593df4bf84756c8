package dev.gauntlet.explore;

import dev.gauntlet.data.Batch;
import dev.gauntlet.evaluate.shard.ShardWatch;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Targeted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Watches the queries of an attack on one image, as the evaluator passes them on to the model: no attack is changed to be
 * watched.
 *
 * <p>Of a query with several images, such as those of a population, the one that is closest to a success is kept. If there
 * are too many queries, every second one is dropped, again and again.
 */
final class Trace implements ShardWatch.OfTask {
    /** The numbers of all images that are kept. */
    private static final int NUMBERS = 2_000_000;

    private static final int MOST = 300;
    private static final int FEWEST = 8;

    /**
     * One query of an attack.
     *
     * @param number its number among the queries, from 1; 0 is the clean image
     * @param images how many images it was about
     * @param withGradient whether the attack asked for a gradient
     * @param loss the loss that the attack climbs, where it asked for its gradient
     * @param margin how far the image is from a success; negative for a success
     * @param answer what the model said
     * @param pixels the image
     */
    record Query(
            int number,
            int images,
            boolean withGradient,
            @Nullable Double loss,
            double margin,
            Answer answer,
            float[] pixels) {}

    private final Batch clean;
    private final Criterion criterion;
    private final LpBall ball;
    private final Job job;
    private final long expected;
    private final String what;
    private final int most;
    private final List<Query> kept = new ArrayList<>();
    private @Nullable Query last;
    private @Nullable Query before;
    private @Nullable Query nearest;
    private int every = 1;
    private int queries;
    private long images;

    /**
     * Begins to watch.
     *
     * @param expected about how many images will be asked about
     * @param what what is being done, for the progress
     */
    Trace(Batch clean, Criterion criterion, LpBall ball, Job job, long expected, String what) {
        this.clean = clean;
        this.criterion = criterion;
        this.ball = ball;
        this.job = job;
        this.expected = Math.max(1, expected);
        this.what = what;
        this.most = Math.max(FEWEST, Math.min(MOST, NUMBERS / clean.shape().size()));
    }

    @Override
    public <T> T pass(Batch batch, boolean gradient, Supplier<T> pass) {
        job.check();
        T answer = pass.get();
        if (answer instanceof Gradient given) {
            note(batch, given.logits(), given.losses());
        } else if (answer instanceof Logits logits) {
            note(batch, logits, null);
        }
        job.progress((double) images / expected, what);
        return answer;
    }

    private void note(Batch batch, Logits logits, double @Nullable [] losses) {
        queries++;
        images += batch.size();
        int best = -1;
        double smallest = Double.POSITIVE_INFINITY;
        for (int row = 0; row < batch.size(); row++) {
            double margin = margin(logits, row);
            if (margin < smallest) {
                smallest = margin;
                best = row;
            }
        }
        if (best < 0) {
            // NaN, of which the evaluator will complain
            return;
        }
        int length = batch.shape().size();
        Query query = new Query(
                queries,
                batch.size(),
                losses != null,
                losses == null || !Double.isFinite(losses[best]) ? null : losses[best],
                smallest,
                Answer.of(logits, best),
                Arrays.copyOfRange(batch.pixels(), best * length, (best + 1) * length));
        before = last;
        last = query;
        if (isAllowed(query.pixels) && (nearest == null || smallest < nearest.margin)) {
            nearest = query;
        }
        if (queries % every == 0) {
            kept.add(query);
        }
        if (kept.size() > most) {
            every *= 2;
            kept.removeIf(old -> old.number % every != 0);
        }
    }

    /** Tells whether the adversary may use an image; an attack may look at others. */
    private boolean isAllowed(float[] pixels) {
        for (float pixel : pixels) {
            if (!(pixel >= 0 && pixel <= 1)) {
                return false;
            }
        }
        return ball.allows(ball.norm().distance(clean.pixels(), pixels, 0, pixels.length));
    }

    /** Returns how far logits are from a success of the adversary; at least 0 exactly where they are none, but for ties. */
    double margin(Logits logits, int row) {
        int classes = logits.classes();
        int label = clean.labels()[0];
        // what the adversary wants to lower, or to raise
        int pivot = criterion instanceof Targeted targeted ? targeted.target(label) : label;
        double other = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < classes; k++) {
            if (k != pivot) {
                other = Math.max(other, logits.values()[row * classes + k]);
            }
        }
        double margin = logits.values()[row * classes + pivot] - other;
        return criterion instanceof Targeted ? -margin : margin;
    }

    /** Forgets the last query if it repeats the one before, as where the evaluator itself asks about the result of an attack. */
    void forgetRepeated() {
        if (last != null
                && before != null
                && last.images == 1
                && !last.withGradient
                && Arrays.equals(last.pixels, before.pixels)) {
            int repeated = last.number;
            kept.removeIf(query -> query.number == repeated);
            last = before;
            before = null;
            queries--;
        }
    }

    /** Returns how many queries there were. */
    int queries() {
        return queries;
    }

    /** Returns how many images they were about. */
    long images() {
        return images;
    }

    /** Returns of how many queries one was kept. */
    int every() {
        return every;
    }

    /** Returns the queries that were kept, always with the last one. */
    List<Query> kept() {
        List<Query> all = new ArrayList<>(kept);
        if (last != null && (all.isEmpty() || all.get(all.size() - 1).number != last.number)) {
            all.add(last);
        }
        return all;
    }

    /** Returns the image nearest to a success among those that the adversary may use. */
    Optional<Query> nearest() {
        return Optional.ofNullable(nearest);
    }
}
