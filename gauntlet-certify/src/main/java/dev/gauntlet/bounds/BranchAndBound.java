package dev.gauntlet.bounds;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.ApgdTargeted;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.certify.Certificate;
import dev.gauntlet.certify.Certification;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.AutoGradMode;
import org.jspecify.annotations.Nullable;

/**
 * Branch and bound on the signs of ReLUs: tries to decide every example.
 *
 * <p>Bunel et al. 2020, "Branch and Bound for Piecewise Linear Neural Network Verification", with the bounds of Wang et
 * al. 2021, "Beta-CROWN". An example that {@link Crown} certifies is not examined further. The others are attacked with
 * APGD-T if the model has a gradient, then the slopes of their relaxations are optimized, and their balls divided. The
 * points at which the bounds are smallest are tried as counterexamples, and between the rounds of the division the example is attacked again.
 *
 * <p>A search that reaches a limit leaves its example undecided, as does one that gains nothing more. With a time limit this
 * depends on the speed of the machine, with a limit of domains it does not; what is certified or broken is true on all.
 *
 * <p>Cost: that of {@link Crown}; for each example that it leaves undecided, also that of APGD-T, a search up to the limit, and
 * 2 to 16 attacks of 200 steps per target after each round of the search that decides nothing.
 *
 * @param time the time limit of the search per example, above 0; absent for none
 * @param domains the maximum number of parts that are bounded per example, checked before each batch of up to 64; at least 1
 * @param bisections how often an evaluation halves the gap between two budgets to find the largest certified epsilon of each
 *     example, from 0 to 30; each is a search of its own
 */
public record BranchAndBound(Optional<Duration> time, int domains, int bisections) implements Certifier {
    /** The default time limit. */
    public static final Duration DEFAULT_TIME = Duration.ofSeconds(10);

    /** The default limit of domains, which takes seconds on a small network. */
    public static final int DEFAULT_DOMAINS = 1000;

    private static final String DOMAINS = "domains";

    /** How often an undecided example is attacked again in the first round. */
    private static final int RUNS = 2;

    /** How often this number is doubled in later rounds. */
    private static final int MOST_DOUBLINGS = 3;

    /** More than the attacks of a round. */
    private static final long SEEDS_OF_A_ROUND = 1000;

    public BranchAndBound {
        time.filter(limit -> limit.isZero() || limit.isNegative()).ifPresent(limit -> {
            throw new GauntletException("A time limit must be longer than 0, got %s; write, for example, 10s."
                    .formatted(limit.toString().substring(2).toLowerCase(Locale.ROOT)));
        });
        if (domains < 1) {
            throw new GauntletException("The limit of domains must be at least 1, got %d.".formatted(domains));
        }
        Bisections.requireValid(bisections);
    }

    /** Creates branch and bound with the default limit of domains, which does not depend on the speed of the machine. */
    public BranchAndBound() {
        this(Optional.empty(), DEFAULT_DOMAINS, 0);
    }

    /**
     * Creates branch and bound with a time limit.
     *
     * @param time the time limit per example, above 0
     */
    public BranchAndBound(Duration time) {
        this(Optional.of(time), Integer.MAX_VALUE, 0);
    }

    @Override
    public boolean isRepeatable() {
        return time.isEmpty();
    }

    @Override
    public Map<String, String> options() {
        Map<String, String> options = new HashMap<>(Bisections.options(bisections));
        options.put(DOMAINS, Integer.toString(domains));
        return options;
    }

    @Override
    public Certifier withOptions(Map<String, String> changes) {
        Bisections.requireKnown(changes, name(), List.of(DOMAINS, Bisections.NAME));
        return new BranchAndBound(
                time,
                Bisections.whole(changes, DOMAINS, name(), domains),
                Bisections.whole(changes, Bisections.NAME, name(), bisections));
    }

    @Override
    public String name() {
        return "complete";
    }

    @Override
    public String title() {
        return "branch and bound";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF, Norm.L2, Norm.L1);
    }

    @Override
    public Certification open(Classifier model) {
        return GraphCertification.open(
                this, model, (graph, batch, region, ball) -> certify(model, graph, batch, region, ball));
    }

    private List<Certificate> certify(Classifier model, BoundGraph graph, Batch batch, Region region, LpBall ball) {
        LinearBounds bounds =
                new LinearBounds(graph, region, batch.labels()).byIntervals().byPasses(Slope.ADAPTIVE, Slope.ZERO);
        ProvedMargins[] proved = bounds.proved();
        float[] @Nullable [] broken = bounds.counterexamples(new Points(model, ball), batch);
        attack(model, batch, ball, proved, broken);
        List<Certificate> certificates = new ArrayList<>();
        for (int row = 0; row < batch.size(); row++) {
            certificates.add(
                    broken[row] != null
                            ? Certificates.broken(batch.ids()[row], proved[row], broken[row], 1)
                            : proved[row].isCertifiedInFloat32()
                                    ? Certificates.of(batch.ids()[row], proved[row], 1)
                                    : decide(
                                            model,
                                            graph,
                                            batch.select(new int[] {row}),
                                            region.of(row),
                                            ball,
                                            proved[row]));
        }
        return certificates;
    }

    /** Attacks the examples that are neither certified nor broken, and adds the counterexamples to those that are known. */
    private static void attack(
            Classifier model, Batch batch, LpBall ball, ProvedMargins[] proved, float[] @Nullable [] broken) {
        int[] open = IntStream.range(0, batch.size())
                .filter(row -> !proved[row].isCertified() && broken[row] == null)
                .toArray();
        if (open.length > 0) {
            float[] @Nullable [] found = attacked(ApgdTargeted.defaults(), model, batch.select(open), ball, 0);
            for (int i = 0; i < open.length; i++) {
                broken[open[i]] = found[i];
            }
        }
    }

    /** Attacks some examples if the model has a gradient; returns a counterexample, or null, for each. */
    private static float[] @Nullable [] attacked(
            ApgdTargeted attack, Classifier model, Batch clean, LpBall ball, long seed) {
        float[] @Nullable [] broken = new float[clean.size()][];
        if (ball.epsilon() > 0 && model instanceof DifferentiableClassifier differentiable) {
            AttackResult result;
            // bounds are computed without gradients
            try (AutoGradMode mode = new AutoGradMode(true)) {
                result = attack.prepare(
                                differentiable, Problem.of(clean, ball.norm()).withSeed(seed))
                        .within(ball.epsilon());
            }
            Points points = new Points(model, ball);
            int length = clean.shape().size();
            for (int i = 0; i < broken.length; i++) {
                float[] image = Arrays.copyOfRange(result.pixels(), i * length, (i + 1) * length);
                if (result.success()[i] && points.isBroken(clean.select(new int[] {i}), image)) {
                    broken[i] = image;
                }
            }
        }
        return broken;
    }

    /** Tries counterexamples for one example. */
    private static final class Trials implements DomainSearch.Trial {
        private final Classifier model;
        private final Batch example;
        private final LpBall ball;
        private final Points points;
        private final BooleanSupplier isOver;
        private float @Nullable [] counterexample;

        Trials(Classifier model, Batch example, LpBall ball, BooleanSupplier isOver) {
            this.model = model;
            this.example = example;
            this.ball = ball;
            this.points = new Points(model, ball);
            this.isOver = isOver;
        }

        float[] counterexample() {
            return Objects.requireNonNull(counterexample);
        }

        @Override
        public boolean isBroken(double[] coefficients) {
            float[] point = points.corner(example.pixels(), coefficients);
            if (points.isBroken(example, point)) {
                counterexample = point;
            }
            return counterexample != null;
        }

        /**
         * Attacks more often from round to round, towards the likeliest rivals up to the last one that is not yet excluded. Each
         * run has one restart, because the time limit is checked only between runs.
         */
        @Override
        public boolean isFound(int round, int[] open) {
            ApgdTargeted defaults = ApgdTargeted.defaults();
            ApgdTargeted attack =
                    new ApgdTargeted(nearest(open), 2 * defaults.steps(), 1, defaults.rho(), defaults.shrinkingBall());
            int runs = RUNS << Math.min(round - 1, MOST_DOUBLINGS);
            for (int run = 0; run < runs && counterexample == null && !isOver.getAsBoolean(); run++) {
                counterexample = attacked(attack, model, example, ball, SEEDS_OF_A_ROUND * round + run)[0];
            }
            return counterexample != null;
        }

        /** Returns how many of the likeliest rivals contain all of some. */
        private int nearest(int[] open) {
            Logits logits = model.logits(example);
            int label = example.labels()[0];
            double least = IntStream.of(open)
                    .mapToDouble(rank -> logits.values()[Rows.rival(rank, label)])
                    .min()
                    .orElse(Double.NEGATIVE_INFINITY);
            return (int) IntStream.range(0, logits.classes())
                    .filter(k -> k != label && logits.values()[k] >= least)
                    .count();
        }
    }

    private Certificate decide(
            Classifier model, BoundGraph graph, Batch example, Region region, LpBall ball, ProvedMargins proved) {
        long begin = System.nanoTime();
        BooleanSupplier isTimeUp = () -> time.filter(limit -> System.nanoTime() - begin > limit.toNanos())
                .isPresent();
        Trials trials = new Trials(model, example, ball, isTimeUp);
        DomainSearch search = new DomainSearch(
                graph,
                region,
                Rows.margins(proved.label(), graph.classes()),
                proved.margins(),
                proved.allDeviations(),
                trials,
                parts -> parts >= domains || isTimeUp.getAsBoolean());
        DomainSearch.Outcome outcome = search.run();
        int id = example.ids()[0];
        ProvedMargins found = proved.with(search.lower());
        return outcome == DomainSearch.Outcome.BROKEN
                ? Certificates.broken(id, found, trials.counterexample(), search.domains())
                : Certificates.of(id, found, search.domains());
    }
}
