package dev.gauntlet.evaluate;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.MinimalNormAttack;
import dev.gauntlet.attack.Passes;
import dev.gauntlet.data.Batch;
import dev.gauntlet.diagnose.OutputDiagnostics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Counts the passes of a model during an evaluation, tells from them how far the evaluation is, and ends it when its time is
 * up. Work is measured in passes, forward and backward ones alike. Nothing that is measured depends on it.
 */
final class RunMonitor {
    private static final double SECOND = 1e9;

    /** The share of a time limit that is kept for the diagnostics, if they need so much. */
    private static final double DIAGNOSTICS_SHARE = 0.2;

    /** The share of a time limit that the first look at the model may take, unless the least look takes longer. */
    private static final double CHECKING_SHARE = 0.05;

    /** So many images show how the time of a pass grows with them: enough to be told from chance, far fewer than a shard. */
    static final int LEAST_LOOK = 5;

    /** How many of these are asked about alone. */
    private static final int LEAST_ALONE = 2;

    /** After this share of a time limit the first look ends, whatever it has seen. */
    private static final double CHECKING_END = 0.5;

    /** The share of a time limit that is kept for rounding what the attacks found, if it needs so much. */
    private static final double ROUNDING_SHARE = 0.2;

    /** Until this share of the diagnostics is done, their speed is that of the attacks. */
    private static final double FEW_DIAGNOSTICS = 0.05;

    /** The diagnostics of a model that withstands nothing cost about this share of what they cost at most. */
    private static final double LEAST_EFFORT = 0.3;

    /** A shorter pass is not the reason why a limit is too short, in seconds. */
    private static final double NOTABLE = 0.1;

    private final LongSupplier nanoTime;
    private final EvaluationListener listener;
    private final Optional<Duration> limit;
    private final long started;

    private final Plan<?> plan;
    private int classes;
    private int planned;
    private int shardSize = 1;
    private double diagnosticsWork;

    /** The expected work of the diagnostics that have not begun. */
    private double laterProbes;

    /** What is left of the diagnostic that a thread runs. */
    private final Map<Thread, Double> probeWork = new HashMap<>();

    private EvaluationProgress.Stage stage = EvaluationProgress.Stage.CHECKING;
    private final SortedMap<Integer, ShardWork> running = new TreeMap<>();
    private int finishedImages;
    private double finishedWork;
    private double takenOverWork;
    private double done;
    private double share;
    private double stageDone;
    private long stageStarted;
    private double speed;

    private final PassTimes forwards = new PassTimes();
    private final PassTimes gradients = new PassTimes();

    RunMonitor(LongSupplier nanoTime, EvaluationListener listener, Optional<Duration> limit, Plan<?> plan) {
        this.nanoTime = nanoTime;
        this.listener = listener;
        this.limit = limit;
        this.plan = plan;
        this.started = nanoTime.getAsLong();
        this.stageStarted = started;
    }

    /** Watches the passes before the attacks that show whether and how fast the model answers. */
    PassWatch checking() {
        return new PassWatch() {
            @Override
            public <T> T pass(Batch batch, boolean gradient, Supplier<T> pass) {
                // how the time grows with the images is only about to be learnt; guessing would end it too soon
                requireTime(1, gradient, limitNanos());
                T answer = timed(batch, gradient, pass);
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
                requireTime(batch.size(), gradient, CHECKING_END * limitNanos());
                T answer = timed(batch, gradient, pass);
                tell();
                return answer;
            }
        };
    }

    /** Watches the pass that asks about the clean images of a shard before they are attacked. */
    PassWatch clean(ShardWork work) {
        return new PassWatch() {
            @Override
            public <T> T pass(Batch batch, boolean gradient, Supplier<T> pass) {
                requireTime(batch.size(), gradient, limitNanos());
                return work.counted(batch, gradient, pass);
            }
        };
    }

    /** Watches the passes of the diagnostics. */
    PassWatch diagnosing() {
        return new PassWatch() {
            @Override
            public <T> T pass(Batch batch, boolean gradient, Supplier<T> pass) {
                requireTime(batch.size(), gradient, limitNanos());
                T answer = timed(batch, gradient, pass);
                double work = batch.size() * (gradient ? 2.0 : 1.0);
                synchronized (RunMonitor.this) {
                    count(work);
                    probeWork.computeIfPresent(Thread.currentThread(), (thread, left) -> Math.max(0, left - work));
                    tell();
                }
                return answer;
            }
        };
    }

    /** Tells whether it has to be seen how long the model takes before it is asked about many images. */
    boolean isLimited() {
        return limit.isPresent();
    }

    /**
     * Tells whether one more pass should show how the time of a pass grows with the images in it, because those so far do
     * not, and there is time for it.
     */
    synchronized boolean hasToLearnMore() {
        return forwards.isFlat() && nanoTime.getAsLong() - started < CHECKING_END * limitNanos();
    }

    /** Says how far the first look came before the time was up. */
    synchronized String firstLook() {
        if (forwards.isEmpty()) {
            return "before the model had classified the first images";
        }
        double seconds = forwards.secondsNow(1);
        return "during the first look at the model"
                + (seconds < NOTABLE ? "" : ", which takes about %s per pass".formatted(spoken(seconds)));
    }

    /** Returns on how many of the images the model may be tried so that most of a time limit is left. */
    synchronized int affordable(int images) {
        int size = images;
        while (limit.isPresent()
                && size > LEAST_LOOK
                && (2 * forwards.seconds(size) + Math.min(OutputDiagnostics.ALONE, size) * forwards.seconds(1)) * SECOND
                        > CHECKING_SHARE * limitNanos()) {
            size--;
        }
        return size;
    }

    /** Returns how many of the images on which the model is tried may be asked about alone. */
    int alone(int images) {
        return limit.isPresent() && images <= LEAST_LOOK ? LEAST_ALONE : OutputDiagnostics.ALONE;
    }

    /** Says how long the clean images of a shard are expected to take, if the limit is too short for them. */
    synchronized String cleanNeeds() {
        return String.format(
                Locale.ROOT,
                "%,d images, for which it needs about %s",
                shardSize,
                spoken(forwards.secondsNow(shardSize)));
    }

    private static String spoken(double seconds) {
        return seconds < 10
                ? String.format(Locale.ROOT, "%.1f s", seconds)
                : String.format(Locale.ROOT, "%,.0f s", seconds);
    }

    /**
     * Begins the attacks.
     *
     * @param images how many there are
     * @param toAttack how many of them no journal has
     * @param together how many are computed together at most
     */
    synchronized void attacks(int images, int toAttack, int together, int numberOfClasses, Passes diagnostics) {
        planned = images;
        shardSize = Math.min(images, together);
        classes = numberOfClasses;
        diagnosticsWork = diagnostics.total();
        stage(EvaluationProgress.Stage.ATTACKING);
        double work = toAttack * perExample() + diagnosticsWork;
        double seconds = work * secondsPerExample();
        Duration atMost = Duration.ofNanos((long) Math.min(Long.MAX_VALUE, seconds * SECOND));
        listener.begins(
                toAttack, limit.filter(time -> time.compareTo(atMost) < 0).orElse(atMost));
        tell();
    }

    /** Begins a shard. */
    synchronized ShardWork shard(int number, int size) {
        ShardWork work = new ShardWork(size);
        running.put(number, work);
        return work;
    }

    /** Ends a shard, which counts only if it is finished. */
    synchronized void end(int number, boolean finished) {
        ShardWork work = running.remove(number);
        if (work != null && finished) {
            finishedImages += work.size;
            finishedWork += work.done;
        }
        tell();
    }

    /** Counts a shard that a journal has. */
    synchronized void takeOver(Shard shard) {
        double work = shard.costs().stream()
                .mapToLong(cost -> cost.forwards() + cost.backwards())
                .sum();
        finishedImages += shard.size();
        finishedWork += work;
        takenOverWork += work;
        tell();
    }

    /** Begins the diagnostics, of which it is known now how much there is to do. */
    synchronized void diagnostics(List<Passes> probes) {
        running.clear();
        diagnosticsWork = probes.stream().mapToLong(Passes::total).sum();
        laterProbes = diagnosticsWork;
        stage(EvaluationProgress.Stage.DIAGNOSING);
        tell();
    }

    /** Runs one of the diagnostics in this thread; what it does not need of the expected passes is no work any more. */
    <T> T probe(Passes expected, Supplier<T> probe) {
        synchronized (this) {
            laterProbes -= expected.total();
            probeWork.put(Thread.currentThread(), (double) expected.total());
        }
        try {
            return probe.get();
        } finally {
            synchronized (this) {
                probeWork.remove(Thread.currentThread());
                tell();
            }
        }
    }

    /** Tells whether no attack may go on. */
    synchronized boolean attacksAreOver() {
        return limit.isPresent() && nanoTime.getAsLong() - started >= attackNanos();
    }

    /** Returns the work of one attack for some examples, as the attack states it. */
    double work(Attack<?> attack, int rows, List<Double> epsilons) {
        return epsilons.isEmpty() && !(attack instanceof MinimalNormAttack)
                ? 0
                : (double) rows * attack.passes(plan.norm(), epsilons, classes).total();
    }

    private double perExample() {
        List<Double> epsilons = plan.epsilons().subList(1, plan.epsilons().size());
        return plan.attacks().stream()
                .mapToDouble(attack -> work(attack, 1, epsilons))
                .sum();
    }

    private void stage(EvaluationProgress.Stage next) {
        speed = speed();
        stage = next;
        stageDone = 0;
        stageStarted = nanoTime.getAsLong();
    }

    private <T> T timed(Batch batch, boolean gradient, Supplier<T> pass) {
        long before = nanoTime.getAsLong();
        T answer = pass.get();
        double seconds = (nanoTime.getAsLong() - before) / SECOND;
        synchronized (this) {
            (gradient ? gradients : forwards).add(batch.size(), seconds);
        }
        return answer;
    }

    private double limitNanos() {
        return limit.isPresent() ? limit.get().toNanos() : Double.POSITIVE_INFINITY;
    }

    /** Ends what is being done if the next pass would not be over at the end. */
    private synchronized void requireTime(int examples, boolean gradient, double endNanos) {
        if (limit.isEmpty()) {
            return;
        }
        double expected = gradient
                ? gradients.isEmpty() ? 2 * forwards.secondsNow(examples) : gradients.secondsNow(examples)
                : forwards.secondsNow(examples);
        long elapsed = nanoTime.getAsLong() - started;
        if (elapsed >= endNanos || elapsed + expected * SECOND > endNanos) {
            throw new TimeUp();
        }
    }

    /** Returns what a forward pass costs per example if as many are in it as in a shard, in seconds. */
    private double secondsPerExample() {
        return forwards.seconds(shardSize) / shardSize;
    }

    /** Returns after how long the attacks end, so that there is time left for the diagnostics. */
    private double attackNanos() {
        double needed = diagnosticsWork * secondsPerExample() * SECOND;
        return attackPassNanos() - Math.min(DIAGNOSTICS_SHARE * limitNanos(), needed);
    }

    /** Returns when the last pass of the attacks has to be over: after it their successes are rounded, in no attack's time. */
    private synchronized double attackPassNanos() {
        double rounding = (plan.epsilons().size() - 1) * forwards.secondsNow(shardSize) * SECOND;
        return limitNanos() - Math.min(ROUNDING_SHARE * limitNanos(), rounding);
    }

    private synchronized void count(double work) {
        done += work;
        stageDone += work;
    }

    /** Returns how much work is done per second. */
    private double speed() {
        double seconds = (nanoTime.getAsLong() - stageStarted) / SECOND;
        boolean early = stage == EvaluationProgress.Stage.DIAGNOSING && stageDone < FEW_DIAGNOSTICS * diagnosticsWork;
        return stageDone == 0 || seconds <= 0 || (early && speed > 0) ? speed : stageDone / seconds;
    }

    private double left() {
        if (stage == EvaluationProgress.Stage.DIAGNOSING) {
            return laterProbes
                    + probeWork.values().stream()
                            .mapToDouble(Double::doubleValue)
                            .sum();
        }
        double left = 0;
        double work = finishedWork;
        double images = finishedImages;
        for (ShardWork shard : running.values()) {
            left += shard.left();
            work += shard.done + shard.left();
            images += shard.size;
        }
        double stated = perExample();
        double perImage = images == 0 ? stated : work / images;
        // what succeeds at once under attack does so in the diagnostics, too
        double effort = stated == 0 ? 1 : Math.max(LEAST_EFFORT, Math.min(1, perImage / stated));
        return left + Math.max(0, planned - images) * perImage + diagnosticsWork * effort;
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
        double before = takenOverWork + done;
        double now = before + left == 0 ? 1 : before / (before + left);
        double pace = speed();
        double seconds = left == 0 ? 0 : left / pace;
        if (limit.isPresent()) {
            double time = limit.get().toNanos() / SECOND;
            double elapsed = (nanoTime.getAsLong() - started) / SECOND;
            if (seconds > time - elapsed) {
                // the limit comes first
                seconds = Math.max(0, time - elapsed);
                now = Math.max(now, elapsed / time);
            }
        }
        share = Math.min(1, Math.max(share, now));
        Optional<Duration> remaining = Double.isFinite(seconds)
                ? Optional.of(Duration.ofMillis((long) Math.min(Long.MAX_VALUE, seconds * 1000)))
                : Optional.empty();
        Optional<ShardWork> first =
                running.values().stream().filter(shard -> shard.attack > 0).findFirst();
        return new EvaluationProgress(
                stage,
                first.map(shard -> plan.attacks().get(shard.attack - 1).name()).orElse(""),
                first.map(shard -> shard.attack).orElse(0),
                plan.attacks().size(),
                first.map(shard -> shard.epsilon).orElse(OptionalDouble.empty()),
                finishedImages,
                planned,
                share,
                remaining);
    }

    /** The work on one shard: what is done, and about how much is left. */
    final class ShardWork implements PassWatch {
        /** How often the number of examples that are still attacked is looked at, as a share of a search. */
        private static final double WINDOW = 0.02;

        private final int size;
        private int attack;
        private OptionalDouble epsilon = OptionalDouble.empty();
        private double done;

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

        private ShardWork(int size) {
            this.size = size;
            this.laterWork = size * perExample();
        }

        /**
         * Notes that a search begins.
         *
         * @param number the attack, counted from 0
         * @param numberOfRows how many examples it is for
         * @param searchWork its work if they all withstand it
         * @param other that of the attack's other searches
         * @param later that of the attacks after this one
         */
        void search(int number, int numberOfRows, double searchWork, double other, double later) {
            synchronized (RunMonitor.this) {
                attack = number + 1;
                epsilon = OptionalDouble.empty();
                rows = numberOfRows;
                perRow = searchWork / numberOfRows;
                otherWork = other;
                laterWork = later;
                doneOfRow.clear();
                farthest = 0;
                searchDone = 0;
                windowStart = 0;
                windowDone = 0;
                active = numberOfRows;
            }
        }

        /** Notes that a search turns to a budget. */
        void budget(double newEpsilon) {
            synchronized (RunMonitor.this) {
                epsilon = OptionalDouble.of(newEpsilon);
            }
        }

        @Override
        public <T> T pass(Batch batch, boolean gradient, Supplier<T> pass) {
            if (attacksAreOver()) {
                throw new TimeUp();
            }
            requireTime(batch.size(), gradient, attackPassNanos());
            return counted(batch, gradient, pass);
        }

        private <T> T counted(Batch batch, boolean gradient, Supplier<T> pass) {
            T answer = timed(batch, gradient, pass);
            double cost = gradient ? 2 : 1;
            synchronized (RunMonitor.this) {
                count(cost * batch.size());
                done += cost * batch.size();
                searchDone += cost * batch.size();
                for (int id : batch.ids()) {
                    farthest = Math.max(farthest, doneOfRow.merge(id, cost, Double::sum));
                }
                if (farthest - windowStart >= Math.max(cost, WINDOW * perRow)) {
                    active = Math.min(rows, (searchDone - windowDone) / (farthest - windowStart));
                    windowStart = farthest;
                    windowDone = searchDone;
                }
                tell();
            }
            return answer;
        }

        /** Returns about how much work is left, if as many examples as now withstand the rest. */
        private double left() {
            return Math.max(0, perRow - farthest) * active + otherWork + laterWork * (active / rows);
        }
    }
}
