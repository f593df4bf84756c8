package dev.gauntlet.diagnose;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.threat.Misclassified;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.IntFunction;

/**
 * The unit test of attacks: a last layer with a known adversarial example for each image.
 *
 * <p>Zimmermann, Brendel, Tramer and Carlini, "Increasing Confidence in Adversarial Robustness Evaluations", NeurIPS 2022,
 * <a href="https://arxiv.org/abs/2206.13991">arXiv:2206.13991</a>. The features are the model's logits. The planted
 * example is the random point of the ball whose features differ most; the layer is a hyperplane halfway between it and the
 * nearest of the points in the inner half of the ball.
 *
 * @param model the model
 * @param problem the examples in which an adversarial example could be planted, with label 0
 * @param epsilon the budget
 * @param layers the layer for each example id
 */
record PlantedExampleCheck(
        DifferentiableClassifier model, Problem problem, double epsilon, Map<Integer, Layer> layers) {
    static final int EXAMPLES = 20;
    private static final int INNER_POINTS = 32;
    private static final int CANDIDATES = 16;

    /** The number of forward passes per example to plant in it, approximately. */
    static final int POINTS = 1 + INNER_POINTS + CANDIDATES;

    /** With fewer examples, a single miss would have too much weight. */
    private static final int FEWEST = 5;

    /** If an inner point is beyond this share of the way to the planted example, the two are not separable. */
    private static final double SEPARABLE = 0.9;

    /** Plants an adversarial example in each example for which this is possible. */
    static PlantedExampleCheck in(DifferentiableClassifier model, Problem correct, double epsilon) {
        int[] rows = new int[Math.min(EXAMPLES, correct.size())];
        Map<Integer, Layer> layers = new HashMap<>();
        int planted = 0;
        for (int row = 0; row < rows.length; row++) {
            Layer layer = layer(model, correct, row, epsilon);
            if (layer.separates()) {
                layers.put(correct.clean().ids()[row], layer);
                rows[planted++] = row;
            }
        }
        Batch chosen = correct.clean().select(Arrays.copyOf(rows, planted));
        Batch unlabelled = new Batch(chosen.shape(), chosen.ids(), new int[planted], chosen.pixels());
        return new PlantedExampleCheck(
                model,
                new Problem(unlabelled, correct.norm(), new Misclassified(), correct.randomness()),
                epsilon,
                layers);
    }

    private static Layer layer(DifferentiableClassifier model, Problem correct, int row, double epsilon) {
        SplittableRandom random = correct.randomness(row).with("planting").generator();
        Batch example = correct.clean().select(new int[] {row});
        Logits inner = model.logits(around(example, correct, random, INNER_POINTS, epsilon / 2));
        Logits outer = model.logits(around(example, correct, random, CANDIDATES, epsilon));
        return Layer.between(model.logits(example), inner, outer);
    }

    private static Batch around(Batch example, Problem problem, SplittableRandom random, int count, double radius) {
        int length = example.shape().size();
        float[] pixels = new float[count * length];
        for (int point = 0; point < count; point++) {
            problem.norm().sample(random, pixels, point * length, length, radius);
            for (int i = 0; i < length; i++) {
                int at = point * length + i;
                pixels[at] = Math.max(0, Math.min(1, example.pixels()[i] + pixels[at]));
            }
        }
        int[] ids = new int[count];
        int[] labels = new int[count];
        Arrays.setAll(ids, point -> point);
        return new Batch(example.shape(), ids, labels, pixels);
    }

    /** Runs the attacks, each on the examples that earlier attacks missed. */
    Diagnostic found(List<Attack<? super DifferentiableClassifier>> attacks) {
        WarningSign indicator = WarningSign.PLANTED_MISSED;
        if (problem.size() < FEWEST) {
            return Diagnostic.notMeasured(
                    indicator, "An example could be planted in only %d images.".formatted(problem.size()));
        }
        DifferentiableClassifier victim = new Victim();
        Problem left = problem;
        for (Attack<? super DifferentiableClassifier> attack : attacks) {
            AttackTrial trial = AttackTrial.of(attack, victim, left, epsilon);
            left = left.select(trial.standing());
        }
        int found = problem.size() - left.size();
        double share = (double) found / problem.size();
        return Diagnostic.measured(
                indicator,
                share < WarningSign.PLANTED_MISSED.threshold(),
                share,
                WarningSign.PLANTED_MISSED.threshold(),
                String.format(
                        Locale.ROOT,
                        "The attacks found %d of %d planted examples at epsilon %s.",
                        found,
                        problem.size(),
                        Double.toString(epsilon)));
    }

    private Layer layerOf(Batch batch, int row) {
        return Objects.requireNonNull(layers.get(batch.ids()[row]), "no example was planted here");
    }

    /**
     * A hyperplane in the space of the logits.
     *
     * @param origin the logits of the clean example
     * @param direction towards the planted example, scaled so that its dot product with the way there is 1
     * @param threshold the share of the way that belongs to the class of the clean example, in (0,1) if the layer separates
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Layer(double[] origin, double[] direction, double threshold) {
        /** Scales the values to the size of logits. */
        private static final double SCALE = 10;

        static Layer between(Logits clean, Logits inner, Logits outer) {
            int classes = clean.classes();
            double[] origin = new double[classes];
            for (int k = 0; k < classes; k++) {
                origin[k] = clean.values()[k];
            }
            double[] way = new double[classes];
            double farthest = 0;
            for (int row = 0; row < outer.size(); row++) {
                double[] there = difference(outer, row, origin);
                double distance = product(there, there);
                if (distance > farthest) {
                    farthest = distance;
                    way = there;
                }
            }
            double largest = 0;
            for (int k = 0; k < classes; k++) {
                way[k] = farthest == 0 ? 0 : way[k] / farthest;
            }
            for (int row = 0; row < inner.size(); row++) {
                largest = Math.max(largest, product(way, difference(inner, row, origin)));
            }
            return new Layer(origin, way, farthest == 0 ? 1 : (largest + 1) / 2);
        }

        boolean separates() {
            return threshold < (SEPARABLE + 1) / 2;
        }

        /** Returns the signed distance of logits from the hyperplane. */
        double beyond(float[] logits, int offset) {
            double sum = -threshold;
            for (int k = 0; k < origin.length; k++) {
                sum += direction[k] * (logits[offset + k] - origin[k]);
            }
            return SCALE * sum;
        }

        /** Writes the logits of the new layer: class 0 on the side of the clean example, class 1 on the other, all others far below. */
        void write(float[] logits, int offset, float[] target, int at, int classes) {
            double beyond = beyond(logits, offset);
            Arrays.fill(target, at, at + classes, (float) (-10 * SCALE));
            target[at] = (float) -beyond;
            target[at + 1] = (float) beyond;
        }

        private static double[] difference(Logits logits, int row, double[] origin) {
            double[] difference = new double[origin.length];
            for (int k = 0; k < origin.length; k++) {
                difference[k] = logits.values()[row * origin.length + k] - origin[k];
            }
            return difference;
        }

        private static double product(double[] a, double[] b) {
            double sum = 0;
            for (int k = 0; k < a.length; k++) {
                sum += a[k] * b[k];
            }
            return sum;
        }
    }

    /** The model with the new last layer of each example. */
    private final class Victim implements DifferentiableClassifier {
        @Override
        public ModelCard card() {
            return model.card().behind("a planted last layer");
        }

        @Override
        public Logits logits(Batch batch) {
            return replaced(batch, model.logits(batch));
        }

        @Override
        public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
            Gradient gradient = model.gradient(batch, row -> new Behind(layerOf(batch, row), lossOfRow.apply(row)));
            return new Gradient(replaced(batch, gradient.logits()), gradient.losses(), gradient.pixels());
        }

        private Logits replaced(Batch batch, Logits logits) {
            int classes = logits.classes();
            float[] values = new float[logits.values().length];
            for (int row = 0; row < batch.size(); row++) {
                layerOf(batch, row).write(logits.values(), row * classes, values, row * classes, classes);
            }
            return new Logits(classes, values);
        }

        @Override
        public void close() {
            // the caller owns the model
        }
    }

    /** A loss of the new layer's logits, as a function of the model's logits. */
    private record Behind(Layer layer, Loss loss) implements Loss {
        @Override
        public String name() {
            return loss.name();
        }

        @Override
        public double value(float[] logits, int offset, int classes, int label) {
            float[] replaced = new float[classes];
            layer.write(logits, offset, replaced, 0, classes);
            return loss.value(replaced, 0, classes, label);
        }

        @Override
        public double valueAndDerivative(float[] logits, int offset, int classes, int label, float[] derivative) {
            float[] replaced = new float[classes];
            float[] byReplaced = new float[classes];
            layer.write(logits, offset, replaced, 0, classes);
            double value = loss.valueAndDerivative(replaced, 0, classes, label, byReplaced);
            double byBeyond = Layer.SCALE * ((double) byReplaced[1] - byReplaced[0]);
            for (int k = 0; k < classes; k++) {
                derivative[offset + k] = (float) (byBeyond * layer.direction()[k]);
            }
            return value;
        }

        @Override
        public Loss towards(int target) {
            return new Behind(layer, loss.towards(target));
        }
    }
}
