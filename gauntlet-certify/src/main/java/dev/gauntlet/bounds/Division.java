package dev.gauntlet.bounds;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.LongPredicate;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;

/**
 * Divides a region by the signs of ReLUs until lower bounds of some functions reach their targets.
 *
 * <p>Bunel et al. 2020, "Branch and Bound for Piecewise Linear Neural Network Verification"; Wang et al. 2021,
 * "Beta-CROWN". Each function has a tree of its own; domains of several trees are bounded together. The bounds of the
 * layers are those of the whole region and are not computed again for its parts.
 */
final class Division {
    private static final int ITERATIONS = 6;
    private static final double RATE = 0.05;
    private static final double SHARE_OF_BETTER_HALF = 0.1;
    private static final double SHARE_OF_COST = 0.1;
    private static final int DOMAINS_AT_ONCE = 32;

    /** How many parts beyond twice those of the proof are bounded to certify 32-bit arithmetic, too. */
    private static final int EXTRA_DOMAINS = 128;

    /** A function is given up only after this many parts. */
    private static final int FEWEST_TO_JUDGE = 64;

    /** More would not fit into the memory. */
    private static final int MOST_DOMAINS = 200_000;

    /** Tries the points at which bounds are smallest. */
    @FunctionalInterface
    interface Points {
        /**
         * Tries some points.
         *
         * @param result the result of some domains
         * @param count the number of the domains
         * @return whether one of the points ends the search
         */
        boolean areBroken(SlopeSearch.Result result, int count);
    }

    /** The effort per part. */
    enum Effort {
        /** For margins. */
        HIGH(4, 200),
        /** For inputs of ReLUs, of which there are many. */
        LOW(2, 40);

        /** The number of ReLUs tried for each division. */
        private final int candidates;

        /** The gradient steps where all signs are given, and the bound is exact only at the best multipliers. */
        private final int lastIterations;

        Effort(int candidates, int lastIterations) {
            this.candidates = candidates;
            this.lastIterations = lastIterations;
        }
    }

    private final SlopeSearch search;
    private final SlopeSearch.Functions functions;
    private final Effort effort;
    private final Points points;
    private final LongPredicate isOver;
    private long domains;
    private boolean broken;

    /**
     * Prepares a division.
     *
     * @param search raises the bounds of domains
     * @param functions begins passes
     * @param effort how much is done for a part
     * @param points tries points
     * @param isOver tells by the number of parts so far whether the division must end
     */
    Division(SlopeSearch search, SlopeSearch.Functions functions, Effort effort, Points points, LongPredicate isOver) {
        this.search = search;
        this.functions = functions;
        this.effort = effort;
        this.points = points;
        this.isOver = isOver;
    }

    /** The division for one function. */
    private static final class Tree {
        private final PriorityQueue<Domain> queue = new PriorityQueue<>();
        private final double target;
        private final double atStart;
        private double smallestDone = Double.POSITIVE_INFINITY;
        private long domains;
        private long atProof = -1;

        Tree(Domain whole, double target) {
            this.target = target;
            this.atStart = whole.lower();
            queue.add(whole);
        }

        double smallest() {
            return queue.isEmpty()
                    ? smallestDone
                    : Math.min(smallestDone, queue.peek().lower());
        }

        /** Tells whether no more is gained: the target is reached, or a part cannot be divided further. */
        boolean isDone(long most) {
            double smallest = smallest();
            if (smallest > 0 && atProof < 0) {
                atProof = domains;
            }
            boolean isEnough = atProof >= 0 && domains > 2 * atProof + EXTRA_DOMAINS;
            return smallest > target || isEnough || isExhausted() || domains >= most || queue.size() > MOST_DOMAINS;
        }

        /** Tells whether the target seems out of reach within the limit, even if the bound rose twice as fast as so far. */
        boolean isHopeless(long most) {
            if (domains < FEWEST_TO_JUDGE) {
                return false;
            }
            double perLog = (smallest() - atStart) / Math.log((double) domains);
            return smallest() + 2 * perLog * (Math.log((double) most) - Math.log((double) domains)) < 0;
        }

        boolean isExhausted() {
            return smallestDone <= Math.min(0, target) || queue.isEmpty();
        }
    }

    /** Returns the number of parts that were bounded. */
    long domains() {
        return domains;
    }

    /** Tells whether a point ended the division. */
    boolean isBroken() {
        return broken;
    }

    /**
     * Divides the region.
     *
     * @param wholes the whole region, once for each function
     * @param targets what the bound of each function should reach
     * @param most the largest number of parts for each function
     * @param givesUp whether to end earlier for a function that seems to need more
     * @return lower bounds over the whole region, one for each function
     */
    double[] run(List<Domain> wholes, double[] targets, long most, boolean givesUp) {
        Tree[] trees = new Tree[wholes.size()];
        int[] treeOf =
                new int[1 + wholes.stream().mapToInt(Domain::function).max().orElse(0)];
        for (int i = 0; i < trees.length; i++) {
            trees[i] = new Tree(wholes.get(i), targets[i]);
            treeOf[wholes.get(i).function()] = i;
        }
        boolean isFirst = true;
        while (!broken && !isOver.test(domains)) {
            List<Tree> active = Arrays.stream(trees)
                    .filter(tree -> !tree.isDone(most) && !(givesUp && tree.isHopeless(most)))
                    .toList();
            if (active.isEmpty()) {
                break;
            }
            List<Domain> next = new ArrayList<>();
            int share = Math.max(1, DOMAINS_AT_ONCE / active.size());
            for (Tree tree : active) {
                take(tree, isFirst ? 1 : share, isFirst, next);
            }
            isFirst = false;
            // those that need many more iterations are bounded apart from the others
            next.sort(Comparator.comparing(Domain::isFullyDivided));
            for (int from = 0; from < next.size(); from = end(next, from)) {
                List<Domain> some = next.subList(from, end(next, from));
                if (broken || isOver.test(domains)) {
                    // not examined, but not lost either
                    some.forEach(domain -> trees[treeOf[domain.function()]].queue.add(domain));
                } else {
                    examine(some, trees, treeOf);
                }
            }
        }
        return Arrays.stream(trees).mapToDouble(Tree::smallest).toArray();
    }

    /** Returns where a batch of domains ends: none has both fully divided domains and others. */
    private static int end(List<Domain> domains, int from) {
        int end = from + 1;
        while (end < domains.size()
                && end - from < 2 * DOMAINS_AT_ONCE
                && domains.get(end).isFullyDivided() == domains.get(from).isFullyDivided()) {
            end++;
        }
        return end;
    }

    /** Takes the worst domains of a tree, divided except at first. */
    private static void take(Tree tree, int count, boolean isWhole, List<Domain> next) {
        for (int taken = 0;
                taken < count && !tree.queue.isEmpty() && !(tree.queue.peek().lower() > tree.target); ) {
            Domain worst = tree.queue.poll();
            if (isWhole) {
                next.add(worst);
                taken++;
            } else if (worst.next() < 0) {
                // all signs are given, so dividing by them does not help
                tree.smallestDone = Math.min(tree.smallestDone, worst.lower());
            } else {
                next.add(worst.half(1));
                next.add(worst.half(-1));
                taken++;
            }
        }
    }

    /** Bounds some domains and puts them into their trees. */
    private void examine(List<Domain> some, Tree[] trees, int[] treeOf) {
        try (PointerScope scope = new PointerScope()) {
            int count = some.size();
            domains += count;
            double target = some.stream()
                    .mapToDouble(domain -> trees[treeOf[domain.function()]].target)
                    .max()
                    .orElse(0);
            SlopeSearch.Result result = search.run(functions, some, iterations(some), RATE, target);
            List<Domain> bounded = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Domain before = some.get(i);
                // a NaN proves nothing; the bound of the whole holds in its halves
                double bound = result.lower()[i] > before.lower() ? result.lower()[i] : before.lower();
                bounded.add(new Domain(
                        before.function(), bound, before.signs(), result.slopes()[i], result.multipliers()[i], -1, 0));
            }
            for (Domain domain : withChoices(bounded, result, trees, treeOf)) {
                Tree tree = trees[treeOf[domain.function()]];
                tree.domains++;
                tree.queue.add(domain);
            }
            broken = points.areBroken(result, count);
        }
    }

    /**
     * Chooses for each domain the ReLU to divide it by: the one that raises the bound most, among a few, if both halves
     * are bounded with the slopes of the whole.
     */
    private List<Domain> withChoices(List<Domain> bounded, SlopeSearch.Result result, Tree[] trees, int[] treeOf) {
        int[][] choices = new int[bounded.size()][];
        List<Domain> trials = new ArrayList<>();
        for (int i = 0; i < choices.length; i++) {
            Domain domain = bounded.get(i);
            boolean isDone = domain.lower() > trees[treeOf[domain.function()]].target;
            choices[i] = isDone ? new int[0] : candidates(domain.signs(), result.scores()[i], result.costs()[i]);
            for (int j = 0; choices[i].length > 1 && j < choices[i].length; j++) {
                int choice = choices[i][j];
                Domain divided = domain.dividedBy(choice, result.coefficients()[i][choice]);
                trials.add(divided.half(1));
                trials.add(divided.half(-1));
            }
        }
        double[] found = trials.isEmpty() ? new double[0] : search.estimate(functions, trials);
        int at = 0;
        List<Domain> chosen = new ArrayList<>();
        for (int i = 0; i < choices.length; i++) {
            Domain domain = bounded.get(i);
            int next = choices[i].length == 0 ? -1 : choices[i][0];
            double best = Double.NEGATIVE_INFINITY;
            for (int j = 0; choices[i].length > 1 && j < choices[i].length; j++) {
                int choice = choices[i][j];
                double worse = Math.min(found[at], found[at + 1]) - domain.lower();
                double better = Math.min(0, Math.max(found[at], found[at + 1])) - domain.lower();
                at += 2;
                // what a sign excludes shows only when the multipliers are raised
                double value = worse + SHARE_OF_BETTER_HALF * better + SHARE_OF_COST * result.costs()[i][choice];
                if (value > best) {
                    best = value;
                    next = choice;
                }
            }
            chosen.add(next < 0 ? domain : domain.dividedBy(next, result.coefficients()[i][next]));
        }
        return chosen;
    }

    /** Returns the open ReLUs without a sign that cost the bound most, by both measures. */
    private int[] candidates(byte[] signs, double[] scores, double[] costs) {
        int[] byCost = largest(signs, costs, (effort.candidates + 1) / 2);
        int[] byScore = largest(signs, scores, effort.candidates);
        return IntStream.concat(Arrays.stream(byCost), Arrays.stream(byScore))
                .distinct()
                .limit(effort.candidates)
                .toArray();
    }

    private static int[] largest(byte[] signs, double[] values, int most) {
        int[] best = new int[most];
        int count = 0;
        for (int j = 0; j < signs.length; j++) {
            if (signs[j] != 0) {
                continue;
            }
            int place = count;
            while (place > 0 && values[j] > values[best[place - 1]]) {
                place--;
            }
            if (place < most) {
                int last = Math.min(count, most - 1);
                System.arraycopy(best, place, best, place + 1, last - place);
                best[place] = j;
                count = Math.min(count + 1, most);
            }
        }
        return Arrays.copyOf(best, count);
    }

    private int iterations(List<Domain> some) {
        return some.stream().anyMatch(Domain::isFullyDivided) ? effort.lastIterations : ITERATIONS;
    }
}
