package dev.gauntlet.benchmarks;

import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.loss.Losses;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Measures a loss of ten logits with its derivative, per image. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(LossBenchmark.EXAMPLES)
public class LossBenchmark {
    static final int EXAMPLES = 1000;

    private static final int CLASSES = 10;

    /** The loss. */
    @Param({"cross-entropy", "cross-entropy-float32", "margin", "dlr"})
    public String loss = "cross-entropy";

    /** Whether it is the targeted loss. */
    @Param({"false", "true"})
    public boolean targeted = false;

    private final float[] logits = new float[EXAMPLES * CLASSES];
    private final float[] derivative = new float[logits.length];
    private Loss parsed = new CrossEntropy();

    /** Draws logits. */
    @Setup
    public void drawLogits() {
        Loss known = Losses.CHOICES.parse(loss);
        parsed = targeted ? known.towards(3) : known;
        SplittableRandom random = new SplittableRandom(0);
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) random.nextDouble(-10, 10);
        }
    }

    /**
     * Computes the loss and the derivative of every image.
     *
     * @return the sum of the losses
     */
    @Benchmark
    public double valueAndDerivative() {
        double sum = 0;
        for (int row = 0; row < EXAMPLES; row++) {
            sum += parsed.valueAndDerivative(logits, row * CLASSES, CLASSES, row % CLASSES, derivative);
        }
        return sum;
    }
}
