package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * What the attacks achieved on each example with each budget.
 *
 * <p>Examples are addressed by their position, in growing order of their numbers in the data set, and budgets by their
 * position in {@link RobustnessReport#results()}; budget 0 is the clean image.
 *
 * <p>Example: {@code outcomes.isRobust(i, 1)} tells whether example {@code i} is classified correctly both clean and under
 * every attack with the smallest budget.
 */
public final class Outcomes {
    private static final int NO_ATTACK = -1;
    private static final double NOTHING_FOUND = -1;

    private final Columns columns;

    /**
     * Creates the outcomes.
     *
     * @param columns what they hold
     * @throws GauntletException if the columns contradict each other, naming the entry
     */
    public Outcomes(Columns columns) {
        this.columns = columns.copy();
        requireExamples();
        requireBudgets();
        requireDistances();
        for (int budget = 0; budget < budgets(); budget++) {
            requirePredictions(budget);
        }
    }

    /**
     * The outcomes in the form of the record of a run: one array per property, with an entry for each example.
     *
     * @param classes the number of classes
     * @param ids the numbers in the data set, growing
     * @param labels the true classes
     * @param distances how far the nearest success of any attack is from the clean image: 0 if the clean image is
     *     misclassified, -1 if no attack found a success
     * @param predictions for each budget the predicted classes; for an example that no attack succeeded on this is the clean
     *     prediction
     * @param successfulAttacks for each budget the positions in the list of attacks of the first attack that succeeded; -1
     *     if none did
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Columns(
            int classes, int[] ids, int[] labels, double[] distances, int[][] predictions, int[][] successfulAttacks) {
        private Columns copy() {
            return new Columns(
                    classes,
                    ids.clone(),
                    labels.clone(),
                    distances.clone(),
                    copy(predictions),
                    copy(successfulAttacks));
        }

        private static int[][] copy(int[][] rows) {
            return Arrays.stream(rows).map(int[]::clone).toArray(int[][]::new);
        }
    }

    /**
     * Returns the number of examples.
     *
     * @return the number, at least 1
     */
    public int size() {
        return columns.ids.length;
    }

    /**
     * Returns the number of classes.
     *
     * @return the number, at least 2
     */
    public int classes() {
        return columns.classes;
    }

    /** Returns the number of budgets, with that of the clean images. */
    int budgets() {
        return columns.predictions.length;
    }

    /**
     * Returns the number of an example in its data set.
     *
     * @param example the position of the example
     * @return the number
     */
    public int id(int example) {
        return columns.ids[example];
    }

    /**
     * Finds an example by its number in the data set.
     *
     * @param id the number
     * @return the position of the example; empty if it is not among them
     */
    public OptionalInt position(int id) {
        int position = Arrays.binarySearch(columns.ids, id);
        return position < 0 ? OptionalInt.empty() : OptionalInt.of(position);
    }

    /**
     * Returns the true class of an example.
     *
     * @param example the position of the example
     * @return the class
     */
    public int label(int example) {
        return columns.labels[example];
    }

    /**
     * Returns the predicted class of a clean image.
     *
     * @param example the position of the example
     * @return the class
     */
    public int cleanPrediction(int example) {
        return columns.predictions[0][example];
    }

    /**
     * Returns the predicted class under attack.
     *
     * @param example the position of the example
     * @param budget the position of the budget
     * @return the class; the clean prediction if no attack succeeded
     */
    public int prediction(int example, int budget) {
        return columns.predictions[budget][example];
    }

    /**
     * Tells whether the clean image is misclassified.
     *
     * @param example the position of the example
     * @return whether it is
     */
    public boolean isCleanMistake(int example) {
        return !isRobust(example, 0);
    }

    /**
     * Tells whether an example is classified correctly both clean and under every attack.
     *
     * @param example the position of the example
     * @param budget the position of the budget
     * @return whether it is
     */
    public boolean isRobust(int example, int budget) {
        return columns.predictions[budget][example] == columns.labels[example];
    }

    /**
     * Returns which attack succeeded on an example.
     *
     * @param example the position of the example
     * @param budget the position of the budget
     * @return the position in the list of attacks of the first one that succeeded; empty if none did, as on every example
     *     that is misclassified when clean
     */
    public OptionalInt successfulAttack(int example, int budget) {
        int attack = columns.successfulAttacks[budget][example];
        return attack == NO_ATTACK ? OptionalInt.empty() : OptionalInt.of(attack);
    }

    /**
     * Returns how far the nearest success of any attack is from the clean image, whatever the budget.
     *
     * @param example the position of the example
     * @return the distance in the norm of the plan; 0 if the clean image is misclassified, empty if no attack found a
     *     success
     */
    public OptionalDouble nearestSuccess(int example) {
        double distance = columns.distances[example];
        return distance == NOTHING_FOUND ? OptionalDouble.empty() : OptionalDouble.of(distance);
    }

    /**
     * Counts the examples that are robust with a budget.
     *
     * @param budget the position of the budget
     * @return how many
     */
    public int robust(int budget) {
        return (int) examples().filter(i -> isRobust(i, budget)).count();
    }

    /**
     * Counts the examples that any attack succeeded on.
     *
     * @param budget the position of the budget
     * @return how many
     */
    public int successes(int budget) {
        return (int) examples()
                .filter(i -> columns.successfulAttacks[budget][i] != NO_ATTACK)
                .count();
    }

    /**
     * Counts the examples that an attack was the first to succeed on.
     *
     * @param budget the position of the budget
     * @param attack the position of the attack
     * @return how many
     */
    public int successes(int budget, int attack) {
        return (int) examples()
                .filter(i -> columns.successfulAttacks[budget][i] == attack)
                .count();
    }

    /**
     * Returns the positions of all examples.
     *
     * @return the positions, from 0
     */
    public IntStream examples() {
        return IntStream.range(0, size());
    }

    /**
     * Returns the outcomes as they are written.
     *
     * @return a copy
     */
    public Columns columns() {
        return columns.copy();
    }

    private void requireExamples() {
        Rules.require(classes() >= 2, "classes", "is %s, a classifier has at least 2", classes());
        Rules.require(size() >= 1, "ids", "is empty");
        requireLength(columns.labels.length, "labels");
        requireLength(columns.distances.length, "distances");
        for (int i = 0; i < size(); i++) {
            if (columns.ids[i] < 0 || (i > 0 && columns.ids[i] <= columns.ids[i - 1])) {
                throw Rules.broken(entry("ids", i), "is %s, ids grow and are at least 0", columns.ids[i]);
            }
        }
        requireClasses(columns.labels, "labels");
    }

    private void requireBudgets() {
        Rules.require(budgets() >= 1, "predictions", "is empty");
        Rules.require(
                columns.successfulAttacks.length == budgets(),
                "successfulAttacks",
                "has %s budgets, predictions has %s",
                columns.successfulAttacks.length,
                budgets());
        for (int budget = 0; budget < budgets(); budget++) {
            requireLength(columns.predictions[budget].length, entry("predictions", budget));
            requireLength(columns.successfulAttacks[budget].length, entry("successfulAttacks", budget));
            requireClasses(columns.predictions[budget], entry("predictions", budget));
        }
    }

    /** Only an attack changes a prediction, and only from right to wrong. */
    private void requirePredictions(int budget) {
        for (int i = 0; i < size(); i++) {
            if (columns.successfulAttacks[budget][i] != NO_ATTACK) {
                requireSuccess(i, budget);
            } else if (prediction(i, budget) != cleanPrediction(i)) {
                throw Rules.broken(
                        entry(entry("predictions", budget), i),
                        "is %s, which no attack achieved; when clean it is %s",
                        prediction(i, budget),
                        cleanPrediction(i));
            }
        }
    }

    private void requireSuccess(int i, int budget) {
        int attack = columns.successfulAttacks[budget][i];
        String problem = attack < 0
                ? "it is -1 or the position of an attack"
                : budget == 0
                        ? "but the clean images are not attacked"
                        : isCleanMistake(i)
                                ? "but the example is misclassified when clean"
                                : isRobust(i, budget)
                                        ? "but the prediction is the label"
                                        : columns.distances[i] == NOTHING_FOUND
                                                ? "but distances[" + i + "] says that no attack succeeded"
                                                : "";
        if (!problem.isEmpty()) {
            throw Rules.broken(entry(entry("successfulAttacks", budget), i), "is %s, %s", attack, problem);
        }
    }

    private void requireDistances() {
        for (int i = 0; i < size(); i++) {
            double distance = columns.distances[i];
            if (distance != NOTHING_FOUND && !(distance >= 0 && Double.isFinite(distance))) {
                throw Rules.broken(entry("distances", i), "is %s, it is -1 or a finite number of at least 0", distance);
            }
            if ((distance == 0) != isCleanMistake(i)) {
                throw Rules.broken(
                        entry("distances", i),
                        "is %s, it is 0 for what is misclassified when clean, and only for that",
                        distance);
            }
        }
    }

    /**
     * Requires that every success with a budget is one of the attacks, what the adversary wants, and within the budget.
     *
     * @throws GauntletException if one is not
     */
    void requireSuccesses(int budget, int attacks, Criterion criterion, LpBall ball) {
        for (int i = 0; i < size(); i++) {
            int attack = columns.successfulAttacks[budget][i];
            if (attack == NO_ATTACK) {
                continue;
            }
            String problem = attack >= attacks
                    ? "there are %s attacks".formatted(attacks)
                    : !criterion.isMet(prediction(i, budget), label(i))
                            ? "but class %s is not what the adversary wants".formatted(prediction(i, budget))
                            : !ball.allows(columns.distances[i])
                                    ? "but distances[%s] is %s, beyond epsilon %s"
                                            .formatted(i, columns.distances[i], ball.epsilon())
                                    : "";
            if (!problem.isEmpty()) {
                throw Rules.broken(
                        "outcomes." + entry(entry("successfulAttacks", budget), i), "is %s, %s", attack, problem);
            }
        }
    }

    private void requireLength(int length, String place) {
        Rules.require(length == size(), place, "has %s entries, ids has %s", length, size());
    }

    private void requireClasses(int[] values, String place) {
        for (int i = 0; i < values.length; i++) {
            if (values[i] < 0 || values[i] >= classes()) {
                throw Rules.broken(entry(place, i), "is %s, there are %s classes", values[i], classes());
            }
        }
    }

    private static String entry(String place, int position) {
        return place + "[" + position + "]";
    }
}
