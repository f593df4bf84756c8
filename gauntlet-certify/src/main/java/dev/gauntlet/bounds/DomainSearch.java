package dev.gauntlet.bounds;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Decides one example completely, if time allows: raises its margins, then divides the region by the signs of ReLUs.
 *
 * <p>If some hundred parts are not enough, the bounds of the layers are tightened in the same way, by dividing the region
 * until the sign of a number is known, and the division of the margins begins again with these; then more parts are
 * allowed, and so on, as long as this raises the margins.
 */
final class DomainSearch {
    private static final int ITERATIONS_OF_LAYERS = 30;
    private static final int ITERATIONS_OF_MARGINS = 40;
    private static final double RATE = 0.1;

    /** The parts of a margin in the first round. */
    private static final long FIRST_PARTS = 512;

    /** The parts of all numbers of a layer together in the second round; few numbers get many parts each. */
    private static final long FIRST_PARTS_OF_LAYERS = 2048;

    private static final long FEWEST_PARTS = 8;

    /** By how much both grow from round to round. */
    private static final int GROWTH = 4;

    private static final int ROUNDS = 12;

    /** By which share of itself the smallest margin must rise from round to round for tighter layers to be worth it. */
    private static final double WORTHWHILE = 0.2;

    /** Points with a larger margin, relative to the logits, are not tried. */
    private static final double NEARLY = 1e-3;

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

        /**
         * Searches for a misclassified point by other means, harder from round to round.
         *
         * @param round the round that ended without a decision, from 1
         * @param open the margins that are not yet proved, by their rows
         * @return whether one was found
         */
        default boolean isFound(int round, int[] open) {
            return false;
        }
    }

    private final List<BoundGraph> smaller = new ArrayList<>();
    private BoundGraph graph;
    private final Region region;
    private final double[][] rows;
    private final double[] lower;
    private final double[] targets;
    private final Trial trial;
    private final LongPredicate isOver;
    private long domains = 1;

    /** The smallest margin over the whole region, as raised in the last round. */
    private double smallestRaised = Double.NEGATIVE_INFINITY;

    private long partsOfMargins;

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
        try {
            return search();
        } finally {
            smaller.forEach(BoundGraph::close);
        }
    }

    private Outcome search() {
        try (PointerScope scope = new PointerScope()) {
            Bounds passes = pruned(Bounds.of(graph, region, Precision.DOUBLE, Slope.ADAPTIVE));
            Bounds bounds = pruned(passes.raised((given, node, places) -> raise(given, node, places, 0)));
            long parts = FIRST_PARTS;
            long partsOfLayers = FIRST_PARTS_OF_LAYERS;
            for (int round = 1; ; round++) {
                Outcome outcome = decide(bounds, round == ROUNDS ? Long.MAX_VALUE : parts);
                boolean isLast = partsOfMargins == Long.MAX_VALUE;
                if (outcome != Outcome.UNDECIDED || isOver.test(domains) || isLast) {
                    return outcome;
                }
                if (trial.isFound(round, left())) {
                    return Outcome.BROKEN;
                }
                long most = partsOfLayers;
                bounds = pruned(bounds.raised((given, node, places) -> raise(given, node, places, most)));
                parts *= GROWTH;
                partsOfLayers *= GROWTH;
            }
        }
    }

    /** Leaves out what is 0 in the whole region, from the bounds and from the graph that is searched from now on. */
    private Bounds pruned(Bounds bounds) {
        Pruning pruning = graph.pruning(bounds);
        if (!pruning.isWorthwhile()) {
            return bounds;
        }
        graph = graph.pruned(pruning);
        smaller.add(graph);
        return bounds.pruned(graph, pruning);
    }

    /** Returns the margins that are not yet proved in 32-bit arithmetic. */
    private int[] left() {
        return IntStream.range(0, lower.length)
                .filter(rank -> !(lower[rank] > targets[rank]))
                .toArray();
    }

    /** Raises the bounds of both sides of some numbers of a layer; stops early when the time is up. */
    private double[] raise(Bounds bounds, int node, int[] places, long parts) {
        if (isOver.test(domains)) {
            return new double[0];
        }
        try (PointerScope scope = new PointerScope()) {
            SlopeSearch search = new SlopeSearch(graph, bounds, node - 1);
            if (search.open() == 0) {
                return new double[0];
            }
            SlopeSearch.Raised raised = search.run(
                    pass -> pass.bothSides(node, places),
                    2 * places.length,
                    ITERATIONS_OF_LAYERS,
                    RATE,
                    Double.POSITIVE_INFINITY);
            double[] found = Doubles.read(raised.lower());
            return parts == 0 ? found : divide(search, node, places, found, raised.ofFunctions(), parts);
        }
    }

    /** Divides the region for each number of a layer whose sign is open, until its sign is known or it has enough parts. */
    private double[] divide(SlopeSearch search, int node, int[] places, double[] found, double[][] slopes, long parts) {
        int count = places.length;
        int[] open = IntStream.range(0, 2 * count)
                .filter(i -> found[i] < 0 && found[(i + count) % (2 * count)] < 0)
                .toArray();
        SlopeSearch.Functions numbers = (pass, functions) -> pass.oneSide(
                node,
                IntStream.of(functions).map(i -> places[i % count]).toArray(),
                IntStream.of(functions).mapToDouble(i -> i < count ? 1 : -1).toArray());
        Division division = new Division(search, numbers, Division.Effort.LOW, (result, size) -> false, this::isOver);
        List<Domain> wholes = IntStream.of(open)
                .mapToObj(i -> Domain.whole(i, found[i], slopes[i]))
                .toList();
        double[] divided = division.run(
                wholes, new double[open.length], Math.max(FEWEST_PARTS, parts / Math.max(1, open.length)), false);
        domains += division.domains();
        double[] better = found.clone();
        for (int i = 0; i < open.length; i++) {
            better[open[i]] = Math.max(found[open[i]], divided[i]);
        }
        return better;
    }

    private Tensor margins(int... ranks) {
        double[] chosen = Arrays.stream(ranks)
                .mapToObj(rank -> rows[rank])
                .flatMapToDouble(Arrays::stream)
                .toArray();
        return Doubles.of(chosen, 1, ranks.length, graph.classes());
    }

    /** Raises the margins over the whole region, then divides the region for each. */
    private Outcome decide(Bounds bounds, long parts) {
        SlopeSearch search = new SlopeSearch(graph, bounds, graph.output());
        int[] ranks = left();
        if (ranks.length == 0) {
            return Outcome.CERTIFIED;
        }
        double[][] slopes = new double[lower.length][];
        double before = smallestRaised;
        if (raiseMargins(search, ranks, slopes)) {
            return Outcome.BROKEN;
        }
        boolean isWorthwhile = Double.isInfinite(before) || smallestRaised - before > WORTHWHILE * Math.abs(before);
        partsOfMargins = isWorthwhile ? parts : Long.MAX_VALUE;
        // the smallest margin first, because a counterexample is most likely there
        int[] order = Arrays.stream(left())
                .boxed()
                .sorted((a, b) -> Double.compare(lower[a], lower[b]))
                .mapToInt(Integer::intValue)
                .toArray();
        for (int rank : order) {
            Outcome outcome = divide(search, rank, slopes[rank], partsOfMargins);
            if (outcome != Outcome.CERTIFIED) {
                return outcome;
            }
        }
        return Outcome.CERTIFIED;
    }

    /** Raises margins over the whole region; tells whether one of the points where they are smallest is misclassified. */
    private boolean raiseMargins(SlopeSearch search, int[] ranks, double[][] slopes) {
        try (PointerScope scope = new PointerScope()) {
            Tensor start = margins(ranks);
            SlopeSearch.Raised result = search.run(
                    pass -> pass.lower(graph.output(), start),
                    ranks.length,
                    ITERATIONS_OF_MARGINS,
                    RATE,
                    largestTarget(ranks));
            double[] found = Doubles.read(result.lower());
            double[][] best = result.ofFunctions();
            smallestRaised = Arrays.stream(found).min().orElse(0);
            for (int i = 0; i < ranks.length; i++) {
                note(ranks[i], found[i]);
                slopes[ranks[i]] = best[i];
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
    private Outcome divide(SlopeSearch search, int rank, double[] slopes, long parts) {
        try (PointerScope scope = new PointerScope()) {
            Tensor start = margins(rank);
            Division division = new Division(
                    search,
                    (pass, functions) -> pass.lower(graph.output(), start),
                    Division.Effort.HIGH,
                    this::areBroken,
                    this::isOver);
            double[] found = division.run(
                    List.of(Domain.whole(rank, lower[rank], slopes)),
                    new double[] {targets[rank]},
                    parts,
                    parts < Long.MAX_VALUE);
            domains += division.domains();
            if (division.isBroken()) {
                return Outcome.BROKEN;
            }
            note(rank, found[0]);
            return lower[rank] > 0 ? Outcome.CERTIFIED : Outcome.UNDECIDED;
        }
    }

    /** Tells whether the search must end when a division has bounded so many parts. */
    private boolean isOver(long parts) {
        return isOver.test(domains + parts);
    }

    private void note(int rank, double found) {
        // a NaN proves nothing
        if (found > lower[rank]) {
            lower[rank] = found;
        }
    }

    /** Tries the points at which bounds are smallest if a margin is small there, too. */
    private boolean areBroken(SlopeSearch.Result result, int count) {
        double[] outputs = Doubles.read(result.outputs());
        double[] coefficients = Doubles.read(result.pixels());
        for (int i = 0; i < count; i++) {
            if (!(result.lower()[i] > 0)
                    && isNearlyBroken(outputs, i * graph.classes())
                    && trial.isBroken(Arrays.copyOfRange(coefficients, i * graph.inputs(), (i + 1) * graph.inputs()))) {
                return true;
            }
        }
        return false;
    }

    /** Tells whether a margin is below what rounding may change; in a ball the points are only nearly those tried. */
    private boolean isNearlyBroken(double[] outputs, int from) {
        for (double[] row : rows) {
            double margin = 0;
            double size = 0;
            for (int j = 0; j < row.length; j++) {
                margin += row[j] * outputs[from + j];
                size += Math.abs(row[j] * outputs[from + j]);
            }
            if (!(margin > NEARLY * size)) {
                return true;
            }
        }
        return false;
    }
}
