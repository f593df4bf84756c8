package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.testkit.AttackCase;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.LinearOptimum;
import dev.gauntlet.testkit.ModelAndImages;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * On linear models, where the nearest misclassified image within the box is known, every attack of the catalogue finds one
 * that is hardly further, and none finds one that is nearer.
 */
class LinearOptimumTest {
    /** How much further than the nearest success an attack may have to go, unless the table below has another number. */
    private static final double USUAL_FACTOR = 1.02;

    private static final double NOT_PROMISED = Double.POSITIVE_INFINITY;

    /** By attack, norm and setting: the factors of attacks that are by nature not exact, even on linear models. */
    private static final Map<String, Double> FACTORS = Map.ofEntries(
            // one step cannot go round a corner of ball and box
            Map.entry("fgsm L2, two classes, edge of the box", NOT_PROMISED),
            Map.entry("fgsm L1, two classes, edge of the box", NOT_PROMISED),
            // its steps add up to epsilon, with none to spare for the way round a corner
            Map.entry("mi-fgsm L2, two classes, edge of the box", NOT_PROMISED),
            // the cross-entropy points away from the true class, not at the nearest other one
            Map.entry("fgsm L-infinity, five classes", NOT_PROMISED),
            Map.entry("fgsm L2, five classes", NOT_PROMISED),
            Map.entry("fgsm L1, five classes", NOT_PROMISED),
            Map.entry("apgd L-infinity, five classes", 1.7),
            Map.entry("apgd L2, five classes", 1.5),
            Map.entry("apgd L1, five classes", NOT_PROMISED),
            Map.entry("r-fgsm L-infinity, five classes", NOT_PROMISED),
            Map.entry("bim L-infinity, five classes", 1.7),
            Map.entry("pgd L-infinity, five classes", 1.7),
            Map.entry("pgd L2, five classes", 1.5),
            Map.entry("mi-fgsm L-infinity, five classes", 1.7),
            Map.entry("mi-fgsm L2, five classes", 1.5),
            // and one pixel that suits the whole may suit no class
            Map.entry("pgd L1, five classes", NOT_PROMISED),
            // ends where the cross-entropy has the direction of the perturbation, which classes close by all turn
            Map.entry("ddn L2, five classes", 1.35),
            // goes to the class that is likeliest where it starts
            Map.entry("fmn L-infinity, five classes", 1.45),
            Map.entry("fmn L2, five classes", 1.4),
            Map.entry("fmn L1, five classes", 1.6),
            Map.entry("cw L2, five classes", 1.4),
            // its squared distance spreads what has to go far, and c grows with the class that is likeliest at first
            Map.entry("ead L1, two classes, edge of the box", 1.3),
            Map.entry("ead L1, five classes", 1.6),
            // its steps in L2 may keep two inputs where one would do
            Map.entry("fmn L0, two classes, edge of the box", 2.0),
            // noise finds what is near by chance only
            Map.entry("uniform-noise L-infinity, two classes", NOT_PROMISED),
            Map.entry("uniform-noise L-infinity, two classes, edge of the box", NOT_PROMISED),
            Map.entry("uniform-noise L-infinity, five classes", NOT_PROMISED),
            Map.entry("uniform-noise L2, two classes", NOT_PROMISED),
            Map.entry("uniform-noise L2, two classes, edge of the box", NOT_PROMISED),
            Map.entry("uniform-noise L2, five classes", NOT_PROMISED),
            Map.entry("gaussian-noise L2, two classes", NOT_PROMISED),
            Map.entry("gaussian-noise L2, two classes, edge of the box", NOT_PROMISED),
            Map.entry("gaussian-noise L2, five classes", NOT_PROMISED),
            Map.entry("salt-and-pepper L0, two classes", NOT_PROMISED),
            Map.entry("salt-and-pepper L0, two classes, edge of the box", NOT_PROMISED),
            Map.entry("salt-and-pepper L0, five classes", NOT_PROMISED),
            Map.entry("salt-and-pepper L1, two classes", NOT_PROMISED),
            Map.entry("salt-and-pepper L1, two classes, edge of the box", NOT_PROMISED),
            Map.entry("salt-and-pepper L1, five classes", NOT_PROMISED),
            Map.entry("salt-and-pepper L2, two classes", NOT_PROMISED),
            Map.entry("salt-and-pepper L2, two classes, edge of the box", NOT_PROMISED),
            Map.entry("salt-and-pepper L2, five classes", NOT_PROMISED),
            // the margin leads to the class that is largest at first, not to the nearest one
            Map.entry("square L-infinity, five classes", 1.25),
            Map.entry("spsa L-infinity, five classes", 1.2),
            // bumps of three pixels and more do not fit any weights
            Map.entry("square L2, two classes", 1.15),
            Map.entry("square L2, two classes, edge of the box", 1.4),
            Map.entry("square L2, five classes", 1.6),
            Map.entry("square L1, two classes", 1.25),
            Map.entry("square L1, two classes, edge of the box", 1.35),
            Map.entry("square L1, five classes", 1.9),
            // they stay at the boundary with the class that the noise at their start was taken for
            Map.entry("boundary L2, five classes", 2.5),
            Map.entry("hop-skip-jump L-infinity, five classes", 1.6),
            Map.entry("hop-skip-jump L2, five classes", 1.6));

    /** By the name of an attack whose defaults do not go all the way, or take too long: what runs in its place. */
    private static final Map<String, String> LONG_ENOUGH = Map.of(
            // what the random step spends may be missing
            "r-fgsm", "r-fgsm:relative-start=.005",
            // 40 steps of a thirtieth of epsilon do not cross the ball from one side to the other
            "pgd", "pgd:steps=100",
            "cw", "cw:steps=3000");

    private static final int SIZE = 8;

    /** The same for all attacks, because the slow routine is slow. */
    private static final Map<List<Object>, LinearProblem> PROBLEMS = new ConcurrentHashMap<>();

    enum Setting {
        INSIDE("two classes", 2, false),
        EDGE("two classes, edge of the box", 2, true),
        MANY("five classes", 5, false);

        private final String title;
        private final int classes;
        private final boolean edge;

        Setting(String title, int classes, boolean edge) {
            this.title = title;
            this.classes = classes;
            this.edge = edge;
        }
    }

    /** A case in a setting, and how exact it must be there. */
    record Promise(AttackCase attack, Setting setting) {
        double factor() {
            return FACTORS.getOrDefault(toString(), USUAL_FACTOR);
        }

        @Override
        public String toString() {
            return attack + ", " + setting.title;
        }
    }

    static Stream<Promise> fixedBudgets() {
        return promises().filter(promise -> promise.attack().isFixedBudget());
    }

    static Stream<Promise> minimalNorms() {
        return promises().filter(promise -> !promise.attack().isFixedBudget());
    }

    private static Stream<Promise> promises() {
        return Attacks.all().stream()
                .map(attack -> Attacks.parse(LONG_ENOUGH.getOrDefault(attack.name(), attack.name())))
                .flatMap(AttackCase::of)
                .flatMap(attack -> Arrays.stream(Setting.values()).map(setting -> new Promise(attack, setting)))
                .filter(promise -> promise.factor() < NOT_PROMISED);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixedBudgets")
    void aBudgetSufficesExactlyFromTheNearestSuccessOn(Promise promise) {
        Norm norm = promise.attack().norm();
        for (long seed = 0; seed < 3; seed++) {
            LinearProblem linear = problem(promise, seed);
            FixedBudgetAttack.Search search = ((FixedBudgetAttack<? super DifferentiableClassifier>)
                            promise.attack().runnable())
                    .prepare(linear.model, Problem.of(linear.batch, norm).withSeed(seed));
            for (int row = 0; row < SIZE; row++) {
                double nearest = linear.distances[row];
                String where = "%s, seed %d, row %d, nearest success at %s".formatted(promise, seed, row, nearest);
                double tooLittle = norm == Norm.L0 ? nearest - 1 : .999 * nearest;
                assertThat(search.within(tooLittle).success()[row]).as(where).isFalse();
                double factor = promise.factor();
                while (!search.within(linear.budget(factor * nearest)).success()[row] && factor < 100) {
                    factor *= 1.05;
                }
                assertThat(factor).as("%s: factor", where).isEqualTo(promise.factor());
            }
        }
    }

    @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
    @MethodSource("minimalNorms")
    void theNearestSuccessIsFound(Promise promise) {
        Norm norm = promise.attack().norm();
        for (long seed = 0; seed < 3; seed++) {
            LinearProblem linear = problem(promise, seed);
            AttackResult result = promise.attack()
                    .run(linear.model, Problem.of(linear.batch, norm).withSeed(seed), norm.largest(linear.length()));
            int length = linear.length();
            for (int row = 0; row < SIZE; row++) {
                double nearest = linear.distances[row];
                String where = "%s, seed %d, row %d, nearest success at %s".formatted(promise, seed, row, nearest);
                assertThat(result.success()[row]).as(where).isTrue();
                assertThat(norm.distance(linear.batch.pixels(), result.pixels(), row * length, length))
                        .as(where)
                        .isBetween(nearest * .9999, nearest * promise.factor() + 1e-6); // pixels are rounded to floats
            }
        }
    }

    private static LinearProblem problem(Promise promise, long seed) {
        return PROBLEMS.computeIfAbsent(
                List.of(promise.setting(), promise.attack().norm(), seed),
                key -> new LinearProblem(promise.setting(), promise.attack().norm(), seed));
    }

    /** A random linear model, and examples whose distance to the nearest misclassified image is known. */
    private static final class LinearProblem {
        private final Norm norm;
        private final LinearModel model;
        private final Batch batch;
        private final double[] distances = new double[SIZE];

        LinearProblem(Setting setting, Norm norm, long seed) {
            this.norm = norm;
            SplittableRandom random = RandomKey.of(seed).with("linear optimum").generator();
            int length = 6 + 3 * (int) (seed % 3);
            double[][] weights = new double[setting.classes][];
            // some models are confident
            double scale = seed % 2 == 0 ? 1 : 20;
            Arrays.setAll(weights, k -> random.doubles(length, -scale, scale).toArray());
            // so that grey is in the middle of all classes
            double[] bias = Arrays.stream(weights)
                    .mapToDouble(ofClass -> -.5 * Arrays.stream(ofClass).sum())
                    .toArray();
            model = new LinearModel(weights, bias);
            float[] pixels = new float[SIZE * length];
            int[] labels = new int[SIZE];
            int size = 0;
            while (size < SIZE) {
                float[] x = image(random, length, setting.edge);
                double[] logits = model.logitsOf(
                        IntStream.range(0, length).mapToDouble(i -> x[i]).toArray());
                int label = IntStream.range(0, logits.length)
                        .reduce((a, b) -> logits[b] > logits[a] ? b : a)
                        .orElseThrow();
                if (fits(setting, distance(Norm.L1, weights, logits, label, x))) {
                    distances[size] = distance(norm, weights, logits, label, x);
                    labels[size] = label;
                    System.arraycopy(x, 0, pixels, size * length, length);
                    size++;
                }
            }
            batch = ModelAndImages.labelled(
                    ModelAndImages.unlabelled(new ImageShape(1, 1, length), SIZE, pixels), labels);
        }

        /** Returns the largest budget of the norm that is at most this one. */
        double budget(double epsilon) {
            return norm == Norm.L0 ? Math.floor(epsilon) : Math.min(norm.largest(length()), epsilon);
        }

        int length() {
            return batch.shape().size();
        }

        /** Draws an image; unless it is at the edge, no pixel is within .35 of black or white. */
        private static float[] image(SplittableRandom random, int length, boolean edge) {
            float[] x = new float[length];
            for (int i = 0; i < length; i++) {
                x[i] = edge && random.nextInt(3) > 0
                        ? random.nextInt(2)
                        : (float) (edge ? random.nextDouble() : random.nextDouble(.35, .65));
            }
            return x;
        }

        private static boolean fits(Setting setting, double distance) {
            return setting.edge
                    ? distance >= .1 && distance < Double.POSITIVE_INFINITY
                    : distance >= .1 && distance < .34;
        }

        private static double distance(Norm norm, double[][] weights, double[] logits, int label, float[] x) {
            return IntStream.range(0, weights.length)
                    .filter(k -> k != label)
                    .mapToDouble(k -> LinearOptimum.distance(
                            norm,
                            IntStream.range(0, x.length)
                                    .mapToDouble(i -> weights[k][i] - weights[label][i])
                                    .toArray(),
                            x,
                            logits[label] - logits[k]))
                    .min()
                    .orElseThrow();
        }
    }
}
