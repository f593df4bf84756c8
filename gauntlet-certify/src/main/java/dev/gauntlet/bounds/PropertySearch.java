package dev.gauntlet.bounds;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.LayerGraph;
import dev.gauntlet.torch.Libtorch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Decides whether a property of VNN-LIB holds for a model, by gradient steps and by branch and bound.
 *
 * @param time the time limit, above 0
 */
public record PropertySearch(Duration time) {
    private static final int STEPS = 40;
    private static final int STARTS = 4;

    /** How often the number of starts is multiplied by four. */
    private static final int MOST_INCREASES = 1;

    /** What may lie between the outputs of the graph and of the reference. */
    private static final double TOLERANCE = 1e-3;

    /** The answer of a verifier. */
    public enum Verdict {
        /** There is a counterexample. */
        SAT("sat"),
        /** There is none. */
        UNSAT("unsat"),
        /** The time was up. */
        TIMEOUT("timeout"),
        /** The search ended without an answer. */
        UNKNOWN("unknown");

        private final String word;

        Verdict(String word) {
            this.word = word;
        }

        /** Returns the word that the format prescribes. */
        @Override
        public String toString() {
            return word;
        }
    }

    /**
     * The answer to a property.
     *
     * @param verdict the verdict
     * @param inputs the counterexample, if there is one
     * @param outputs what the reference computed for it
     * @param lowerBound a proved lower bound of the smallest margin: positive if the verdict is unsat, negative infinity if
     *     nothing was proved
     * @param domains the number of parts of the box that were bounded
     */
    public record Answer(
            Verdict verdict, Optional<float[]> inputs, Optional<float[]> outputs, double lowerBound, long domains) {}

    public PropertySearch {
        if (time.isZero() || time.isNegative()) {
            throw new GauntletException("A time limit must be longer than 0; write, for example, 10s.");
        }
    }

    /**
     * Decides a property.
     *
     * @param property the property
     * @param model the model, whose graph is bounded
     * @param reference the same model in the engine that confirms counterexamples
     * @param shape the shape of an input
     * @return the answer; a counterexample is in the box and was confirmed by the reference
     * @throws GauntletException if the model cannot be certified, or the property does not fit it
     */
    public Answer decide(VnnLib property, Classifier model, Classifier reference, ImageShape shape) {
        String name = model.card().name();
        if (property.inputs() != shape.size()) {
            throw new GauntletException("The property has %d inputs, but the model %s takes %d."
                    .formatted(property.inputs(), name, shape.size()));
        }
        LayerGraph layers = model.layerGraph()
                .orElseThrow(() -> new GauntletException(
                        "The model %s cannot be certified, because its layers are not known; export it as ONNX."
                                .formatted(name)));
        try (BoundGraph graph = BoundGraph.of(name, layers)) {
            if (property.largestOutput() >= graph.classes()) {
                throw new GauntletException("The property names the output Y_%d, but the model %s has %d."
                        .formatted(property.largestOutput(), name, graph.classes()));
            }
            return Libtorch.call("The bounds of the model %s failed".formatted(name), () -> {
                try (PointerScope scope = new PointerScope();
                        NoGradGuard guard = new NoGradGuard()) {
                    return new Search(property, layers, graph, reference, shape).answer();
                }
            });
        }
    }

    /** One search. */
    private final class Search implements DomainSearch.Trial {
        private final VnnLib property;
        private final LayerGraph layers;
        private final BoundGraph graph;
        private final Classifier reference;
        private final ImageShape shape;
        private final float[] low;
        private final float[] high;
        private final AtomicReference<float[]> found = new AtomicReference<>();
        private final long end = System.nanoTime() + time.toNanos();

        Search(VnnLib property, LayerGraph layers, BoundGraph graph, Classifier reference, ImageShape shape) {
            this.property = property;
            this.layers = layers;
            this.graph = graph;
            this.reference = reference;
            this.shape = shape;
            // the 32-bit floats within the box, as far as it has any
            this.low = new float[property.inputs()];
            this.high = new float[low.length];
            for (int i = 0; i < low.length; i++) {
                float nearestLow = (float) property.lowest()[i];
                float nearestHigh = (float) property.highest()[i];
                low[i] = nearestLow < property.lowest()[i] ? Math.nextUp(nearestLow) : nearestLow;
                high[i] = nearestHigh > property.highest()[i] ? Math.nextDown(nearestHigh) : nearestHigh;
            }
        }

        Answer answer() {
            requireSameOutputs();
            if (attack()) {
                return violated(Double.NEGATIVE_INFINITY, 1);
            }
            int count = property.violations().size();
            double[][] rows = new double[count][graph.classes()];
            double[] offsets = new double[count];
            for (int i = 0; i < count; i++) {
                VnnLib.Comparison comparison = property.violations().get(i);
                if (comparison.smaller() >= 0) {
                    rows[i][comparison.smaller()] += 1;
                } else {
                    offsets[i] = comparison.number();
                }
                if (comparison.larger() >= 0) {
                    rows[i][comparison.larger()] -= 1;
                } else {
                    offsets[i] = -comparison.number();
                }
            }
            if (Arrays.stream(offsets).allMatch(offset -> offset == 0)) {
                return search(graph, rows);
            }
            try (BoundGraph margins = BoundGraph.of("the margins", withMargins(rows, offsets))) {
                double[][] identity = new double[count][count];
                for (int i = 0; i < count; i++) {
                    identity[i][i] = 1;
                }
                return search(margins, identity);
            }
        }

        /** Adds the margins, which have constants, to the graph as a layer. */
        private LayerGraph withMargins(double[][] rows, double[] offsets) {
            float[] weights = new float[rows.length * graph.classes()];
            float[] biases = new float[rows.length];
            for (int i = 0; i < rows.length; i++) {
                for (int j = 0; j < graph.classes(); j++) {
                    weights[i * graph.classes() + j] = (float) rows[i][j];
                }
                // rounded down, so that no margin is larger than in the property
                biases[i] = (float) offsets[i] > offsets[i] ? Math.nextDown((float) offsets[i]) : (float) offsets[i];
            }
            List<LayerGraph.Node> nodes = new ArrayList<>(layers.nodes());
            nodes.add(new LayerGraph.Node(
                    "the margins",
                    new LayerGraph.Dense(rows.length, graph.classes(), weights, biases),
                    new int[] {nodes.size() - 1},
                    new int[] {rows.length}));
            return new LayerGraph(nodes);
        }

        private Answer search(BoundGraph bounded, double[][] rows) {
            double[] lower = new LinearRows(bounded, region(), rows).lower();
            DomainSearch search = new DomainSearch(
                    bounded,
                    region(),
                    rows,
                    lower,
                    new double[rows.length],
                    this,
                    parts -> System.nanoTime() - end > 0);
            DomainSearch.Outcome outcome = search.run();
            double smallest = Arrays.stream(search.lower()).min().orElse(Double.NEGATIVE_INFINITY);
            return switch (outcome) {
                case BROKEN -> violated(smallest, search.domains());
                case CERTIFIED ->
                    new Answer(Verdict.UNSAT, Optional.empty(), Optional.empty(), smallest, search.domains());
                case UNDECIDED ->
                    new Answer(
                            System.nanoTime() - end > 0 ? Verdict.TIMEOUT : Verdict.UNKNOWN,
                            Optional.empty(),
                            Optional.empty(),
                            smallest,
                            search.domains());
            };
        }

        private Answer violated(double lower, long domains) {
            float[] point = Objects.requireNonNull(found.get());
            return new Answer(Verdict.SAT, Optional.of(point), Optional.of(outputs(point)), lower, domains);
        }

        /** Returns the box, wider by one 32-bit float, because its limits may be floats that were printed in decimal. */
        private Region region() {
            double[] lowest = new double[low.length];
            double[] highest = new double[low.length];
            for (int i = 0; i < lowest.length; i++) {
                lowest[i] = property.lowest()[i] - Math.ulp((float) property.lowest()[i]);
                highest[i] = property.highest()[i] + Math.ulp((float) property.highest()[i]);
            }
            return Region.box(Doubles.of(lowest, 1, lowest.length), Doubles.of(highest, 1, highest.length));
        }

        private float[] outputs(float[] point) {
            return reference
                    .logits(new Batch(shape, new int[1], new int[1], point))
                    .values();
        }

        /** Refuses a model whose outputs are not those of the graph, such as one with a softmax that was cut off. */
        private void requireSameOutputs() {
            float[] middle = new float[low.length];
            for (int i = 0; i < middle.length; i++) {
                middle[i] = (float) ((property.lowest()[i] + property.highest()[i]) / 2);
            }
            float[] expected = outputs(middle);
            double[] computed = Doubles.read(graph.logits(Doubles.of(middle, 1, middle.length)));
            boolean isSame = expected.length == computed.length;
            for (int i = 0; isSame && i < computed.length; i++) {
                isSame = Math.abs(expected[i] - computed[i]) <= TOLERANCE * Math.max(1, Math.abs(computed[i]));
            }
            if (!isSame) {
                throw new GauntletException(
                        "The property is about outputs that cannot be bounded, because they are not the logits of the model; export it without its last activation.");
            }
        }

        @Override
        public boolean isBroken(double[] coefficients) {
            float[] point = new float[coefficients.length];
            for (int i = 0; i < point.length; i++) {
                point[i] = coefficients[i] > 0 ? low[i] : high[i];
            }
            return isViolated(point);
        }

        private boolean isViolated(float[] point) {
            for (int i = 0; i < point.length; i++) {
                if (!(point[i] >= low[i] && point[i] <= high[i])) {
                    return false;
                }
            }
            if (!property.isViolated(outputs(point))) {
                return false;
            }
            found.set(point);
            return true;
        }

        /** Follows the sign of the gradient of the smallest margin from the middle. */
        private boolean attack() {
            double[] places = new double[low.length];
            Arrays.fill(places, 0.5);
            return descends(places, new int[] {-1}, STEPS);
        }

        /** Follows, for each open comparison, the sign of the gradient of its margin from random points. */
        @Override
        public boolean isFound(int round, int[] open) {
            int targets = open.length;
            int starts = STARTS << (2 * Math.min(round - 1, MOST_INCREASES));
            SplittableRandom random = RandomKey.of(round).with("property").generator();
            for (int start = 0; start < starts && System.nanoTime() - end <= 0; start++) {
                double[] places = new double[targets * low.length];
                for (int i = 0; i < places.length; i++) {
                    places[i] = random.nextDouble();
                }
                if (descends(places, open, STEPS)) {
                    return true;
                }
            }
            return false;
        }

        /**
         * Follows the signs of gradients.
         *
         * @param places where each point starts, as shares of the box
         * @param chosen the comparison that each point should violate; -1 for the nearest at each step
         */
        private boolean descends(double[] places, int[] chosen, int steps) {
            int length = low.length;
            Tensor lowest = Doubles.of(low, 1, length);
            Tensor highest = Doubles.of(high, 1, length);
            Tensor width = highest.sub(lowest);
            Tensor points = lowest.add(width.mul(Doubles.of(places, chosen.length, length)));
            for (int step = 0; step < steps; step++) {
                try (PointerScope scope = new PointerScope()) {
                    Tensor gradients = gradientsOfMargins(points, chosen);
                    double size = 0.25 * (1 - (double) step / steps);
                    Tensor moved = points.sub(gradients.sign().mul(width).mul(new Scalar(size)));
                    points.copy_(torch.minimum(torch.maximum(moved, lowest), highest));
                    if (isAnyViolated(points, chosen.length)) {
                        return true;
                    }
                }
            }
            return false;
        }

        /** Asks the reference about the points that the graph takes for violations, or nearly so. */
        private boolean isAnyViolated(Tensor points, int count) {
            double[] outputs = Doubles.read(graph.logits(points));
            int classes = graph.classes();
            for (int i = 0; i < count; i++) {
                double[] values = Arrays.copyOfRange(outputs, i * classes, (i + 1) * classes);
                double margin = margin(nearest(values), values);
                double size = Arrays.stream(values).map(Math::abs).max().orElse(0);
                if (margin <= TOLERANCE * size && isViolated(narrow(Doubles.read(points.narrow(0, i, 1))))) {
                    return true;
                }
            }
            return false;
        }

        private float[] narrow(double[] point) {
            float[] values = new float[point.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = Math.max(low[i], Math.min(high[i], (float) point[i]));
            }
            return values;
        }

        private static double margin(VnnLib.Comparison comparison, double[] values) {
            return (comparison.smaller() < 0 ? comparison.number() : values[comparison.smaller()])
                    - (comparison.larger() < 0 ? comparison.number() : values[comparison.larger()]);
        }

        private VnnLib.Comparison nearest(double[] values) {
            VnnLib.Comparison nearest = property.violations().get(0);
            double smallest = Double.POSITIVE_INFINITY;
            for (VnnLib.Comparison comparison : property.violations()) {
                double margin = margin(comparison, values);
                if (margin < smallest) {
                    smallest = margin;
                    nearest = comparison;
                }
            }
            return nearest;
        }

        private Tensor gradientsOfMargins(Tensor points, int[] chosen) {
            try (AutoGradMode mode = new AutoGradMode(true)) {
                Tensor x = points.detach().clone();
                x.set_requires_grad(true);
                Tensor outputs = graph.logits(x);
                int classes = graph.classes();
                double[] values = Doubles.read(outputs.detach());
                double[] rows = new double[values.length];
                for (int i = 0; i < chosen.length; i++) {
                    VnnLib.Comparison comparison = chosen[i] < 0
                            ? nearest(Arrays.copyOfRange(values, i * classes, (i + 1) * classes))
                            : property.violations().get(chosen[i]);
                    if (comparison.smaller() >= 0) {
                        rows[i * classes + comparison.smaller()] += 1;
                    }
                    if (comparison.larger() >= 0) {
                        rows[i * classes + comparison.larger()] -= 1;
                    }
                }
                Tensor margins =
                        outputs.mul(Doubles.of(rows, chosen.length, classes)).sum();
                return new Tensor(torch.grad(new TensorVector(margins), new TensorVector(x))
                        .get(0));
            }
        }
    }
}
