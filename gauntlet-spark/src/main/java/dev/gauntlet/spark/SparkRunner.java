package dev.gauntlet.spark;

import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.ClusterRunner;
import dev.gauntlet.evaluate.StageTasks;
import dev.gauntlet.evaluate.shard.ShardResult;
import java.io.Serializable;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.SimpleFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * Computes the tasks of an evaluation on an Apache Spark cluster, with the digits of one machine.
 *
 * <p>Every stage of the evaluation is a job of Spark, and every task of the stage a task of Spark. The executors get the model and
 * the images by broadcast; each opens the model once and computes on one thread a task. A task whose executor is lost is
 * computed again; results of a task that was computed twice are compared byte for byte if {@link ResultCheck} is in {@code
 * spark.plugins}.
 *
 * <p>A runner runs one evaluation at a time.
 *
 * <p>Errors: a task that cannot succeed anywhere ends the run with the error of the first such task, as on one machine.
 *
 * <p>Example: {@code Evaluator.on(SparkRunner.of(context)).evaluate(model, test, request)}.
 */
public final class SparkRunner implements ClusterRunner {
    /** How often it is looked at whether the time is up or the job has failed. */
    private static final Duration LOOK = Duration.ofMillis(100);

    /** What the end of an executor sounds like that nobody needs to know of. */
    private static final Pattern WANTED_END = Pattern.compile(
            "idle|killed by driver|decommission|Requesting driver to remove|shut ?down", Pattern.CASE_INSENSITIVE);

    /** How long it may take until the first executor starts before a user is told. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** More hosts than these are only counted. */
    private static final int NAMED_HOSTS = 4;

    private final JavaSparkContext spark;
    private final boolean isOwn;
    private final Consumer<String> notices;
    private final SortedSet<String> hosts = new TreeSet<>();
    private final Set<String> executors = new HashSet<>();
    private boolean isPatient = true;
    private Optional<Broadcast<Shipment>> shipment = Optional.empty();
    private final SentRows rows = new SentRows();

    private SparkRunner(JavaSparkContext spark, boolean isOwn, Consumer<String> notices) {
        this.spark = spark;
        this.isOwn = isOwn;
        this.notices = notices;
        spark.sc().addSparkListener(new SparkListener() {
            @Override
            public void onExecutorRemoved(SparkListenerExecutorRemoved event) {
                sayLost(event);
            }
        });
    }

    /**
     * Creates a runner that uses a Spark context; {@link #close} leaves the context as it is.
     *
     * @param spark the context
     * @return the runner
     */
    public static SparkRunner of(JavaSparkContext spark) {
        return new SparkRunner(spark, false, notice -> {});
    }

    /** Creates a runner that stops the context when it is closed. */
    static SparkRunner owning(JavaSparkContext spark, Consumer<String> notices) {
        return new SparkRunner(spark, true, notices);
    }

    @Override
    public int workers() {
        int cpus = spark.getConf().getInt("spark.task.cpus", 1);
        return Math.max(1, spark.defaultParallelism() / cpus);
    }

    @Override
    public Optional<String> cluster() {
        String where = hosts.size() <= NAMED_HOSTS
                ? String.join(", ", hosts)
                : "%s and %d more"
                        .formatted(
                                hosts.stream().limit(NAMED_HOSTS).collect(Collectors.joining(", ")),
                                hosts.size() - NAMED_HOSTS);
        String who = spark.isLocal()
                ? "on threads of " + where
                : "%d %s on %s".formatted(executors.size(), executors.size() == 1 ? "executor" : "executors", where);
        return Optional.of("Apache Spark %s, %s, %s".formatted(spark.version(), spark.master(), who));
    }

    @Override
    public void run(StageTasks stage, Consumer<ShardResult> sink) {
        Broadcast<Shipment> sent = shipment(stage);
        BitSet needed = new BitSet();
        stage.tasks().forEach(task -> Arrays.stream(task.work().examples()).forEach(needed::set));
        rows.send(spark, stage.examples().data(), needed);
        ComputeShard compute = new ComputeShard(sent, rows.parts());
        List<ComputeShard.Work> tasks = stage.tasks().stream()
                .map(task -> new ComputeShard.Work(
                        task.bytes(), rows.places(task.work().examples())))
                .toList();
        String title = JobTitle.of(stage.opening().request(), stage.tasks().get(0));
        spark.sc().setJobDescription(title);
        spark.sc().setCallSite(title);
        BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
        try {
            JavaRDD<Answer> answers = spark.parallelize(tasks, tasks.size()).map(compute);
            SimpleFutureAction<Object> job = spark.sc()
                    .submitJob(
                            answers.rdd(),
                            new OnlyAnswer(),
                            CollectionConverters.asScala(IntStream.range(0, tasks.size())
                                            .<Object>mapToObj(number -> number)
                                            .toList())
                                    .toSeq(),
                            (number, answer) -> {
                                arrivals.add(new Arrival((Integer) number, answer));
                                return BoxedUnit.UNIT;
                            },
                            () -> BoxedUnit.UNIT);
            try {
                collect(stage, job, arrivals, sink);
            } finally {
                if (!job.isCompleted()) {
                    job.cancel();
                }
            }
        } catch (IllegalStateException e) {
            if (spark.sc().isStopped()) {
                throw new GauntletException(
                        "Spark has ended the connection to %s; run the evaluation again.".formatted(spark.master()), e);
            }
            throw e;
        } finally {
            spark.sc().setJobDescription(null);
            spark.sc().clearCallSite();
        }
    }

    /** The answer for the task of a number. */
    private record Arrival(int number, Answer answer) {
        void take(SortedMap<Integer, String> failures, Consumer<ShardResult> sink) {
            if (answer.failure() != null) {
                failures.put(number, answer.failure());
            } else if (failures.isEmpty()) {
                sink.accept(answer.read());
            }
        }
    }

    /** Takes the answer out of a partition, which has one. */
    private static final class OnlyAnswer extends AbstractFunction1<Iterator<Answer>, Answer> implements Serializable {
        private static final long serialVersionUID = 1;

        @Override
        public Answer apply(Iterator<Answer> answers) {
            return answers.next();
        }
    }

    private void collect(
            StageTasks stage,
            SimpleFutureAction<Object> job,
            BlockingQueue<Arrival> arrivals,
            Consumer<ShardResult> sink) {
        long begun = System.nanoTime();
        BitSet open = new BitSet();
        open.set(0, stage.tasks().size());
        SortedMap<Integer, String> failures = new TreeMap<>();
        // after a failure, the tasks before it are waited for, so that the error is the same one on any cluster
        while (open.nextSetBit(0) >= 0 && (failures.isEmpty() || open.nextSetBit(0) < failures.firstKey())) {
            requireAgreement();
            boolean isOver = job.isCompleted();
            Optional<Arrival> arrival = next(arrivals);
            if (arrival.isPresent()) {
                open.clear(arrival.get().number());
                executors.add(arrival.get().answer().executor());
                hosts.add(arrival.get().answer().host());
                arrival.get().take(failures, sink);
            } else if (isOver) {
                throw failed(job);
            } else if (stage.timeLeft().get().filter(Duration::isZero).isPresent()) {
                open.stream()
                        .mapToObj(number -> stage.tasks().get(number).id())
                        .forEach(id -> sink.accept(new ShardResult(id, new ShardResult.TimeIsUp())));
                return;
            } else {
                sayIfNobodyStarts(System.nanoTime() - begun);
            }
        }
        requireAgreement();
        if (!failures.isEmpty()) {
            throw new GauntletException(failures.values().iterator().next());
        }
    }

    private static void requireAgreement() {
        ResultCheck.disagreement().ifPresent(reason -> {
            throw new GauntletException(reason);
        });
    }

    private static Optional<Arrival> next(BlockingQueue<Arrival> arrivals) {
        try {
            return Optional.ofNullable(arrivals.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GauntletException("The evaluation was interrupted; run it again.", e);
        }
    }

    /** Says in a line why Spark gave up. */
    private GauntletException failed(SimpleFutureAction<Object> job) {
        Throwable cause = job.value().get().failed().get();
        if (spark.sc().isStopped()) {
            return new GauntletException(
                    "The connection to Spark at %s has ended; run the evaluation again.".formatted(spark.master()),
                    cause);
        }
        return new GauntletException(Failure.explain(cause.getMessage()), cause);
    }

    private void sayIfNobodyStarts(long nanos) {
        boolean isDriverAlone = spark.sc().getExecutorMemoryStatus().size() <= 1;
        if (isPatient && nanos > PATIENCE.toNanos() && isDriverAlone && !spark.isLocal()) {
            isPatient = false;
            notices.accept(
                    "Spark at %s has not started an executor yet; it may be busy, or have none with enough memory and cores."
                            .formatted(spark.master()));
        }
    }

    private void sayLost(SparkListenerExecutorRemoved event) {
        String reason = event.reason();
        boolean isWanted = WANTED_END.matcher(reason).find() || spark.sc().isStopped();
        if (!isWanted) {
            notices.accept("Spark has lost the executor %s (%s); its tasks are computed again."
                    .formatted(event.executorId(), Failure.firstLine(reason)));
        }
    }

    /** Sends the model, once for an evaluation. */
    private Broadcast<Shipment> shipment(StageTasks stage) {
        String evaluation = stage.opening().evaluation();
        if (shipment.isEmpty() || !shipment.get().value().evaluation().equals(evaluation)) {
            forget();
            shipment = Optional.of(spark.broadcast(
                    Shipment.of(stage.opening(), stage.examples().data())));
        }
        return shipment.get();
    }

    /** Forgets what was sent for an evaluation. */
    private void forget() {
        ResultCheck.forget();
        shipment.ifPresent(Broadcast::destroy);
        shipment = Optional.empty();
        rows.forget();
    }

    @Override
    public void close() {
        if (isOwn) {
            spark.close();
        } else {
            forget();
        }
    }
}
