package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.evaluate.SuccessSink;
import dev.gauntlet.evaluate.shard.AdversarialExample;
import dev.gauntlet.evaluate.shard.ShardId;
import dev.gauntlet.report.AdversarialFolder;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the adversarial images; once that fails, for instance on a full disk, the evaluation continues without them, as its
 * numbers are worth more.
 */
final class ImagesWhilePossible implements SuccessSink {
    private final AdversarialFolder images;
    private final AtomicReference<@Nullable GauntletException> failure = new AtomicReference<>();

    ImagesWhilePossible(AdversarialFolder images) {
        this.images = images;
    }

    @Override
    public boolean has(ShardId task) {
        return failure.get() != null || images.has(task);
    }

    @Override
    public void keep(ShardId task, List<AdversarialExample> successes) {
        if (failure.get() != null) {
            return;
        }
        try {
            images.keep(task, successes);
        } catch (GauntletException e) {
            failure.compareAndSet(null, e);
        }
    }

    /**
     * Writes the images.
     *
     * @throws GauntletException if they cannot be written, or could not be kept before
     */
    void write(RobustnessReport report) {
        GauntletException before = failure.get();
        if (before != null) {
            throw before;
        }
        images.write(report);
    }
}
