package dev.gauntlet.spark;

import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.shard.ExampleRows;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/** Computes a task on an executor. */
final class ComputeShard implements Function<ComputeShard.Work, Answer> {
    private static final long serialVersionUID = 1;

    private final Broadcast<Shipment> shipment;
    private final ArrayList<Broadcast<byte[]>> parts;

    /**
     * A task.
     *
     * @param task the {@link ShardTask}
     * @param parts the places of the parts that have its images
     */
    record Work(byte[] task, int[] parts) implements Serializable {}

    /**
     * Prepares the computation.
     *
     * @param shipment the evaluation
     * @param parts its images
     */
    ComputeShard(Broadcast<Shipment> shipment, List<Broadcast<byte[]>> parts) {
        this.shipment = shipment;
        this.parts = new ArrayList<>(parts);
    }

    @Override
    public Answer call(Work work) throws IOException {
        try {
            ShardTask task = ShardTask.of(work.task());
            ExampleRows rows = ReceivedRows.of(
                    Arrays.stream(work.parts()).mapToObj(parts::get).toList(),
                    task.work().examples());
            OpenModels.OpenModel model = OpenModels.take(shipment.value());
            try {
                ShardResult result = model.opening()
                        .open(model.model(), rows, new EndsWhenKilled(TaskContext.get()))
                        .compute(task);
                ResultCheck.report(task, result);
                return Answer.of(result);
            } finally {
                OpenModels.giveBack(model);
            }
        } catch (GauntletException e) {
            // it would fail anywhere else and again
            return Answer.failed("The executor on %s: %s".formatted(Host.description(), e.getMessage()));
        } catch (LinkageError e) {
            return Answer.failed("The executor on %s cannot load a library: %s.".formatted(Host.description(), e));
        }
    }
}
