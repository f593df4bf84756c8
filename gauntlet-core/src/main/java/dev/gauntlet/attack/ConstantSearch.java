package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.model.Logits;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Searches for the smallest weight c of the success term that still leads to a success, for each example; shared by
 * {@link CarliniWagner} and {@link ElasticNet}. For each c, the attack descends from the clean examples.
 *
 * @param searchSteps the number of values of c
 * @param steps the number of steps for each c
 * @param initialConstant the first value of c
 * @param abortEarly whether the search with one c ends when the loss has not decreased by 0.01 % within a tenth of the
 *     steps
 */
record ConstantSearch(int searchSteps, int steps, double initialConstant, boolean abortEarly) {
    private static final double FALLING = .9999;

    /** Minimizes the loss of the active examples, one step at a time. */
    interface Descent {
        /**
         * Takes a step.
         *
         * @param problem the active examples
         * @param constants their values of c
         * @param step the number of the step, from 0
         * @return the evaluated points with their logits
         */
        List<Seen> step(Problem problem, double[] constants, int step);

        /** Computes the minimized loss of one example at the point evaluated by the last step. */
        double loss(Problem problem, double constant, int i);

        /** Selects some of the examples. */
        void select(int[] left);
    }

    /** A point of each example, possibly outside the box, with its logits. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Seen(float[] x, Logits logits) {}

    /** Validates the options. */
    static void require(
            String attack, String ofAttack, int searchSteps, int steps, double learningRate, double initialConstant) {
        Require.atLeast(1, searchSteps, attack, "search step");
        Require.atLeast(1, steps, attack, "step");
        Require.above(0, learningRate, "The learning rate of " + ofAttack);
        Require.above(0, initialConstant, "The initial constant of " + ofAttack);
    }

    /**
     * Runs the search.
     *
     * @param problem the problem
     * @param findings stores the successes; has at least one row to attack
     * @param descent starts a descent from the clean examples
     */
    void run(Problem problem, Findings findings, Function<Problem, Descent> descent) {
        int[] rows = findings.attacked();
        Problem attacked = problem.select(rows);
        Constants constants = new Constants(rows.length, initialConstant);
        for (int search = 0; search < searchSteps; search++) {
            constants.next(minimise(attacked, constants, descent.apply(attacked), findings, rows));
        }
    }

    /** Descends with the current constants and returns which examples had a success. */
    private boolean[] minimise(Problem attacked, Constants constants, Descent descent, Findings findings, int[] rows) {
        boolean[] found = new boolean[rows.length];
        Problem problem = attacked;
        int[] moving = IntStream.range(0, rows.length).toArray();
        double[] current = constants.values();
        double[] lossBefore = new double[rows.length];
        Arrays.fill(lossBefore, Double.POSITIVE_INFINITY);
        int tenth = (steps + 9) / 10;
        for (int step = 0; step < steps && moving.length > 0; step++) {
            boolean[] goesOn = new boolean[moving.length];
            Arrays.fill(goesOn, true);
            for (Seen seen : descent.step(problem, current, step)) {
                for (int i = 0; i < moving.length; i++) {
                    goesOn[i] &= seen.logits().isFinite(i);
                    if (problem.isMet(seen.logits(), i) && isInBox(seen.x(), i, moving.length)) {
                        found[moving[i]] = true;
                        findings.keep(rows[moving[i]], seen.x(), i);
                    }
                }
            }
            if (abortEarly && step % tenth == 0) {
                for (int i = 0; i < moving.length; i++) {
                    double loss = descent.loss(problem, current[i], i);
                    goesOn[i] &= loss <= FALLING * lossBefore[i];
                    lossBefore[i] = loss;
                }
            }
            int[] left =
                    IntStream.range(0, moving.length).filter(i -> goesOn[i]).toArray();
            if (left.length < moving.length) {
                problem = problem.select(left);
                moving = RowSelection.select(moving, left);
                current = RowSelection.select(current, left);
                lossBefore = RowSelection.select(lossBefore, left);
                descent.select(left);
            }
        }
        return found;
    }

    private static boolean isInBox(float[] x, int i, int size) {
        int length = x.length / size;
        boolean inside = true;
        for (int p = i * length; p < (i + 1) * length; p++) {
            inside &= x[p] >= 0 && x[p] <= 1;
        }
        return inside;
    }

    /**
     * The constants: ten times larger after each failure until the first success, then the midpoint of the largest that
     * failed and the smallest that succeeded.
     */
    static final class Constants {
        private final double[] failed;
        private final double[] succeeded;
        private final double[] values;

        Constants(int size, double initial) {
            failed = new double[size];
            succeeded = new double[size];
            values = new double[size];
            Arrays.fill(succeeded, Double.POSITIVE_INFINITY);
            Arrays.fill(values, initial);
        }

        /** Returns the constant to try for each example. */
        double[] values() {
            return values.clone();
        }

        /** Continues with the next constant of every example. */
        void next(boolean[] found) {
            for (int row = 0; row < found.length; row++) {
                if (found[row]) {
                    succeeded[row] = values[row];
                } else {
                    failed[row] = values[row];
                }
                values[row] = succeeded[row] < Double.POSITIVE_INFINITY
                        ? (failed[row] + succeeded[row]) / 2
                        : values[row] * 10;
            }
        }
    }
}
