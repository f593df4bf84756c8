package dev.gauntlet.spark;

import dev.gauntlet.Sha256;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.jspecify.annotations.Nullable;

/**
 * Compares the results of a task that Spark computes more than once: because it was slow, or because its executor was lost.
 *
 * <p>Spark drops all results but the first, so each executor tells the driver the checksum of a result before it gives it back.
 * Spark loads this class by its name in {@code spark.plugins}.
 */
public final class ResultCheck implements SparkPlugin {
    /** Where the executor of this process sends its reports, if it has any. */
    private static volatile Optional<PluginContext> executor = Optional.empty();

    /** The first reports of each task of the evaluation that runs, in the process of the driver. */
    private static final Map<String, Report> FIRST = new HashMap<>();

    private static Optional<String> disagreement = Optional.empty();

    /** What an executor says of a result. */
    record Report(String task, String sha256, String host, String processor) implements Serializable {
        String where() {
            return "%s (%s)".formatted(host, processor);
        }
    }

    @Override
    public DriverPlugin driverPlugin() {
        return new DriverPlugin() {
            @Override
            public Map<String, String> init(SparkContext context, PluginContext plugin) {
                forget();
                return Map.of();
            }

            @Override
            public @Nullable Object receive(Object message) {
                take((Report) message);
                return null;
            }
        };
    }

    @Override
    public ExecutorPlugin executorPlugin() {
        return new ExecutorPlugin() {
            @Override
            public void init(PluginContext context, Map<String, String> configuration) {
                executor = Optional.of(context);
            }

            @Override
            public void shutdown() {
                executor = Optional.empty();
                OpenModels.closeAll();
            }
        };
    }

    /** Tells the driver which result a task has, if the driver compares results. */
    static void report(ShardTask task, ShardResult result) {
        if (executor.isEmpty()) {
            return;
        }
        Report report = new Report(
                task.checksum(),
                Sha256.of(result.bytes()),
                Host.name(),
                RobustnessReport.Provenance.current().processor());
        try {
            executor.get().ask(report);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            throw new IllegalStateException("The driver does not answer.", e);
        }
    }

    /** Compares a report with the first one of the same task. */
    static synchronized void take(Report report) {
        Report first = FIRST.putIfAbsent(report.task(), report);
        if (first != null && !first.sha256().equals(report.sha256())) {
            disagreement = Optional.of(
                    "A part of the evaluation was computed twice and gave different results, on %s and on %s; use machines whose processors are of the same kind."
                            .formatted(first.where(), report.where()));
        }
    }

    /** Says which two results of a task differ, if there are any. */
    static synchronized Optional<String> disagreement() {
        return disagreement;
    }

    /** Forgets the results of an evaluation that is over. */
    static synchronized void forget() {
        FIRST.clear();
        disagreement = Optional.empty();
    }
}
