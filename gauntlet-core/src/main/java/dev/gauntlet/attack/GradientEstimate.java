package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Estimates from decisions alone in which direction success lies: asks about random steps from a point on the boundary and
 * takes their mean, each with the sign of the answer.
 */
final class GradientEstimate {
    private GradientEstimate() {}

    /**
     * Estimates the direction at one point of each example.
     *
     * <p>The steps are uniform on a sphere, or for L-infinity uniform in a cube and then given the same length; the box cuts
     * them off. The mean answer is taken off each answer, which makes the estimate more exact, unless all are the same.
     *
     * <p>Cost: as many forward passes as probes.
     *
     * @param rows the rows of the examples in the problem
     * @param points a point of each, in the box
     * @param radii the length in L2 of the random steps of each, above 0
     * @param probes how many of them there are for each, at least 1
     * @param series what they depend on besides the example
     * @return the directions, of any length
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
            // with the answers 1 and -1, half the sum of answer less mean answer, each times its step
            double share = split ? (double) successes[i] / probes : 0.5;
            for (int pixel = i * length; pixel < (i + 1) * length; pixel++) {
                directions[pixel] = (float) (stepsToSuccess[pixel] - share * steps[pixel]);
            }
        }
        return directions;
    }
}
