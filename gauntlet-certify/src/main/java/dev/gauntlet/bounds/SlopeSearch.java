package dev.gauntlet.bounds;

import java.util.ArrayList;
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
    private static final double DECAY_OF_RATE = 0.98;

    private final BoundGraph graph;
    private final Bounds bounds;
    private final List<Layer> layers = new ArrayList<>();
    private final int open;

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

    /**
     * The result of a search.
     *
     * @param lower proved lower bounds, of shape (domains, rows)
     * @param slopes the best slopes of each layer, of shape (domains, rows, open ReLUs)
     * @param multipliers the best multipliers of each layer; empty without signs
     * @param pixels the coefficients of the pixels, of shape (domains, rows, pixels)
     * @param coefficients the coefficients of the open ReLUs' outputs, of shape (domains, rows, open ReLUs of all layers)
     * @param scores how much each open ReLU costs the bound, of shape (domains, rows, open ReLUs of all layers)
     */
    record Result(
            Tensor lower,
            List<Tensor> slopes,
            List<Tensor> multipliers,
            Tensor pixels,
            Tensor coefficients,
            Tensor scores) {}

    /**
     * Prepares a search.
     *
     * @param bounds the bounds of one example, of all nodes before the last
     * @param last the node whose functions will be bounded
     */
    SlopeSearch(BoundGraph graph, Bounds bounds, int last) {
        this.graph = graph;
        this.bounds = bounds;
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
    Result run(Function<Backward, Tensor> begin, int rows, int iterations, double rate, double target) {
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
        return search(begin, slopes, List.of(), none, iterations, rate, target);
    }

    /**
     * Raises the bound of one function in several domains.
     *
     * @param begin begins a pass and returns its lower bounds, of shape (domains, 1)
     * @param domains the domains, with the slopes and multipliers to start from
     */
    Result run(Function<Backward, Tensor> begin, List<Domain> domains, int iterations, double rate, double target) {
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
                for (int j = 0; j < layer.count(); j++) {
                    int at = i * layer.count() + j;
                    slope[at] = domain.slopes()[layer.from() + j];
                    multiplier[at] = domain.multipliers()[layer.from() + j];
                    sign[at] = domain.signs()[layer.from() + j];
                }
            }
            slopes.add(new Unknown(Doubles.of(slope, count, 1, layer.count()), 1));
            multipliers.add(new Unknown(Doubles.of(multiplier, count, 1, layer.count()), Double.POSITIVE_INFINITY));
            signs.add(Doubles.of(sign, count, layer.count()));
        }
        return search(begin, slopes, multipliers, signs, iterations, rate, target);
    }

    private Result search(
            Function<Backward, Tensor> begin,
            List<Unknown> slopes,
            List<Unknown> multipliers,
            List<Tensor> signs,
            int iterations,
            double rate,
            double target) {
        List<SlopeRelaxation.Lines> upper = upperLines(signs);
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
                            multipliers.get(i).sizes.copy_(taken.detach().abs().amax(new long[] {2}, true));
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
        return checked(begin, slopes, multipliers, signs, upper);
    }

    /** Makes a last pass with the best slopes and multipliers that accounts for rounding. */
    private Result checked(
            Function<Backward, Tensor> begin,
            List<Unknown> slopes,
            List<Unknown> multipliers,
            List<Tensor> signs,
            List<SlopeRelaxation.Lines> upper) {
        List<Tensor> bestSlopes = slopes.stream().map(unknown -> unknown.best).toList();
        List<Tensor> bestMultipliers =
                multipliers.stream().map(unknown -> unknown.best).toList();
        OpenRelaxation relaxation = relaxation(bestSlopes, bestMultipliers, signs, upper);
        Backward pass = new Backward(graph, bounds, relaxation, true);
        Tensor lower = begin.apply(pass);
        Tensor[] scores = new Tensor[layers.size()];
        Tensor[] coefficients = new Tensor[layers.size()];
        for (int i = 0; i < scores.length; i++) {
            Tensor taken = relaxation.taken(layers.get(i).node());
            long[] shape = {lower.size(0), lower.size(1), layers.get(i).count()};
            coefficients[i] = taken == null ? Doubles.zeros(shape) : taken.expand(shape);
            scores[i] = taken == null
                    ? Doubles.zeros(shape)
                    : score(
                                    taken,
                                    bestSlopes.get(i),
                                    upper.get(i),
                                    layers.get(i).range())
                            .expand(shape);
        }
        return new Result(
                lower,
                bestSlopes,
                bestMultipliers,
                pass.pixelRows(),
                joined(coefficients, lower),
                joined(scores, lower));
    }

    private static Tensor joined(Tensor[] layers, Tensor lower) {
        return layers.length == 0
                ? Doubles.zeros(lower.size(0), lower.size(1), 0)
                : torch.cat(new TensorVector(layers), 2);
    }

    /** Returns by how much the lines of each open ReLU may be off where the bound is smallest. */
    private static Tensor score(Tensor taken, Tensor slopes, SlopeRelaxation.Lines upper, Range range) {
        Tensor above = Doubles.atMost(taken, 0).mul(upper.offset().unsqueeze(1)).abs();
        Tensor gap = torch.minimum(
                slopes.mul(range.lower().neg().unsqueeze(1)),
                Doubles.plus(slopes.neg(), 1).mul(range.upper().unsqueeze(1)));
        return above.add(Doubles.atLeast(taken, 0).mul(gap));
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
