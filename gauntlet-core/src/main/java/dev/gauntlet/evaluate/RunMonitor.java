package dev.gauntlet.evaluate;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.MinimalNormAttack;
import dev.gauntlet.attack.Passes;
import dev.gauntlet.data.Batch;
import dev.gauntlet.evaluate.shard.PassWatch;
import dev.gauntlet.evaluate.shard.ShardId;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import dev.gauntlet.evaluate.shard.ShardWatch;
import dev.gauntlet.evaluate.shard.TimeUp;
import dev.gauntlet.request.Certificates;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Counts the passes of a model during an evaluation, computes the progress from them, and ends the evaluation at its time
 * limit. Work is measured in passes, forward or backward. No result depends on it.
 */
final class RunMonitor implements ShardWatch {
    /** The share of a time limit that is kept for the diagnostics, if they need so much. */
    private static final double DIAGNOSTICS_SHARE = 0.2;

    /** The share of a time limit that is kept for rounding what the attacks found, if it needs so much. */
    private static final double ROUNDING_SHARE = 0.2;

    /** Until this share of the diagnostics is done, their speed is that of the attacks. */
    private static final double FEW_DIAGNOSTICS = 0.05;

    private final TimeLimit time;
    private final EvaluationListener listener;
    private final Plan<?> plan;
    private int classes;
    private int planned;
    private int together = 1;
    private DiagnosticsEstimate diagnostics = DiagnosticsEstimate.NONE;

    /** What the diagnostics cost, at most or as far as it is known. */
    private double diagnosticsWork;

    /** What the diagnostics will cost after the tasks that are given out. */
    private double diagnosticsLater;

    private EvaluationProgress.Stage stage = EvaluationProgress.Stage.CHECKING;
    private long stageStarted;
    private double stageDone;
    private double speed;
    private double share;

    /** The work of this run, and that of an earlier one that a journal has. */
    private double done;

    private double takenOver;

    /** The tasks of this stage that are not begun. */
    private final Map<ShardId, TaskWork> waiting = new HashMap<>();

    /** The tasks of this stage that are begun and have no result yet, in their order. */
    private final SortedMap<ShardId, TaskWork> running = new TreeMap<>();

    /** What the tasks that wait would cost if nothing succeeded. */
    private double statedOfWaiting;

    /** What the other tasks of this stage would have cost if nothing had succeeded. */
    private double statedOfBegun;

    /** What the other tasks of this stage have cost so far. */
    private double doneOfBegun;

    /** What the tasks of this stage that have a result leave to the later stages. */
    private double leftByFinished;

    private int begunImages;
    private int finishedImages;

    RunMonitor(TimeLimit time, EvaluationListener listener, Plan<?> plan) {
        this.time = time;
        this.listener = listener;
        this.plan = plan;
        this.stageStarted = time.elapsedNanos();
    }

    TimeLimit time() {
        return time;
    }

    /** Watches the passes before the attacks that show whether and how fast the model answers. */
    PassWatch checking() {
        return new PassWatch() {
            @Override
            public <T> T pass(Batch batch, boolean gradient, Supplier<T> pass) {
                // how the time grows with the images is only about to be learnt; guessing would end it too soon
                time.require(1, gradient, time.nanos());
                T answer = time.timed(batch, gradient, pass);
                tell();
                return answer;
            }
        };
    }

    /** Watches the passes before the attacks that can be left out if they would take too much of the time. */
    PassWatch checkingAnswers() {
        return new PassWatch() {
            @Override
            public <T> T pass(Batch batch, boolean gradient, Supplier<T> pass) {
                time.require(batch.size(), gradient, TimeLimit.CHECKING_END * time.nanos());
                T answer = time.timed(batch, gradient, pass);
                tell();
                return answer;
            }
        };
    }

    /**
     * Sets the amount of work.
     *
     * @param images how many images the evaluation has
     * @param size how many are computed together at most
     * @param numberOfClasses the number of classes of the model
     * @param estimate what the diagnostics cost
     */
    synchronized void expect(int images, int size, int numberOfClasses, DiagnosticsEstimate estimate) {
        planned = images;
        together = Math.min(images, size);
        classes = numberOfClasses;
        diagnostics = estimate;
        diagnosticsWork = diagnostics.work(1, planned, planned * perExample());
    }

    /**
     * Begins the attacks.
     *
     * @param finished how many images a journal has
     */
    synchronized void attacks(int finished) {
        int toAttack = planned - finished;
        stage(EvaluationProgress.Stage.ATTACKING);
        double seconds = (toAttack * perExample() + diagnosticsWork) * secondsPerExample();
        Duration atMost = Duration.ofNanos((long) Math.min(Long.MAX_VALUE, seconds * TimeLimit.SECOND));
        listener.begins(
                toAttack,
                time.duration().filter(limit -> limit.compareTo(atMost) < 0).orElse(atMost));
        tell();
    }

    /** Begins a block. */
    synchronized void block(Block block) {
        begunImages += block.size();
    }

    /** Begins a stage of some blocks. */
    synchronized void stage(List<ShardTask> tasks) {
        giveOut(tasks.stream().collect(Collectors.toMap(ShardTask::id, TaskWork::new)));
    }

    private void giveOut(Map<ShardId, TaskWork> tasks) {
        running.clear();
        waiting.clear();
        waiting.putAll(tasks);
        statedOfWaiting = tasks.values().stream().mapToDouble(TaskWork::stated).sum();
        statedOfBegun = 0;
        doneOfBegun = 0;
        leftByFinished = 0;
    }

    /**
     * Counts what a task has brought.
     *
     * @param finished how many images are finished now
     */
    synchronized void taken(ShardTask task, ShardResult result, int finished) {
        TaskWork work = begun(task);
        if (!work.isWatched) {
            count(cost(task, result));
        }
        work.take(result);
        running.remove(task.id());
        leftByFinished += work.left();
        finishedImages = finished;
        tell();
    }

    /** Counts the work of a task that a journal has. */
    synchronized void takeOver(ShardTask task, ShardResult result) {
        double cost = cost(task, result);
        takenOver += cost;
        doneOfBegun += cost;
    }

    /** Returns what a task has cost, by its result. */
    private static double cost(ShardTask task, ShardResult result) {
        Optional<ShardResult.Cost> ofSuccesses = result.attacked().map(ShardResult.Attacked::cost);
        if (ofSuccesses.isPresent()) {
            return ofSuccesses.get().forwards() + ofSuccesses.get().backwards();
        } else if (result.outcome() instanceof ShardResult.Probed probed) {
            return probed.cost().total();
        } else if (result.outcome() instanceof ShardResult.Tried tried) {
            return tried.cost().total();
        }
        return task.work() instanceof ShardTask.AskClean clean && result.isFinished() ? clean.ids().length : 0;
    }

    private void count(double passes) {
        done += passes;
        stageDone += passes;
        doneOfBegun += passes;
    }

    /**
     * Begins some of the diagnostics.
     *
     * @param probes the tasks, and about how many passes each makes
     * @param later about how many passes those after them make
     */
    synchronized void diagnostics(Map<ShardTask, Passes> probes, long later) {
        diagnosticsLater = later;
        giveOut(probes.entrySet().stream()
                .collect(Collectors.toMap(
                        probe -> probe.getKey().id(),
                        probe -> new TaskWork(probe.getKey(), probe.getValue().total()))));
        if (stage != EvaluationProgress.Stage.DIAGNOSING) {
            diagnosticsWork = later + statedOfWaiting;
            stage(EvaluationProgress.Stage.DIAGNOSING);
        }
        tell();
    }

    /** Notes that nothing more is done, perhaps sooner than expected. */
    synchronized void end() {
        giveOut(Map.of());
        diagnosticsLater = 0;
        tell();
    }

    @Override
    public synchronized OfTask begin(ShardTask task) {
        TaskWork work = begun(task);
        work.isWatched = true;
        return work;
    }

    private TaskWork begun(ShardTask task) {
        TaskWork work = waiting.remove(task.id());
        if (work == null) {
            return running.computeIfAbsent(task.id(), id -> new TaskWork(task));
        }
        running.put(task.id(), work);
        statedOfWaiting -= work.stated();
        statedOfBegun += work.stated();
        return work;
    }

    /**
     * Returns how long the tasks of this stage may take from now on.
     *
     * @return the time, at least 0; absent without a limit
     */
    synchronized Optional<Duration> timeLeft() {
        if (!time.isPresent()) {
            return Optional.empty();
        }
        double end = stage == EvaluationProgress.Stage.DIAGNOSING ? time.nanos() : attackNanos();
        return Optional.of(Duration.ofNanos((long) Math.max(0, end - time.elapsedNanos())));
    }

    /** Tells whether no attack may go on. */
    synchronized boolean attacksAreOver() {
        return time.isPresent() && time.elapsedNanos() >= attackNanos();
    }

    /** Returns the work of some searches, as the attack states it. */
    private double work(Attack<?> attack, Collection<ShardTask.Search> searches) {
        return searches.stream().mapToDouble(search -> work(attack, search)).sum();
    }

    private double work(Attack<?> attack, ShardTask.Search search) {
        List<Double> epsilons = Arrays.stream(search.budgets())
                .mapToObj(budget -> plan.epsilons().get(budget + 1))
                .toList();
        return search.rows().length
                * (double) attack.passes(plan.norm(), epsilons, classes).total();
    }

    /** Returns the work of the attacks after one, if nothing succeeds any more. */
    private double laterWork(ShardTask.RunAttack work) {
        return work(work, work.attack() + 1);
    }

    /** Returns the work of the attacks from one on, on the examples of a task. */
    private double work(ShardTask.RunAttack open, int first) {
        return plan.attacks().stream()
                .skip(first)
                .mapToDouble(attack -> work(attack, open.searches(attack)))
                .sum();
    }

    /** Returns the work of the attacks after the certificates, if nothing succeeds and nothing more is certified. */
    private double laterWork(ShardTask.Certify work, int[] certified) {
        return plan.certifies(Certificates.Moment.FIRST)
                ? work(
                        new ShardTask.RunAttack(
                                0,
                                work.ids(),
                                work.clean(),
                                IntStream.range(0, work.robust().size())
                                        .mapToObj(budget -> Arrays.stream(
                                                        work.robust().get(budget))
                                                .filter(row -> certified[row] <= budget)
                                                .toArray())
                                        .toList()),
                        0)
                : 0;
    }

    /** Returns the work of an example that withstands everything. */
    private double perExample() {
        int[] all = IntStream.range(0, plan.epsilons().size() - 1).toArray();
        return 1
                + (plan.certificates().isPresent() ? 1 : 0)
                + plan.attacks().stream()
                        .filter(attack -> all.length > 0 || attack instanceof MinimalNormAttack)
                        .mapToDouble(attack -> work(attack, new ShardTask.Search(new int[1], all)))
                        .sum();
    }

    private void stage(EvaluationProgress.Stage next) {
        speed = speed();
        stage = next;
        stageDone = 0;
        stageStarted = time.elapsedNanos();
    }

    /** Returns what a forward pass costs per example if as many are in it as in a shard, in seconds. */
    private double secondsPerExample() {
        return time.seconds(together) / together;
    }

    /** Returns after how long the attacks end, so that there is time left for the diagnostics. */
    private double attackNanos() {
        double needed = diagnosticsWork * secondsPerExample() * TimeLimit.SECOND;
        return attackPassNanos() - Math.min(DIAGNOSTICS_SHARE * time.nanos(), needed);
    }

    /** Returns when the last pass of the attacks has to be over: after it their successes are rounded, in no attack's time. */
    private synchronized double attackPassNanos() {
        double rounding = (plan.epsilons().size() - 1) * time.secondsNow(together) * TimeLimit.SECOND;
        return time.nanos() - Math.min(ROUNDING_SHARE * time.nanos(), rounding);
    }

    /** Returns how much work is done per second. */
    private double speed() {
        double seconds = (time.elapsedNanos() - stageStarted) / TimeLimit.SECOND;
        boolean early = stage == EvaluationProgress.Stage.DIAGNOSING && stageDone < FEW_DIAGNOSTICS * diagnosticsWork;
        return stageDone == 0 || seconds <= 0 || (early && speed > 0) ? speed : stageDone / seconds;
    }

    private double left() {
        double ofBegun = leftByFinished
                + running.values().stream().mapToDouble(TaskWork::left).sum();
        if (stage == EvaluationProgress.Stage.DIAGNOSING) {
            return ofBegun + statedOfWaiting + diagnosticsLater;
        }
        // expect the waiting tasks to cost the same share of what they state as the tasks that are begun
        double left = ofBegun
                + statedOfWaiting * (statedOfBegun == 0 ? 1 : Math.min(1, (doneOfBegun + ofBegun) / statedOfBegun));
        double stated = perExample();
        double perImage = begunImages == 0 ? stated : (takenOver + done + left) / begunImages;
        left += Math.max(0, planned - begunImages) * perImage;
        // what succeeds at once under attack does so in the diagnostics, too
        return left + diagnostics.work(Math.min(1, perImage / stated), planned, takenOver + done + left);
    }

    /** Returns the first task that waits: where another process computes, it may long be at work. */
    private Optional<TaskWork> elsewhere() {
        return waiting.entrySet().stream()
                .min(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .filter(TaskWork::isNamed);
    }

    private synchronized void tell() {
        if (listener != EvaluationListener.NONE) {
            listener.progress(progress());
        }
    }

    private EvaluationProgress progress() {
        if (stage == EvaluationProgress.Stage.CHECKING) {
            return new EvaluationProgress(
                    stage, "", 0, plan.attacks().size(), OptionalDouble.empty(), 0, planned, 0, Optional.empty());
        }
        double left = left();
        double before = takenOver + done;
        double now = before + left == 0 ? 1 : before / (before + left);
        double seconds = left == 0 ? 0 : left / speed();
        if (time.isPresent()) {
            double limit = time.nanos() / TimeLimit.SECOND;
            double elapsed = time.elapsedNanos() / TimeLimit.SECOND;
            if (seconds > limit - elapsed) {
                // the limit comes first
                seconds = Math.max(0, limit - elapsed);
                now = Math.max(now, elapsed / limit);
            }
        }
        share = Math.min(1, Math.max(share, now));
        Optional<Duration> remaining = Double.isFinite(seconds)
                ? Optional.of(Duration.ofMillis((long) Math.min(Long.MAX_VALUE, seconds * 1000)))
                : Optional.empty();
        Optional<TaskWork> first = running.values().stream()
                .filter(task -> !task.isEnded && task.isNamed())
                .findFirst()
                .or(this::elsewhere);
        return new EvaluationProgress(
                stage,
                first.map(TaskWork::name).orElse(""),
                first.map(task -> task.attack).orElse(0),
                plan.attacks().size(),
                first.map(task -> task.epsilon).orElse(OptionalDouble.empty()),
                finishedImages,
                planned,
                share,
                remaining);
    }

    /** The work on one task: what is done, and about how much is left. */
    private final class TaskWork implements OfTask {
        /** How often the number of examples that are still attacked is looked at, as a share of a search. */
        private static final double WINDOW = 0.02;

        private final ShardTask.Work work;
        private final List<ShardTask.Search> searches;
        private final double own;
        private final int attack;
        private boolean isEnded;

        /** Whether its passes are made and counted in this process. */
        private boolean isWatched;

        private OptionalDouble epsilon = OptionalDouble.empty();

        /** What the attacks after this one will cost if nothing succeeds any more. */
        private double laterWork;

        /** What the other searches of this attack will cost. */
        private double otherWork;

        private int rows = 1;
        private double perRow;
        private final Map<Integer, Double> doneOfRow = new HashMap<>();
        private double farthest;
        private double searchDone;
        private double windowStart;
        private double windowDone;

        /** How many of the rows seem to be attacked still. */
        private double active = 1;

        private TaskWork(ShardTask task) {
            work = task.work();
            if (work instanceof ShardTask.RunAttack run) {
                Attack<?> by = plan.attacks().get(run.attack());
                attack = run.attack() + 1;
                searches = run.searches(by);
                own = work(by, searches);
                laterWork = laterWork(run);
            } else if (work instanceof ShardTask.Certify certify) {
                attack = 0;
                searches = List.of();
                rows = certify.ids().length;
                own = rows;
                laterWork = laterWork(certify, new int[rows]);
            } else {
                attack = 0;
                searches = List.of();
                rows = work instanceof ShardTask.AskClean clean ? clean.ids().length : 1;
                own = rows;
                laterWork = rows * (perExample() - 1);
            }
            otherWork = own;
        }

        /** Expects a probe. */
        private TaskWork(ShardTask task, double passes) {
            work = task.work();
            attack = 0;
            searches = List.of();
            own = passes;
            otherWork = passes;
        }

        private double stated() {
            return own + laterWork;
        }

        /** Tells whether the progress names it. */
        private boolean isNamed() {
            return attack > 0 || work instanceof ShardTask.Certify;
        }

        private String name() {
            return attack > 0 ? plan.attacks().get(attack - 1).name() : "certificates";
        }

        @Override
        public void check() {
            if (attacksAreOver()) {
                throw new TimeUp();
            }
            tell();
        }

        @Override
        public void search(int number) {
            synchronized (RunMonitor.this) {
                Attack<?> by = plan.attacks().get(attack - 1);
                double searchWork = work(by, searches.get(number));
                rows = searches.get(number).rows().length;
                perRow = searchWork / rows;
                otherWork = Math.max(0, otherWork - searchWork);
                epsilon = OptionalDouble.empty();
                doneOfRow.clear();
                farthest = 0;
                searchDone = 0;
                windowStart = 0;
                windowDone = 0;
                active = rows;
            }
        }

        @Override
        public void budget(double newEpsilon) {
            synchronized (RunMonitor.this) {
                epsilon = OptionalDouble.of(newEpsilon);
            }
        }

        @Override
        public <T> T pass(Batch batch, boolean gradient, Supplier<T> pass) {
            if (isNamed()) {
                if (attacksAreOver()) {
                    throw new TimeUp();
                }
                time.require(batch.size(), gradient, attackPassNanos());
            } else {
                time.require(batch.size(), gradient, time.nanos());
            }
            T answer = time.timed(batch, gradient, pass);
            synchronized (RunMonitor.this) {
                count(batch, gradient ? 2 : 1);
                tell();
            }
            return answer;
        }

        private void count(Batch batch, double cost) {
            double passed = cost * batch.size();
            RunMonitor.this.count(passed);
            if (!(work instanceof ShardTask.RunAttack)) {
                otherWork = Math.max(0, otherWork - passed);
                return;
            }
            searchDone += passed;
            for (int id : batch.ids()) {
                farthest = Math.max(farthest, doneOfRow.merge(id, cost, Double::sum));
            }
            if (farthest - windowStart >= Math.max(cost, WINDOW * perRow)) {
                active = Math.min(rows, (searchDone - windowDone) / (farthest - windowStart));
                windowStart = farthest;
                windowDone = searchDone;
            }
        }

        @Override
        public void end() {
            synchronized (RunMonitor.this) {
                isEnded = true;
                otherWork = 0;
                perRow = 0;
                tell();
            }
        }

        /** Learns what the later attacks are left with. */
        private void take(ShardResult result) {
            isEnded = true;
            otherWork = 0;
            perRow = 0;
            active = rows;
            if (work instanceof ShardTask.RunAttack run && result.outcome() instanceof ShardResult.Attacked attacked) {
                laterWork = laterWork(without(run, attacked.successes()));
            } else if (work instanceof ShardTask.Certify certify
                    && result.outcome() instanceof ShardResult.Certified proved) {
                laterWork = laterWork(certify, proved.inFloat32());
            }
        }

        /** Returns about how much work is left, if as many examples as now withstand the rest. */
        private double left() {
            return Math.max(0, perRow - farthest) * active + otherWork + laterWork * (active / rows);
        }
    }

    private static ShardTask.RunAttack without(ShardTask.RunAttack run, List<ShardResult.Success> successes) {
        Map<Integer, Set<Integer>> broken = successes.stream()
                .collect(Collectors.groupingBy(
                        ShardResult.Success::budget, Collectors.mapping(ShardResult.Success::row, Collectors.toSet())));
        return new ShardTask.RunAttack(
                run.attack(),
                run.ids(),
                run.clean(),
                IntStream.range(0, run.robust().size())
                        .mapToObj(budget -> Arrays.stream(run.robust().get(budget))
                                .filter(row ->
                                        !broken.getOrDefault(budget, Set.of()).contains(row))
                                .toArray())
                        .toList());
    }
}
