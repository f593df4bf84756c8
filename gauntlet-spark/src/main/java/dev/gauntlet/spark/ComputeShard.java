package dev.gauntlet.spark;

import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.shard.ExampleRows;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import java.io.IOException;
import java.util.Optional;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/** Computes a task on an executor. */
final class ComputeShard implements Function<byte[], Answer> {
    private static final long serialVersionUID = 1;

    private final Broadcast<Shipment> shipment;
    private final Broadcast<byte[]> rows;

    ComputeShard(Broadcast<Shipment> shipment, Broadcast<byte[]> rows) {
        this.shipment = shipment;
        this.rows = rows;
    }

    @Override
    public Answer call(byte[] bytes) throws IOException {
        try {
            ShardTask task = ShardTask.of(bytes);
            OpenModels.OpenModel model = OpenModels.take(shipment.value());
            try {
                ShardResult result = model.opening()
                        .open(model.model(), Rows.of(rows), new EndsWhenKilled(TaskContext.get()))
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

    /** The examples that were sent last, read once for all tasks of an executor. */
    private static final class Rows {
        private static String last = "";
        private static Optional<ExampleRows> read = Optional.empty();

        private Rows() {}

        static synchronized ExampleRows of(Broadcast<byte[]> rows) throws IOException {
            // the numbers begin anew with each application, of which a process may have several, one after the other
            String name = SparkEnv.get().conf().getAppId() + " " + rows.id();
            if (read.isEmpty() || !last.equals(name)) {
                read = Optional.of(ExampleRows.of(rows.value()));
                last = name;
            }
            return read.get();
        }
    }
}
