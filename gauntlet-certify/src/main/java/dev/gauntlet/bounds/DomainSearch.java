package dev.gauntlet.bounds;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Decides one example completely, if time allows: raises its margins, then divides the region by the signs of ReLUs.
 *
 * <p>Bunel et al. 2020, "Branch and Bound for Piecewise Linear Neural Network Verification"; Wang et al. 2021,
 * "Beta-CROWN". The bounds of the layers are those of the whole region and are not computed again for its parts.
 */
final class DomainSearch {
    private static final int ITERATIONS_OF_LAYERS = 30;
    private static final int ITERATIONS_OF_MARGINS = 20;
    private static final int ITERATIONS_OF_DOMAINS = 12;

    /** For a part in which all signs are given, whose bound is exact only at the best multipliers. */
    private static final int ITERATIONS_OF_FULLY_DIVIDED = 200;

    private static final double RATE = 0.1;
    private static final double RATE_OF_MARGINS = 0.25;
    private static final int CANDIDATES = 4;
    private static final double SHARE_OF_BETTER_HALF = 0.1;
    private static final int DOMAINS_AT_ONCE = 32;

    /** How many more domains are examined, beyond as many again, for the certificate in 32-bit arithmetic. */
    private static final int EXTRA_DOMAINS = 128;

    /** More would not fit into the memory. */
    private static final int MOST_DOMAINS = 200_000;

    /** Tries the point at which a bound is smallest. */
    @FunctionalInterface
    interface Trial {
        /**
         * Moves from the clean example against some coefficients as far as the adversary may.
         *
         * @param coefficients one per pixel
         * @return whether the model misclassifies the point
         */
        boolean isBroken(double[] coefficients);
    }

    private final BoundGraph graph;
    private final Region region;
    private final double[][] rows;
    private final double[] lower;
    private final double[] targets;
    private final Trial trial;
    private final LongPredicate isOver;
    private long domains = 1;

    /** How a search ended. */
    enum Outcome {
        CERTIFIED,
        BROKEN,
        UNDECIDED
    }

    /**
     * Prepares a search.
     *
     * @param region the region of one example
     * @param rows the coefficients of the margins, each one per logit
     * @param lower what is known of the margins: a lower bound of each
     * @param targets numbers of at least 0 above which the margins are certified in 32-bit arithmetic, too
     * @param trial tries points
     * @param isOver tells by the number of domains so far whether the search must end
     */
    DomainSearch(
            BoundGraph graph,
            Region region,
            double[][] rows,
            double[] lower,
            double[] targets,
            Trial trial,
            LongPredicate isOver) {
        this.graph = graph;
        this.region = region;
        this.rows = rows;
        this.lower = lower.clone();
        this.targets = targets;
        this.trial = trial;
        this.isOver = isOver;
    }

    /** Returns the best known lower bounds of the margins. */
    double[] lower() {
        return lower.clone();
    }

    /** Returns the number of parts that were bounded. */
    long domains() {
        return domains;
    }

    Outcome run() {
        try (PointerScope scope = new PointerScope()) {
            Bounds bounds =
                    Bounds.of(graph, region, Precision.DOUBLE, Slope.ADAPTIVE).raised(this::raise);
            SlopeSearch search = new SlopeSearch(graph, bounds, graph.output());
            int[] left = left();
            if (left.length > 0 && raiseMargins(search, left)) {
                return Outcome.BROKEN;
            }
            // the smallest margin first, because a counterexample is most likely there
            int[] order = Arrays.stream(left())
                    .boxed()
                    .sorted((a, b) -> Double.compare(lower[a], lower[b]))
                    .mapToInt(Integer::intValue)
                    .toArray();
            for (int rank : order) {
                Outcome outcome = divide(search, rank);
                if (outcome != Outcome.CERTIFIED) {
                    return outcome;
                }
            }
            return Outcome.CERTIFIED;
        }
    }

    /** Returns the margins that are not yet proved in 32-bit arithmetic. */
    private int[] left() {
        return IntStream.range(0, lower.length)
                .filter(rank -> !(lower[rank] > targets[rank]))
                .toArray();
    }

    /** Raises the bounds of both sides of some numbers of a layer; stops early when the time is up. */
    private double[] raise(Bounds bounds, int node, int[] places) {
        if (isOver.test(domains)) {
            return new double[0];
        }
        try (PointerScope scope = new PointerScope()) {
            SlopeSearch search = new SlopeSearch(graph, bounds, node - 1);
            if (search.open() == 0) {
                return new double[0];
            }
            return Doubles.read(search.run(
                            pass -> pass.bothSides(node, places),
                            2 * places.length,
                            ITERATIONS_OF_LAYERS,
                            RATE,
                            Double.POSITIVE_INFINITY)
                    .lower());
        }
    }

    private Function<Backward, Tensor> margins(int... ranks) {
        double[] chosen = Arrays.stream(ranks)
                .mapToObj(rank -> rows[rank])
                .flatMapToDouble(Arrays::stream)
                .toArray();
        Tensor start = Doubles.of(chosen, 1, ranks.length, graph.classes());
        return pass -> pass.lower(graph.output(), start);
    }

    /** Raises margins over the whole region; tells whether one of the points where they are smallest is misclassified. */
    private boolean raiseMargins(SlopeSearch search, int[] ranks) {
        try (PointerScope scope = new PointerScope()) {
            SlopeSearch.Result result = search.run(
                    margins(ranks), ranks.length, ITERATIONS_OF_MARGINS, RATE_OF_MARGINS, largestTarget(ranks));
            double[] found = Doubles.read(result.lower());
            for (int i = 0; i < ranks.length; i++) {
                note(ranks[i], found[i]);
            }
            double[] pixels = Doubles.read(result.pixels().expand(1, ranks.length, graph.inputs()));
            for (int i = 0; i < ranks.length; i++) {
                if (!(lower[ranks[i]] > 0)
                        && trial.isBroken(Arrays.copyOfRange(pixels, i * graph.inputs(), (i + 1) * graph.inputs()))) {
                    return true;
                }
            }
            return false;
        }
    }

    private double largestTarget(int[] ranks) {
        return Arrays.stream(ranks).mapToDouble(rank -> targets[rank]).max().orElse(0);
    }

    /** Divides the region until a margin is above 0 in all parts, and goes on for a while to lift it above rounding. */
    private Outcome divide(SlopeSearch search, int rank) {
        Function<Backward, Tensor> begin = margins(rank);
        double target = targets[rank];
        int open = search.open();
        Domain whole = new Domain(lower[rank], new byte[open], search.adaptiveSlopes(), new double[open], -1, 0);
        PriorityQueue<Domain> queue = new PriorityQueue<>();
        List<Domain> first = new ArrayList<>();
        if (examine(search, begin, List.of(whole), target, first)) {
            return Outcome.BROKEN;
        }
        queue.addAll(first);
        double smallestDone = Double.POSITIVE_INFINITY;
        long atProof = -1;
        while (!queue.isEmpty()) {
            double smallest = Math.min(smallestDone, queue.peek().lower());
            note(rank, smallest);
            if (smallest > 0 && atProof < 0) {
                atProof = domains;
            }
            boolean isEnough = smallest > 0 && domains > 2 * atProof + EXTRA_DOMAINS;
            if (smallest > target || isEnough || isOver.test(domains) || queue.size() > MOST_DOMAINS) {
                break;
            }
            List<Domain> halves = new ArrayList<>();
            while (!queue.isEmpty()
                    && halves.size() < 2 * DOMAINS_AT_ONCE
                    && !(queue.peek().lower() > target)) {
                Domain worst = queue.poll();
                if (worst.next() < 0) {
                    // all signs are given, so dividing by them does not help
                    smallestDone = Math.min(smallestDone, worst.lower());
                } else {
                    halves.add(worst.half(1));
                    halves.add(worst.half(-1));
                }
            }
            if (!halves.isEmpty()) {
                List<Domain> found = new ArrayList<>();
                if (examine(search, begin, halves, target, found)) {
                    return Outcome.BROKEN;
                }
                queue.addAll(found);
            }
        }
        double smallest = queue.isEmpty()
                ? smallestDone
                : Math.min(smallestDone, queue.peek().lower());
        note(rank, smallest);
        return lower[rank] > 0 ? Outcome.CERTIFIED : Outcome.UNDECIDED;
    }

    private void note(int rank, double found) {
        // a NaN proves nothing
        if (found > lower[rank]) {
            lower[rank] = found;
        }
    }

    /** Bounds some domains and adds them with their bounds; tells whether a point in one of them is misclassified. */
    private boolean examine(
            SlopeSearch search,
            Function<Backward, Tensor> begin,
            List<Domain> halves,
            double target,
            List<Domain> found) {
        try (PointerScope scope = new PointerScope()) {
            int count = halves.size();
            domains += count;
            SlopeSearch.Result result = search.run(begin, halves, iterations(halves), RATE, target);
            double[] bounds = Doubles.read(result.lower());
            double[][] slopes = joined(result.slopes(), count, search.open());
            double[][] multipliers = joined(result.multipliers(), count, search.open());
            double[] scores = Doubles.read(result.scores());
            double[] coefficients = Doubles.read(result.coefficients());
            List<Domain> bounded = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Domain half = halves.get(i);
                // a NaN proves nothing; the bound of the whole holds in its halves
                double bound = bounds[i] > half.lower() ? bounds[i] : half.lower();
                bounded.add(new Domain(bound, half.signs(), slopes[i], multipliers[i], -1, 0));
            }
            found.addAll(withChoices(search, begin, bounded, scores, coefficients, target));
            return triesCorners(result.pixels(), bounds, count);
        }
    }

    /**
     * Chooses for each domain the ReLU to divide it by: the one that costs the bound most, among a few, if both halves
     * are bounded with the slopes of the whole.
     */
    private List<Domain> withChoices(
            SlopeSearch search,
            Function<Backward, Tensor> begin,
            List<Domain> bounded,
            double[] scores,
            double[] coefficients,
            double target) {
        int open = search.open();
        int[][] candidates = new int[bounded.size()][];
        List<Domain> trials = new ArrayList<>();
        for (int i = 0; i < candidates.length; i++) {
            Domain domain = bounded.get(i);
            candidates[i] = domain.lower() > target
                    ? new int[0]
                    : candidates(domain.signs(), Arrays.copyOfRange(scores, i * open, (i + 1) * open));
            for (int j = 0; candidates[i].length > 1 && j < candidates[i].length; j++) {
                int candidate = candidates[i][j];
                Domain divided = domain.dividedBy(candidate, coefficients[i * open + candidate]);
                trials.add(divided.half(1));
                trials.add(divided.half(-1));
            }
        }
        double[] found = trials.isEmpty() ? new double[0] : quickBounds(search, begin, trials);
        int at = 0;
        List<Domain> chosen = new ArrayList<>();
        for (int i = 0; i < candidates.length; i++) {
            Domain domain = bounded.get(i);
            int next = candidates[i].length == 0 ? -1 : candidates[i][0];
            double best = Double.NEGATIVE_INFINITY;
            for (int j = 0; candidates[i].length > 1 && j < candidates[i].length; j++) {
                double worse = Math.min(found[at], found[at + 1]);
                double better = Math.min(0, Math.max(found[at], found[at + 1]));
                at += 2;
                double value = worse + SHARE_OF_BETTER_HALF * better;
                if (value > best) {
                    best = value;
                    next = candidates[i][j];
                }
            }
            chosen.add(next < 0 ? domain : domain.dividedBy(next, coefficients[i * open + next]));
        }
        return chosen;
    }

    private double[] quickBounds(SlopeSearch search, Function<Backward, Tensor> begin, List<Domain> trials) {
        try (PointerScope scope = new PointerScope()) {
            return Doubles.read(search.run(begin, trials, 0, RATE, 0).lower());
        }
    }

    /** Returns the open ReLUs without a sign that cost the bound most, the most expensive first. */
    private static int[] candidates(byte[] signs, double[] scores) {
        int[] best = new int[CANDIDATES];
        int count = 0;
        for (int j = 0; j < signs.length; j++) {
            if (signs[j] != 0) {
                continue;
            }
            int place = count;
            while (place > 0 && scores[j] > scores[best[place - 1]]) {
                place--;
            }
            if (place < CANDIDATES) {
                int last = Math.min(count, CANDIDATES - 1);
                System.arraycopy(best, place, best, place + 1, last - place);
                best[place] = j;
                count = Math.min(count + 1, CANDIDATES);
            }
        }
        return Arrays.copyOf(best, count);
    }

    private static int iterations(List<Domain> halves) {
        boolean isFullyDivided = halves.stream().anyMatch(half -> {
            for (byte sign : half.signs()) {
                if (sign == 0) {
                    return false;
                }
            }
            return true;
        });
        return isFullyDivided ? ITERATIONS_OF_FULLY_DIVIDED : ITERATIONS_OF_DOMAINS;
    }

    private boolean triesCorners(Tensor pixels, double[] bounds, int count) {
        double[] coefficients = Doubles.read(pixels.expand(count, 1, graph.inputs()));
        for (int i = 0; i < count; i++) {
            if (!(bounds[i] > 0)
                    && trial.isBroken(Arrays.copyOfRange(coefficients, i * graph.inputs(), (i + 1) * graph.inputs()))) {
                return true;
            }
        }
        return false;
    }

    /** Puts the numbers of all layers one after the other, for each domain. */
    private static double[][] joined(List<Tensor> layers, int count, int open) {
        double[][] all = new double[count][open];
        int from = 0;
        for (Tensor layer : layers) {
            int length = Math.toIntExact(layer.size(2));
            double[] values = Doubles.read(layer);
            for (int i = 0; i < count; i++) {
                System.arraycopy(values, i * length, all[i], from, length);
            }
            from += length;
        }
        return all;
    }
}
