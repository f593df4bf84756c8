package dev.gauntlet.benchmarks;

import dev.gauntlet.threat.Hyperplane;
import dev.gauntlet.threat.Norm;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Measures the geometry of an attack without the model: one batch of 1,000 images of 784 pixels. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class NormBenchmark {
    private static final int EXAMPLES = 1000;

    private static final int LENGTH = 784;

    /** The norm. */
    @Param({"LINF", "L2", "L1", "L0"})
    public Norm norm = Norm.LINF;

    private final float[] clean = new float[EXAMPLES * LENGTH];
    private final float[] gradient = new float[EXAMPLES * LENGTH];
    private final float[] away = new float[EXAMPLES * LENGTH];
    private final float[] result = new float[EXAMPLES * LENGTH];
    private double radius;

    /** Creates images like digits, four pixels of five black or white, and a step that leaves the ball and the box. */
    @Setup
    public void makeImages() {
        radius = switch (norm) {
            case LINF -> .3;
            case L2 -> 2;
            case L1 -> 10;
            case L0 -> 20;
        };
        SplittableRandom random = new SplittableRandom(0);
        for (int i = 0; i < clean.length; i++) {
            int kind = random.nextInt(5);
            clean[i] = kind < 3 ? 0 : kind == 3 ? 1 : (float) random.nextDouble();
            gradient[i] = (float) (random.nextDouble() - .5);
            away[i] = clean[i] + gradient[i];
        }
    }

    /**
     * Projects every image onto its ball and the box; includes a copy of the batch.
     *
     * @return the images
     */
    @Benchmark
    public float[] project() {
        System.arraycopy(away, 0, result, 0, away.length);
        for (int row = 0; row < EXAMPLES; row++) {
            norm.project(clean, result, row * LENGTH, LENGTH, radius);
        }
        return result;
    }

    /**
     * Finds the steepest step of every image.
     *
     * @return the steps
     */
    @Benchmark
    public float[] steepest() {
        for (int row = 0; row < EXAMPLES; row++) {
            norm.steepest(gradient, row * LENGTH, LENGTH, result);
        }
        return result;
    }

    /**
     * Draws a random point of the ball for every image.
     *
     * @return the points
     */
    @Benchmark
    public float[] sample() {
        SplittableRandom random = new SplittableRandom(0);
        for (int row = 0; row < EXAMPLES; row++) {
            norm.sample(random, result, row * LENGTH, LENGTH, radius);
        }
        return result;
    }

    /**
     * Computes the distance of every image.
     *
     * @return their sum
     */
    @Benchmark
    public double distance() {
        double sum = 0;
        for (int row = 0; row < EXAMPLES; row++) {
            sum += norm.distance(clean, away, row * LENGTH, LENGTH);
        }
        return sum;
    }

    /**
     * Finds the smallest step of every image onto a hyperplane; for L0, which does not define one, that of L1.
     *
     * @return the steps
     */
    @Benchmark
    public float[] hyperplane() {
        Norm known = norm == Norm.L0 ? Norm.L1 : norm;
        for (int row = 0; row < EXAMPLES; row++) {
            Hyperplane.linearised(gradient, clean, row * LENGTH, LENGTH, 10).step(known, clean, result);
        }
        return result;
    }
}
