package dev.gauntlet.evaluate;

import dev.gauntlet.data.Batch;
import dev.gauntlet.diagnose.OutputDiagnostics;
import dev.gauntlet.evaluate.shard.TimeUp;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Measures the passes of the model, and ends the work when an evaluation reaches its time limit. */
final class TimeLimit {
    static final double SECOND = 1e9;

    /** The share of a time limit that the first look at the model may take, unless the least look takes longer. */
    private static final double CHECKING_SHARE = 0.05;

    /** This many images show how the time of a pass grows with them: enough to be told from chance, far fewer than a shard. */
    static final int LEAST_LOOK = 5;

    /** How many of these are asked about alone. */
    private static final int LEAST_ALONE = 2;

    /** After this share of a time limit the first look ends, whatever it has seen. */
    static final double CHECKING_END = 0.5;

    /** A shorter pass is not the reason why a limit is too short, in seconds. */
    private static final double NOTABLE = 0.1;

    private final LongSupplier nanoTime;
    private final Optional<Duration> limit;
    private final long started;
    private final PassTimes forwards = new PassTimes();
    private final PassTimes gradients = new PassTimes();

    TimeLimit(LongSupplier nanoTime, Optional<Duration> limit) {
        this.nanoTime = nanoTime;
        this.limit = limit;
        this.started = nanoTime.getAsLong();
    }

    /** Tells whether it has to be seen how long the model takes before it is asked about many images. */
    boolean isPresent() {
        return limit.isPresent();
    }

    Optional<Duration> duration() {
        return limit;
    }

    /** Returns the limit in nanoseconds; infinite if there is none. */
    double nanos() {
        return limit.isPresent() ? limit.get().toNanos() : Double.POSITIVE_INFINITY;
    }

    long elapsedNanos() {
        return nanoTime.getAsLong() - started;
    }

    /** Runs a pass and measures it. */
    <T> T timed(Batch batch, boolean gradient, Supplier<T> pass) {
        long before = nanoTime.getAsLong();
        T answer = pass.get();
        double seconds = (nanoTime.getAsLong() - before) / SECOND;
        synchronized (this) {
            (gradient ? gradients : forwards).add(batch.size(), seconds);
        }
        return answer;
    }

    /**
     * Ends the work if the next pass would exceed the limit.
     *
     * @throws TimeUp if it would not
     */
    synchronized void require(int examples, boolean gradient, double endNanos) {
        if (limit.isEmpty()) {
            return;
        }
        double expected = gradient
                ? gradients.isEmpty() ? 2 * forwards.secondsNow(examples) : gradients.secondsNow(examples)
                : forwards.secondsNow(examples);
        long elapsed = elapsedNanos();
        if (elapsed >= endNanos || elapsed + expected * SECOND > endNanos) {
            throw new TimeUp();
        }
    }

    /** Returns how long a forward pass is expected to take now, in seconds. */
    synchronized double secondsNow(int examples) {
        return forwards.secondsNow(examples);
    }

    /** Returns the shortest time that a forward pass is expected to take, in seconds. */
    synchronized double seconds(int examples) {
        return forwards.seconds(examples);
    }

    /**
     * Tells whether one more pass should show how the time of a pass grows with the images in it, because those so far do
     * not, and there is time for it.
     */
    synchronized boolean hasToLearnMore() {
        return forwards.isFlat() && elapsedNanos() < CHECKING_END * nanos();
    }

    /** Says how far the first look came before the time was up. */
    synchronized String firstLook() {
        if (forwards.isEmpty()) {
            return "before the model had answered for the first images";
        }
        double seconds = forwards.secondsNow(1);
        return "during the first look at the model"
                + (seconds < NOTABLE ? "" : ", which takes about %s for a pass".formatted(spoken(seconds)));
    }

    /** Returns on how many of the images the model may be tried so that most of a time limit is left. */
    synchronized int affordable(int images) {
        int size = images;
        while (limit.isPresent()
                && size > LEAST_LOOK
                && (2 * forwards.seconds(size) + Math.min(OutputDiagnostics.ALONE, size) * forwards.seconds(1)) * SECOND
                        > CHECKING_SHARE * nanos()) {
            size--;
        }
        return size;
    }

    /** Returns how many of the images on which the model is tried may be asked about alone. */
    int alone(int images) {
        return limit.isPresent() && images <= LEAST_LOOK ? LEAST_ALONE : OutputDiagnostics.ALONE;
    }

    /** Says how long some images are expected to take, if the limit is too short for them. */
    String needs(int images) {
        double seconds = secondsNow(images);
        // where the pass itself is short, something else took the time, such as the start of another machine
        return String.format(Locale.ROOT, "%,d images", images)
                + (seconds < NOTABLE ? "" : ", for which it needs about " + spoken(seconds));
    }

    private static String spoken(double seconds) {
        return seconds < 10
                ? String.format(Locale.ROOT, "%.1f s", seconds)
                : String.format(Locale.ROOT, "%,.0f s", seconds);
    }
}
