package dev.gauntlet.evaluate.shard;

import dev.gauntlet.attack.Passes;
import dev.gauntlet.data.Batch;
import java.util.function.Supplier;

/** Counts passes on their way to the model. */
final class CountedPasses implements PassWatch {
    private final PassWatch watch;
    private Passes passes = Passes.NONE;

    CountedPasses(PassWatch watch) {
        this.watch = watch;
    }

    @Override
    public <T> T pass(Batch batch, boolean gradient, Supplier<T> pass) {
        T answer = watch.pass(batch, gradient, pass);
        passes = passes.plus(gradient ? Passes.gradients(batch.size()) : Passes.forwards(batch.size()));
        return answer;
    }

    Passes passes() {
        return passes;
    }
}
