package dev.gauntlet.benchmarks;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.AttackResult;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.MinimalNormAttack;
import dev.gauntlet.attack.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Norm;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Measures some steps of each attack per image of 784 pixels, with a model that costs almost nothing and is never
 * fooled; the passes of the model alone are measured, too, for subtraction. Decision-based attacks are not included,
 * because they need a misclassified image to start from.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@OperationsPerInvocation(AttackBenchmark.EXAMPLES)
public class AttackBenchmark {
    static final int EXAMPLES = 100;

    /** The model and the images. */
    @State(Scope.Benchmark)
    public static class Victim {
        private final LinearVictim model = new LinearVictim(4, 784);
        private final Batch batch = digits();
    }

    /** The attack and its model. */
    @State(Scope.Benchmark)
    public static class Request {
        /** The norm, and the attack with its options. */
        @Param({
            "linf fgsm",
            "l2 fgsm",
            "l1 fgsm",
            "linf r-fgsm",
            "linf bim:step-size=.0375",
            "linf pgd:steps=10",
            "l2 pgd:steps=10",
            "l1 pgd:steps=10",
            "linf mi-fgsm:steps=10",
            "l2 mi-fgsm:steps=10",
            "linf apgd:steps=10",
            "l2 apgd:steps=10",
            "l1 apgd:steps=10",
            "linf apgd-t:steps=10",
            "l2 apgd-t:steps=10",
            "l1 apgd-t:steps=10",
            "linf deepfool:steps=10",
            "l2 deepfool:steps=10",
            "linf fab:steps=10",
            "l2 fab:steps=10",
            "l1 fab:steps=10",
            "linf fab-t:steps=10",
            "l2 fab-t:steps=10",
            "l1 fab-t:steps=10",
            "linf uniform-noise:repeats=10",
            "l2 uniform-noise:repeats=10",
            "l2 gaussian-noise:repeats=10",
            "l0 salt-and-pepper:steps=10",
            "linf square:queries=10",
            "l2 square:queries=10",
            "l1 square:queries=10",
            "linf spsa:steps=1"
        })
        public String attack = "linf fgsm";

        private Norm norm = Norm.LINF;
        private Attack<? super DifferentiableClassifier> parsed = Attacks.parse("fgsm");

        /** Reads the norm and the attack. */
        @Setup
        public void parse() {
            String[] parts = attack.split(" ", 2);
            norm = Norm.parse(parts[0]);
            parsed = Attacks.parse(parts[1]);
        }
    }

    /**
     * One forward pass of the model.
     *
     * @param victim the model and the images
     * @return the logits
     */
    @Benchmark
    public Logits logits(Victim victim) {
        return victim.model.logits(victim.batch);
    }

    /**
     * One forward and one backward pass of the model.
     *
     * @param victim the model and the images
     * @return the gradient
     */
    @Benchmark
    public Gradient gradient(Victim victim) {
        return victim.model.gradient(victim.batch, new CrossEntropy());
    }

    /**
     * The attack, with one budget if it has one.
     *
     * @param victim the model and the images
     * @param request the norm and the attack
     * @return what it found
     */
    @Benchmark
    public AttackResult attack(Victim victim, Request request) {
        Problem problem = Problem.of(victim.batch, request.norm);
        if (request.parsed instanceof FixedBudgetAttack<? super DifferentiableClassifier> fixed) {
            return fixed.prepare(victim.model, problem).within(budget(request.norm));
        }
        return ((MinimalNormAttack<? super DifferentiableClassifier>) request.parsed).nearest(victim.model, problem);
    }

    private static double budget(Norm norm) {
        return switch (norm) {
            case LINF -> .3;
            case L2 -> 2;
            case L1 -> 10;
            case L0 -> 20;
        };
    }

    /** Creates images like digits, four pixels of five black or white. */
    private static Batch digits() {
        ImageShape shape = new ImageShape(1, 28, 28);
        float[] pixels = new float[EXAMPLES * shape.size()];
        SplittableRandom random = new SplittableRandom(0);
        for (int i = 0; i < pixels.length; i++) {
            int kind = random.nextInt(5);
            pixels[i] = kind < 3 ? 0 : kind == 3 ? 1 : (float) random.nextDouble();
        }
        return new Batch(shape, IntStream.range(0, EXAMPLES).toArray(), new int[EXAMPLES], pixels);
    }
}
