package dev.gauntlet.bounds;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
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
    private static final int ITERATIONS_OF_LAYERS = 10;
    private static final int ITERATIONS_OF_MARGINS = 20;
    private static final int ITERATIONS_OF_DOMAINS = 12;

    /** For a part in which all signs are given, whose bound is exact only at the best multipliers. */
    private static final int ITERATIONS_OF_FULLY_DIVIDED = 200;

    private static final double RATE = 0.1;
    private static final double RATE_OF_MARGINS = 0.25;
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
    private final BooleanSupplier isTimeUp;
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
     * @param isTimeUp tells whether the search must end
     */
    DomainSearch(
            BoundGraph graph,
            Region region,
            double[][] rows,
            double[] lower,
            double[] targets,
            Trial trial,
            BooleanSupplier isTimeUp) {
        this.graph = graph;
        this.region = region;
        this.rows = rows;
        this.lower = lower.clone();
        this.targets = targets;
        this.trial = trial;
        this.isTimeUp = isTimeUp;
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
            Bounds bounds = Bounds.of(graph, region, Precision.DOUBLE, Slope.ADAPTIVE).raised(this::raise);
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
        if (isTimeUp.getAsBoolean()) {
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
                        && trial.isBroken(
                                Arrays.copyOfRange(pixels, i * graph.inputs(), (i + 1) * graph.inputs()))) {
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
        Domain whole = new Domain(
                lower[rank], new byte[open], search.adaptiveSlopes(), new double[open], -1);
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
            if (smallest > target || isEnough || isTimeUp.getAsBoolean() || queue.size() > MOST_DOMAINS) {
                break;
            }
            List<Domain> halves = new ArrayList<>();
            while (!queue.isEmpty() && halves.size() < 2 * DOMAINS_AT_ONCE && !(queue.peek().lower() > target)) {
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
        double smallest = queue.isEmpty() ? smallestDone : Math.min(smallestDone, queue.peek().lower());
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
            int open = search.open();
            for (int i = 0; i < count; i++) {
                Domain half = halves.get(i);
                int next = -1;
                for (int j = 0; j < open; j++) {
                    if (half.signs()[j] == 0 && (next < 0 || scores[i * open + j] > scores[i * open + next])) {
                        next = j;
                    }
                }
                // a NaN proves nothing; the bound of the whole holds in its halves
                double bound = bounds[i] > half.lower() ? bounds[i] : half.lower();
                found.add(new Domain(bound, half.signs(), slopes[i], multipliers[i], next));
            }
            return triesCorners(result.pixels(), bounds, count);
        }
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
                    && trial.isBroken(
                            Arrays.copyOfRange(coefficients, i * graph.inputs(), (i + 1) * graph.inputs()))) {
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
