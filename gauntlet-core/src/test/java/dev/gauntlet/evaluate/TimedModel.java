package dev.gauntlet.evaluate;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/** A model with a clock that only its passes move: a time for each call, and one for each example forward, and backward. */
final class TimedModel implements DifferentiableClassifier, LongSupplier {
    private static final long MILLISECOND = 1_000_000;

    private final DifferentiableClassifier model;
    private final long perCall;
    private final long perExample;

    /** Begins anywhere, as clocks do. */
    private final AtomicLong nanoTime = new AtomicLong(-123_456_789);

    /** Creates one that takes a millisecond for each example. */
    TimedModel(DifferentiableClassifier model) {
        this(model, Duration.ZERO, Duration.ofNanos(MILLISECOND));
    }

    TimedModel(DifferentiableClassifier model, Duration perCall, Duration perExample) {
        this.model = model;
        this.perCall = perCall.toNanos();
        this.perExample = perExample.toNanos();
    }

    /** Returns how long everything together took so far. */
    Duration elapsed() {
        return Duration.ofNanos(nanoTime.get() + 123_456_789);
    }

    @Override
    public long getAsLong() {
        return nanoTime.get();
    }

    @Override
    public ModelCard card() {
        return model.card();
    }

    @Override
    public Logits logits(Batch batch) {
        nanoTime.addAndGet(perCall + batch.size() * perExample);
        return model.logits(batch);
    }

    @Override
    public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
        nanoTime.addAndGet(perCall + 2L * batch.size() * perExample);
        return model.gradient(batch, lossOfRow);
    }

    @Override
    public void close() {}
}
