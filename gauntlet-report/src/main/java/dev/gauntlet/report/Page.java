package dev.gauntlet.report;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The content of the page; the templates only arrange it.
 *
 * <p>The texts are not escaped; the templates do that.
 *
 * @param title the heading
 * @param headline the result in a few words
 * @param summary the result in one sentence
 * @param assessment how far the result can be trusted
 * @param subject a summary of model, data and attacks
 * @param ending why the run ended early, empty if it was complete
 * @param notices what a reader must know before using any number
 * @param opening a large example, if any attack succeeded
 * @param keyFigures the most important numbers
 * @param distance the phrases for the norm
 * @param focus the budget in focus
 * @param accuracy the plot of accuracy against epsilon
 * @param budgets the same as a table
 * @param proofs what was proved, if anything was to be
 * @param classes the accuracy of each class at each budget
 * @param attacks the successes and the cost of each attack
 * @param distances the distances of the nearest successes, if a minimal-norm attack ran
 * @param cards wrong predictions, one card for each image
 * @param extremes the smallest and largest change of each attack, if they differ
 * @param confusions the confusions under attack, then the clean ones
 * @param training the training of the model, if known
 * @param method the phrases that describe the attacks
 * @param facts everything a result depends on
 * @param baseline the comparison with a baseline report, if given
 * @param plan the lines of the plan that repeats the run
 * @param planNote a remark on repeating the run, if any
 * @param version the version of Gauntlet that ran the attack
 */
record Page(
        String title,
        String headline,
        String summary,
        Assessment assessment,
        String subject,
        String ending,
        List<Notice> notices,
        Optional<Specimen> opening,
        List<KeyFigure> keyFigures,
        Distance distance,
        String focus,
        Chart accuracy,
        List<BudgetRow> budgets,
        Optional<Proofs> proofs,
        ClassMap classes,
        AttackTable attacks,
        Optional<DistancePlot> distances,
        List<Card> cards,
        List<GallerySection> extremes,
        List<Confusion> confusions,
        Optional<Training> training,
        Method method,
        List<FactGroup> facts,
        Optional<Baseline> baseline,
        List<String> plan,
        Optional<String> planNote,
        String version) {

    /** Returns all plots of the page, in their order. */
    List<Chart> charts() {
        return Stream.of(
                        Stream.of(accuracy),
                        proofs.stream().map(Proofs::chart),
                        distances.stream().map(DistancePlot::chart),
                        training.stream()
                                .flatMap(training -> training.curves().stream())
                                .flatMap(curves -> Stream.of(curves.accuracy(), curves.loss())),
                        baseline.stream().map(Baseline::chart))
                .flatMap(charts -> charts)
                .toList();
    }

    /**
     * What a reader must know before using any number.
     *
     * @param lead the beginning, at most two lines long
     * @param rest the rest; empty if there is none
     */
    record Notice(String lead, String rest) {}

    /**
     * An important number.
     *
     * @param name what it counts
     * @param value the number
     * @param detail its parts
     * @param interval its 95 % interval, empty if the number is not a rate
     * @param alarming whether it is as bad as few models should be
     */
    record KeyFigure(String name, String value, String detail, String interval, boolean alarming) {}

    /**
     * How far the result can be trusted.
     *
     * @param verdict in capitals
     * @param style the style class of the verdict
     * @param meaning the meaning, as a sentence
     * @param counts how many signs were measured and raised
     * @param raised the raised signs
     * @param others the quiet signs and those that were not measured
     */
    record Assessment(
            String verdict, String style, String meaning, String counts, List<Sign> raised, List<Sign> others) {}

    /**
     * A warning sign and its outcome.
     *
     * @param id the anchor
     * @param state the outcome
     * @param title the sign in a few words
     * @param severity the trust level that it implies
     * @param finding the finding, as a sentence
     * @param limit the measurement and its threshold, empty if not measured
     * @param explanation what the sign means
     * @param remedy the remedy
     * @param source the reference
     */
    record Sign(
            String id,
            String state,
            String title,
            String severity,
            String finding,
            String limit,
            String explanation,
            String remedy,
            String source) {}

    /**
     * The accuracy of each class at each budget.
     *
     * @param epsilons the budgets
     * @param focus the budget in focus, of whose accuracy the interval is
     * @param rows one per class
     * @param note which classes are shown, empty if all are shown
     */
    record ClassMap(List<String> epsilons, String focus, List<ClassRow> rows, String note) {}

    /**
     * The accuracy of one class.
     *
     * @param name the class
     * @param image the anchor of an image of this class; empty if none is shown
     * @param cells the accuracy by budget
     * @param interval the 95 % interval of the accuracy at the budget in focus
     * @param examples the number of examples
     */
    record ClassRow(String name, String image, List<ClassCell> cells, String interval, String examples) {}

    /**
     * The accuracy of one class at one budget.
     *
     * @param text the accuracy
     * @param heat the style class of its colour
     */
    record ClassCell(String text, String heat) {}

    /**
     * The distances of the nearest successes.
     *
     * @param chart their cumulative distribution
     * @param note how many successes were found
     */
    record DistancePlot(Chart chart, String note) {}

    /**
     * What was proved.
     *
     * @param method how
     * @param rows one for each budget above 0
     * @param chart for each example up to which epsilon it is certified, and from which on it is broken
     * @param hasRounding whether fewer examples are certified for 32-bit arithmetic
     */
    record Proofs(String method, List<ProofRow> rows, Chart chart, boolean hasRounding) {}

    /**
     * What was proved at one budget.
     *
     * @param epsilon the budget in raw units
     * @param certified the number of certified examples
     * @param inFloat32 how many of these are certified for 32-bit arithmetic, too
     * @param undecided the number of examples that are neither broken nor certified
     * @param broken the number of examples that an attack succeeded on
     * @param mistakes the number of examples that are misclassified when clean
     * @param between the robust accuracy of the examples
     * @param interval the robust accuracy of all data, with 95 % confidence
     */
    record ProofRow(
            String epsilon,
            String certified,
            String inFloat32,
            String undecided,
            String broken,
            String mistakes,
            String between,
            String interval) {}

    /**
     * One budget of the sweep.
     *
     * @param epsilon the budget in raw units
     * @param greyLevels the budget in 255ths, for L-infinity only
     * @param correct the correct examples of all examples
     * @param accuracy the rate
     * @param interval its 95 % interval
     * @param afterRounding the rate if only successes that survive rounding to 8 bits count
     * @param confidenceWhenWrong the mean confidence in wrong predictions, or a dash
     * @param largestDistance the largest distance of any success
     */
    record BudgetRow(
            String epsilon,
            Optional<String> greyLevels,
            String correct,
            String accuracy,
            String interval,
            String afterRounding,
            String confidenceWhenWrong,
            String largestDistance) {}

    /**
     * The successes and the cost of each attack.
     *
     * @param epsilons the budgets above 0
     * @param rows one per attack, in their order
     * @param together the successes of all attacks at each budget
     * @param notes remarks on the numbers, as full sentences
     */
    record AttackTable(List<String> epsilons, List<AttackRow> rows, List<String> together, List<String> notes) {}

    /**
     * The successes and the cost of one attack.
     *
     * @param name its name
     * @param broken the number of successes at each budget
     * @param left the accuracy after it and all earlier attacks at each budget, with its 95 % interval
     * @param forwards the number of forward passes, in examples
     * @param backwards the number of backward passes, in examples
     */
    record AttackRow(String name, List<String> broken, List<String> left, String forwards, String backwards) {}

    /**
     * One image with its wrong predictions within each budget for which it is shown.
     *
     * @param id the anchor
     * @param example its number
     * @param label the true class
     * @param clean the clean image
     * @param before the prediction for the clean image
     * @param beforeConfidence the confidence in it
     * @param changes the adversarial images, by budget
     */
    record Card(
            String id,
            String example,
            String label,
            Picture clean,
            String before,
            String beforeConfidence,
            List<Change> changes) {}

    /**
     * An adversarial image.
     *
     * @param epsilon the budget
     * @param attack the attack that succeeded, empty if there was only one
     * @param gain the amplification of the change
     * @param change the amplified change
     * @param attacked the adversarial image
     * @param after the prediction for it
     * @param afterConfidence the confidence in it
     */
    record Change(
            String epsilon,
            String attack,
            String gain,
            Picture change,
            Picture attacked,
            String after,
            String afterConfidence) {}

    /**
     * The examples shown for one attack.
     *
     * @param id the anchor
     * @param title the heading
     * @param gain the amplification of the change in the middle images
     * @param specimens the examples
     */
    record GallerySection(String id, String title, String gain, List<Specimen> specimens) {}

    /**
     * One example: clean image, change and adversarial image.
     *
     * @param example its number
     * @param attack the attack that succeeded, empty if there was only one
     * @param allowed the budget, as a phrase
     * @param gain the amplification of the change
     * @param clean the clean image
     * @param change the amplified change
     * @param attacked the adversarial image
     * @param label the true class
     * @param before the prediction for the clean image
     * @param beforeConfidence the confidence in it
     * @param after the prediction for the adversarial image
     * @param afterConfidence the confidence in it
     */
    record Specimen(
            String example,
            String attack,
            String allowed,
            String gain,
            Picture clean,
            Picture change,
            Picture attacked,
            String label,
            String before,
            String beforeConfidence,
            String after,
            String afterConfidence) {}

    /**
     * An image file.
     *
     * @param file its path inside the folder
     * @param width its width in pixels
     * @param height its height in pixels
     * @param description the alternative text
     */
    record Picture(String file, int width, int height, String description) {}

    /**
     * The confusions between classes.
     *
     * @param id the anchor
     * @param title what it shows
     * @param columns the predicted classes; empty if there are too many for a matrix
     * @param rows one row per true class
     * @param longNames whether the names of the columns are printed vertically
     * @param pairs the most frequent confusions, the largest first
     */
    record Confusion(
            String id,
            String title,
            List<String> columns,
            List<ConfusionRow> rows,
            boolean longNames,
            List<ConfusionPair> pairs) {}

    /**
     * The predictions for one true class.
     *
     * @param name the true class
     * @param cells the number of examples by predicted class
     * @param correct the share of correct predictions
     */
    record ConfusionRow(String name, List<ConfusionCell> cells, String correct) {}

    /**
     * The number of confusions of two classes.
     *
     * @param count the number of examples
     * @param text the number as shown
     * @param heat the style class of its colour
     * @param image the anchor of an image with this confusion; empty if none is shown
     */
    record ConfusionCell(int count, String text, String heat, String image) {}

    /**
     * A frequent confusion.
     *
     * @param label the true class
     * @param prediction the predicted class
     * @param examples the count, of all examples of that class
     * @param share the share of that class
     * @param image the anchor of an image with this confusion; empty if none is shown
     */
    record ConfusionPair(String label, String prediction, String examples, String share, String image) {}

    /**
     * How the model was trained.
     *
     * @param curves the plots; absent if there was a single epoch
     * @param epochs the same as a table
     */
    record Training(Optional<Curves> curves, List<EpochRow> epochs) {}

    /**
     * The plots of a training.
     *
     * @param accuracy the accuracy by epoch
     * @param loss the loss by epoch
     */
    record Curves(Chart accuracy, Chart loss) {}

    /**
     * One pass over the training data.
     *
     * @param number the number of the epoch
     * @param trainingLoss the mean loss over the training data
     * @param trainingCorrect the correct training examples of all
     * @param trainingAccuracy the rate
     * @param testLoss the mean loss over the test data
     * @param testCorrect the correct test examples of all
     * @param testAccuracy the rate
     * @param testInterval its 95 % interval
     */
    record EpochRow(
            String number,
            String trainingLoss,
            String trainingCorrect,
            String trainingAccuracy,
            String testLoss,
            String testCorrect,
            String testAccuracy,
            String testInterval) {}

    /**
     * The description of the attacks.
     *
     * @param attacks the descriptions of the attacks
     * @param goal the prediction that counts as a success
     * @param targeted whether the attacks are targeted
     * @param fastGradientSign whether FGSM, which the page explains in detail, is the only attack
     * @param singleStep whether the only attack takes a single step
     * @param minimalNorm the minimal-norm attacks, empty if there are none
     * @param blackBox whether the attacks had access to logits only
     * @param examples the number of examples
     * @param images the number of images
     * @param model the model's name
     */
    record Method(
            List<String> attacks,
            String goal,
            boolean targeted,
            boolean fastGradientSign,
            boolean singleStep,
            String minimalNorm,
            boolean blackBox,
            String examples,
            String images,
            String model) {}

    /**
     * The comparison with a baseline report.
     *
     * @param subject the baseline's model, plan and date
     * @param chart both accuracies against epsilon
     * @param rows one per budget that both have
     * @param notes remarks on the numbers, as full sentences
     * @param pairs images on which the baseline is wrong under attack, and what became of them; empty if there are none
     * @param pairsBudget the budget of these images, in words
     */
    record Baseline(
            String subject,
            Chart chart,
            List<BaselineRow> rows,
            List<String> notes,
            List<BaselinePair> pairs,
            String pairsBudget) {}

    /**
     * An image on which the baseline is wrong under attack.
     *
     * @param before the image in the baseline's report
     * @param now how this report's model answers the same image within the same budget
     * @param robust whether it answers correctly, and no attack found a success
     */
    record BaselinePair(Specimen before, String now, boolean robust) {}

    /**
     * The comparison at one budget.
     *
     * @param epsilon the budget
     * @param before the accuracy of the baseline
     * @param now the accuracy of this report on the same examples
     * @param difference now minus before, with its 95 % interval
     * @param lost how many examples only the baseline classifies correctly
     * @param gained how many examples only this report classifies correctly
     * @param probability the p-value of McNemar's exact test
     * @param examples some of the lost examples
     */
    record BaselineRow(
            String epsilon,
            String before,
            String now,
            String difference,
            String lost,
            String gained,
            String probability,
            String examples) {}

    /**
     * A group of facts.
     *
     * @param title the topic
     * @param facts the facts
     */
    record FactGroup(String title, List<Fact> facts) {}

    /**
     * A name and its value.
     *
     * @param name the name
     * @param value the value
     * @param code whether the value is for machines, such as a checksum
     */
    record Fact(String name, String value, boolean code) {}
}
