package dev.gauntlet.bounds;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Raises lower bounds by gradient steps on the slopes of the lower lines (Xu et al. 2021, alpha-CROWN) and, in domains,
 * on the multipliers of the signs (Wang et al. 2021, beta-CROWN); for one example.
 *
 * <p>Every slope in [0,1] and every multiplier of at least 0 gives a bound that holds, so the search may stop anywhere.
 * The best values are used for a last pass that accounts for rounding.
 */
final class SlopeSearch {
    private static final double DECAY_OF_MEAN = 0.9;
    private static final double DECAY_OF_SQUARES = 0.999;
    private static final double RATE_OF_MULTIPLIERS = 0.05;

    /** Where no coefficient is left, multipliers still grow by this share of the largest one ever seen. */
    private static final double SMALLEST_SIZE = 0.1;

    private static final double DECAY_OF_RATE = 0.98;

    private final BoundGraph graph;
    private final Bounds bounds;
    private final int last;
    private final List<Layer> layers = new ArrayList<>();
    private final int open;

    /** The largest coefficient of each layer so far. */
    private final double[] largest;

    /**
     * A layer of ReLUs.
     *
     * @param node the ReLU
     * @param places its open ReLUs
     * @param from the place of the first of them among those of all layers
     * @param range the bounds of their inputs
     */
    private record Layer(int node, OpenRelaxation.Open places, int from, Range range) {
        int count() {
            return places.places().length;
        }
    }

    /** What is searched for: a tensor whose entries stay in an interval. */
    private static final class Unknown {
        final Tensor value;
        final Tensor best;
        private final Tensor mean;
        private final Tensor squares;
        private final double largest;

        /** The size of a usual value, which the steps are relative to. */
        private final Tensor sizes;

        Unknown(Tensor start, double largest) {
            value = start.clone();
            best = start.clone();
            mean = torch.zeros_like(start);
            squares = torch.zeros_like(start);
            this.largest = largest;
            this.sizes = torch.ones_like(start.narrow(2, 0, Math.min(1, start.size(2))));
        }

        void step(Tensor gradient, double rate, int time) {
            mean.mul_(new Scalar(DECAY_OF_MEAN)).add_(gradient, new Scalar(1 - DECAY_OF_MEAN));
            squares.mul_(new Scalar(DECAY_OF_SQUARES)).addcmul_(gradient, gradient, new Scalar(1 - DECAY_OF_SQUARES));
            double scale = Math.sqrt(1 - Math.pow(DECAY_OF_SQUARES, time)) / (1 - Math.pow(DECAY_OF_MEAN, time));
            Tensor change = mean.div(Doubles.plus(squares.sqrt(), 1e-12)).mul(sizes);
            value.add_(change, new Scalar(rate * scale));
            value.clamp_min_(new Scalar(0.0));
            if (largest < Double.POSITIVE_INFINITY) {
                value.copy_(Doubles.atMost(value, largest));
            }
        }
    }

    /** Begins passes for functions of a node. */
    @FunctionalInterface
    interface Functions {
        /**
         * Bounds functions from below.
         *
         * @param pass the pass
         * @param functions the function of each domain; a single one if it is the same in all
         * @return the bounds, of shape (domains, 1)
         */
        Tensor lower(Backward pass, int[] functions);
    }

    /**
     * The result of a search over the whole region.
     *
     * @param lower proved lower bounds, of shape (1, functions)
     * @param slopes the best slopes of each layer, of shape (1, functions, open ReLUs)
     * @param pixels the coefficients of the pixels, of shape (1 or functions, functions, pixels)
     */
    record Raised(Tensor lower, List<Tensor> slopes, Tensor pixels) {
        /** Returns the slopes of all layers, for each function. */
        double[][] ofFunctions() {
            int count = Math.toIntExact(lower.size(1));
            return joined(
                    slopes,
                    count,
                    slopes.stream().mapToLong(layer -> layer.size(2)).sum());
        }
    }

    /**
     * The result of a search in domains.
     *
     * @param lower proved lower bounds
     * @param slopes the best slopes of each domain, for all open ReLUs
     * @param multipliers the best multipliers
     * @param coefficients the coefficients of the open ReLUs' outputs
     * @param scores how much the lines of each open ReLU may cost the bound
     * @param costs how much they cost it at the point where the bound is smallest
     * @param pixels the coefficients of the pixels, of shape (domains, pixels)
     * @param outputs what the last node gives at the points where the bounds are smallest, of shape (domains, outputs)
     */
    record Result(
            double[] lower,
            double[][] slopes,
            double[][] multipliers,
            double[][] coefficients,
            double[][] scores,
            double[][] costs,
            Tensor pixels,
            Tensor outputs) {}

    /**
     * Prepares a search.
     *
     * @param bounds the bounds of one example, of all nodes before the last
     * @param last the node whose functions will be bounded
     */
    SlopeSearch(BoundGraph graph, Bounds bounds, int last) {
        this.graph = graph;
        this.bounds = bounds;
        this.last = last;
        int from = 0;
        for (int i = 1; i <= last; i++) {
            if (graph.isRelu(i)) {
                int input = graph.step(i).input();
                Range range = bounds.range(input);
                OpenRelaxation.Open places = OpenRelaxation.Open.of(range, bounds.open(input));
                Range ofOpen = new Range(
                        range.lower().index_select(1, places.index()),
                        range.upper().index_select(1, places.index()));
                layers.add(new Layer(i, places, from, ofOpen));
                from += places.places().length;
            }
        }
        open = from;
        largest = new double[layers.size()];
        bounds.prepare(last);
    }

    /** Returns the number of open ReLUs. */
    int open() {
        return open;
    }

    /** Returns the adaptive slopes of all open ReLUs. */
    double[] adaptiveSlopes() {
        double[] slopes = new double[open];
        for (Layer layer : layers) {
            double[] lower = Doubles.read(layer.range().lower());
            double[] upper = Doubles.read(layer.range().upper());
            for (int i = 0; i < lower.length; i++) {
                slopes[layer.from() + i] = upper[i] > -lower[i] ? 1 : 0;
            }
        }
        return slopes;
    }

    /**
     * Raises the bounds of several functions, each with slopes of its own.
     *
     * @param begin begins a pass and returns its lower bounds, of shape (1, rows)
     * @param rows the number of functions
     * @param iterations the number of gradient steps
     * @param target above which a bound need not be raised
     */
    Raised run(Function<Backward, Tensor> begin, int rows, int iterations, double rate, double target) {
        double[] adaptive = adaptiveSlopes();
        List<Unknown> slopes = new ArrayList<>();
        List<Tensor> none = new ArrayList<>();
        for (Layer layer : layers) {
            double[] start = new double[rows * layer.count()];
            for (int i = 0; i < start.length; i++) {
                start[i] = adaptive[layer.from() + i % Math.max(1, layer.count())];
            }
            slopes.add(new Unknown(Doubles.of(start, 1, rows, layer.count()), 1));
            none.add(Doubles.zeros(1, layer.count()));
        }
        List<SlopeRelaxation.Lines> upper = upperLines(none);
        search(begin, slopes, List.of(), none, upper, iterations, rate, target);
        List<Tensor> best = slopes.stream().map(unknown -> unknown.best).toList();
        // a last pass accounts for rounding
        Backward pass = new Backward(graph, bounds, relaxation(best, List.of(), none, upper), true);
        Tensor lower = begin.apply(pass);
        return new Raised(lower, best, pass.pixelRows());
    }

    /** The unknowns of some domains. */
    private record Unknowns(
            List<Unknown> slopes, List<Unknown> multipliers, List<Tensor> signs, List<SlopeRelaxation.Lines> upper) {
        List<Tensor> bestSlopes() {
            return slopes.stream().map(unknown -> unknown.best).toList();
        }

        List<Tensor> bestMultipliers() {
            return multipliers.stream().map(unknown -> unknown.best).toList();
        }
    }

    private Unknowns unknowns(List<Domain> domains) {
        List<Unknown> slopes = new ArrayList<>();
        List<Unknown> multipliers = new ArrayList<>();
        List<Tensor> signs = new ArrayList<>();
        int count = domains.size();
        for (Layer layer : layers) {
            double[] slope = new double[count * layer.count()];
            double[] multiplier = new double[slope.length];
            double[] sign = new double[slope.length];
            for (int i = 0; i < count; i++) {
                Domain domain = domains.get(i);
                int at = i * layer.count();
                System.arraycopy(domain.slopes(), layer.from(), slope, at, layer.count());
                System.arraycopy(domain.multipliers(), layer.from(), multiplier, at, layer.count());
                for (int j = 0; j < layer.count(); j++) {
                    sign[at + j] = domain.signs()[layer.from() + j];
                }
            }
            slopes.add(new Unknown(Doubles.of(slope, count, 1, layer.count()), 1));
            multipliers.add(new Unknown(Doubles.of(multiplier, count, 1, layer.count()), Double.POSITIVE_INFINITY));
            signs.add(Doubles.of(sign, count, layer.count()));
        }
        return new Unknowns(slopes, multipliers, signs, upperLines(signs));
    }

    private static Function<Backward, Tensor> begin(Functions functions, List<Domain> domains) {
        int[] chosen = domains.stream().mapToInt(Domain::function).toArray();
        boolean isSame = Arrays.stream(chosen).allMatch(function -> function == chosen[0]);
        return pass -> functions.lower(pass, isSame ? new int[] {chosen[0]} : chosen);
    }

    /** Bounds domains with the slopes and multipliers that they have, without a proof. */
    double[] estimate(Functions functions, List<Domain> domains) {
        Unknowns unknowns = unknowns(domains);
        OpenRelaxation relaxation =
                relaxation(unknowns.bestSlopes(), unknowns.bestMultipliers(), unknowns.signs(), unknowns.upper());
        Tensor lower = begin(functions, domains).apply(new Backward(graph, bounds, relaxation, false));
        return Doubles.read(lower.expand(domains.size(), 1));
    }

    /**
     * Raises the bounds of functions in domains.
     *
     * @param functions begins passes
     * @param domains the domains, with the slopes and multipliers to start from
     */
    Result run(Functions functions, List<Domain> domains, int iterations, double rate, double target) {
        Function<Backward, Tensor> begin = begin(functions, domains);
        Unknowns unknowns = unknowns(domains);
        search(
                begin,
                unknowns.slopes(),
                unknowns.multipliers(),
                unknowns.signs(),
                unknowns.upper(),
                iterations,
                rate,
                target);
        List<Tensor> slopes = unknowns.bestSlopes();
        List<Tensor> multipliers = unknowns.bestMultipliers();
        OpenRelaxation relaxation = relaxation(slopes, multipliers, unknowns.signs(), unknowns.upper());
        // this pass accounts for rounding
        Backward pass = new Backward(graph, bounds, relaxation, true);
        int count = domains.size();
        double[] lower = Doubles.read(begin.apply(pass).expand(count, 1));
        Tensor pixels = pass.pixelRows().expand(count, 1, graph.inputs()).squeeze(1);
        Tensor[] values = graph.values(bounds.region().lowest(pixels), last);
        List<Tensor> coefficients = new ArrayList<>();
        List<Tensor> scores = new ArrayList<>();
        List<Tensor> costs = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            Tensor taken = relaxation.taken(layer.node());
            long[] shape = {count, 1, layer.count()};
            Tensor of = taken == null ? Doubles.zeros(shape) : taken.expand(shape);
            Tensor inputs = values[graph.step(layer.node()).input()]
                    .index_select(1, layer.places().index())
                    .unsqueeze(1);
            SlopeRelaxation.Lines upper = unknowns.upper().get(i);
            coefficients.add(of);
            scores.add(score(of, slopes.get(i), upper, layer.range()));
            costs.add(cost(of, slopes.get(i), upper, inputs));
        }
        return new Result(
                lower,
                joined(slopes, count, open),
                joined(multipliers, count, open),
                joined(coefficients, count, open),
                joined(scores, count, open),
                joined(costs, count, open),
                pixels,
                values[last]);
    }

    /** Puts the numbers of all layers one after the other, for each domain or function. */
    private static double[][] joined(List<Tensor> layers, int count, long open) {
        double[][] all = new double[count][Math.toIntExact(open)];
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

    private void search(
            Function<Backward, Tensor> begin,
            List<Unknown> slopes,
            List<Unknown> multipliers,
            List<Tensor> signs,
            List<SlopeRelaxation.Lines> upper,
            int iterations,
            double rate,
            double target) {
        List<Unknown> unknowns = new ArrayList<>(slopes);
        unknowns.addAll(multipliers);
        Tensor[] best = {new Tensor()};
        boolean hasUnknowns = open > 0;
        for (int time = 1; hasUnknowns && time <= iterations; time++) {
            boolean isDone;
            try (PointerScope scope = new PointerScope()) {
                List<Tensor> leaves =
                        unknowns.stream().map(unknown -> unknown.value.detach()).toList();
                Tensor lower;
                OpenRelaxation current;
                TensorVector gradients;
                try (AutoGradMode mode = new AutoGradMode(true)) {
                    leaves.forEach(leaf -> leaf.set_requires_grad(true));
                    current = relaxation(
                            leaves.subList(0, slopes.size()),
                            leaves.subList(slopes.size(), leaves.size()),
                            signs,
                            upper);
                    lower = begin.apply(new Backward(graph, bounds, current, false));
                    gradients = torch.grad(
                            new TensorVector(lower.sum()),
                            new TensorVector(leaves.toArray(Tensor[]::new)),
                            new TensorVector(),
                            new BoolOptional(false),
                            false,
                            true);
                }
                Tensor found = lower.detach();
                if (time == 1) {
                    for (int i = 0; i < multipliers.size(); i++) {
                        Tensor taken = current.taken(layers.get(i).node());
                        if (taken != null && taken.size(2) > 0) {
                            Tensor sizes = taken.detach().abs().amax(new long[] {2}, true);
                            largest[i] = Math.max(largest[i], sizes.amax().item_double());
                            multipliers.get(i).sizes.copy_(Doubles.atLeast(sizes, SMALLEST_SIZE * largest[i]));
                        }
                    }
                    best[0] = torch.full_like(found, new Scalar(Double.NEGATIVE_INFINITY))
                            .retainReference();
                }
                Tensor better = found.gt(best[0]);
                for (Unknown unknown : unknowns) {
                    unknown.best.copy_(torch.where(better.unsqueeze(2), unknown.value, unknown.best));
                }
                best[0].copy_(torch.maximum(found, best[0]));
                isDone = best[0].amin().item_double() > target;
                double rateNow = rate * Math.pow(DECAY_OF_RATE, time - 1);
                for (int i = 0; !isDone && i < unknowns.size(); i++) {
                    Tensor gradient = new Tensor(gradients.get(i));
                    if (gradient.defined()) {
                        boolean isSlope = i < slopes.size();
                        unknowns.get(i).step(gradient, isSlope ? rateNow : rateNow / rate * RATE_OF_MULTIPLIERS, time);
                    }
                }
            }
            if (isDone) {
                break;
            }
        }
        if (!best[0].isNull()) {
            best[0].close();
        }
    }

    /** Returns by how much the lines of each open ReLU may cost a bound. */
    private static Tensor score(Tensor taken, Tensor slopes, SlopeRelaxation.Lines upper, Range range) {
        Tensor above = Doubles.atMost(taken, 0).mul(upper.offset().unsqueeze(1)).abs();
        Tensor gap = torch.minimum(
                slopes.mul(range.lower().neg().unsqueeze(1)),
                Doubles.plus(slopes.neg(), 1).mul(range.upper().unsqueeze(1)));
        return above.add(Doubles.atLeast(taken, 0).mul(gap));
    }

    /** Returns by how much the lines of each open ReLU are off for some inputs of it, times its coefficient. */
    private static Tensor cost(Tensor taken, Tensor slopes, SlopeRelaxation.Lines upper, Tensor inputs) {
        Tensor outputs = inputs.relu();
        Tensor above = inputs.mul(upper.upper().unsqueeze(1))
                .add(upper.offset().unsqueeze(1))
                .sub(outputs);
        Tensor below = outputs.sub(inputs.mul(slopes));
        return Doubles.atMost(taken, 0)
                .neg()
                .mul(above)
                .add(Doubles.atLeast(taken, 0).mul(below));
    }

    /** Places the upper lines; where a sign is given they are the ReLU itself. */
    private List<SlopeRelaxation.Lines> upperLines(List<Tensor> signs) {
        return IntStream.range(0, layers.size())
                .mapToObj(i -> {
                    SlopeRelaxation.Lines lines =
                            SlopeRelaxation.Lines.of(layers.get(i).range(), Slope.ADAPTIVE, bounds.precision());
                    Tensor free = Doubles.plus(signs.get(i).abs().neg(), 1);
                    Tensor positive = Doubles.atLeast(signs.get(i), 0);
                    return new SlopeRelaxation.Lines(
                            lines.lower(),
                            lines.upper().mul(free).add(positive),
                            lines.offset().mul(free));
                })
                .toList();
    }

    private OpenRelaxation relaxation(
            List<Tensor> slopes, List<Tensor> multipliers, List<Tensor> signs, List<SlopeRelaxation.Lines> upper) {
        OpenRelaxation relaxation = new OpenRelaxation();
        for (int i = 0; i < layers.size(); i++) {
            Tensor sign = signs.get(i);
            Tensor lower = slopes.get(i);
            Tensor subtracted = null;
            if (!multipliers.isEmpty()) {
                Tensor free = Doubles.plus(sign.abs().neg(), 1).unsqueeze(1);
                lower = lower.mul(free).add(Doubles.atLeast(sign, 0).unsqueeze(1));
                subtracted = multipliers.get(i).mul(sign.unsqueeze(1));
            }
            relaxation.put(
                    layers.get(i).node(),
                    layers.get(i).places(),
                    new OpenRelaxation.Lines(
                            lower, upper.get(i).upper(), upper.get(i).offset(), subtracted));
        }
        return relaxation;
    }
}
