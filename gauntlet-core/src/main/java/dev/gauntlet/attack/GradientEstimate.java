package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Estimates the direction of success from decisions alone: the mean of random steps from a point on the boundary, each with
 * the sign of its decision.
 */
final class GradientEstimate {
    private GradientEstimate() {}

    /**
     * Estimates the direction at a point of each example.
     *
     * <p>The steps are uniform on a sphere or, for L-infinity, uniform in a cube and normalized; they are clipped to the
     * box. Unless all decisions are equal, their mean is subtracted, which reduces the variance.
     *
     * <p>Cost: one forward pass per probe.
     *
     * @param rows the rows of the examples in the problem
     * @param points a point of each example, in the box
     * @param radii the L2 length of the random steps of each example, above 0
     * @param probes the number of random steps per example, at least 1
     * @param series an additional key of the random steps
     * @return the directions, not normalized
     */
    static float[] of(
            DecisionOracle decisions,
            Problem problem,
            int[] rows,
            float[] points,
            double[] radii,
            int probes,
            int series) {
        int length = problem.clean().shape().size();
        SplittableRandom[] randoms = Arrays.stream(rows)
                .mapToObj(row ->
                        problem.randomness(row).with("probes").with(series).generator())
                .toArray(SplittableRandom[]::new);
        int[] successes = new int[rows.length];
        double[] stepsToSuccess = new double[points.length];
        double[] steps = new double[points.length];
        decisions.ask(
                RowSelection.repeat(rows, probes),
                (number, images, offset) -> {
                    int i = number / probes;
                    problem.norm().sample(randoms[i], images, offset, length, 1);
                    double factor = radii[i] / Norm.L2.size(images, offset, length);
                    for (int pixel = 0; pixel < length; pixel++) {
                        double moved = points[i * length + pixel] + factor * images[offset + pixel];
                        images[offset + pixel] = (float) Math.max(0, Math.min(1, moved));
                    }
                },
                (number, images, offset, wanted) -> {
                    int i = number / probes;
                    successes[i] += wanted ? 1 : 0;
                    for (int pixel = 0; pixel < length; pixel++) {
                        double step = (double) images[offset + pixel] - points[i * length + pixel];
                        steps[i * length + pixel] += step;
                        stepsToSuccess[i * length + pixel] += wanted ? step : 0;
                    }
                });
        float[] directions = new float[points.length];
        for (int i = 0; i < rows.length; i++) {
            boolean split = successes[i] > 0 && successes[i] < probes;
            // with decisions of 1 and -1, half the sum of (decision - mean decision) * step
            double share = split ? (double) successes[i] / probes : 0.5;
            for (int pixel = i * length; pixel < (i + 1) * length; pixel++) {
                directions[pixel] = (float) (stepsToSuccess[pixel] - share * steps[pixel]);
            }
        }
        return directions;
    }
}
