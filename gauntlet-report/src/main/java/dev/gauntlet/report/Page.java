package dev.gauntlet.report;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the page shows, with every number computed and every word chosen: the templates only arrange it.
 *
 * <p>The texts are not escaped; that is the templates' part.
 *
 * @param title the heading
 * @param headline the result in one sentence
 * @param assessment how far the result can be believed
 * @param subject what was attacked, in a few words
 * @param ending what a reader has to know about the end of the run, empty if it was complete
 * @param notices what a reader must know before believing any number
 * @param opening one example in large, if any was fooled
 * @param keyFigures the few numbers that matter most
 * @param distance the words for the norm
 * @param focus the budget in focus
 * @param accuracy the accuracy against the budget
 * @param budgets the same as a table
 * @param classes the accuracy of each class with each budget
 * @param attacks which attack broke how many, and at what cost
 * @param distances how far the nearest successes are, where some attack looked for them
 * @param gallery wrong predictions by budget
 * @param extremes what each attack changed least and most, where that differs
 * @param confusions the confusion under attack, then the clean one
 * @param training how the model was trained, where that is known
 * @param method what was done, in words
 * @param facts everything a result depends on
 * @param baseline the comparison with an older report, where one is given
 * @param plan the lines of the plan that repeats the run
 * @param planNote what to know before repeating it, if anything
 * @param version the version of Gauntlet that ran the attack
 */
record Page(
        String title,
        String headline,
        Assessment assessment,
        String subject,
        String ending,
        List<String> notices,
        Optional<Specimen> opening,
        List<KeyFigure> keyFigures,
        Distance distance,
        String focus,
        Chart accuracy,
        List<BudgetRow> budgets,
        ClassMap classes,
        AttackTable attacks,
        Optional<DistancePlot> distances,
        List<GallerySection> gallery,
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
        return Stream.concat(
                        Stream.concat(Stream.of(accuracy), distances.stream().map(DistancePlot::chart)),
                        training.stream().flatMap(training -> Stream.of(training.accuracy(), training.loss())))
                .toList();
    }

    /**
     * A number that matters.
     *
     * @param name what it counts
     * @param value the number
     * @param detail its parts
     * @param interval its 95 % interval, empty for what is no rate
     * @param alarming whether it stands for what the attack broke
     */
    record KeyFigure(String name, String value, String detail, String interval, boolean alarming) {}

    /**
     * How far the result can be believed.
     *
     * @param verdict in capitals
     * @param style the same for the style
     * @param meaning what it means, as a sentence
     * @param counts how many signs were looked for and seen
     * @param raised the signs that were seen
     * @param others the signs that were not, and those that could not be looked for
     */
    record Assessment(
            String verdict, String style, String meaning, String counts, List<Sign> raised, List<Sign> others) {}

    /**
     * A sign that was looked for.
     *
     * @param id the anchor
     * @param state what became of it
     * @param title the sign in a few words
     * @param severity what it makes of the evaluation
     * @param finding what was measured, in words
     * @param limit the measurement and its threshold, empty if there is none
     * @param explanation what the sign means
     * @param remedy what to do about it
     * @param source who described it
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
     * The accuracy of each class with each budget.
     *
     * @param epsilons the budgets
     * @param rows one per class
     * @param note which classes are shown, empty if all are
     */
    record ClassMap(List<String> epsilons, List<ClassRow> rows, String note) {}

    /**
     * The accuracy of one class.
     *
     * @param name the class
     * @param cells the accuracy by budget
     * @param examples the number of examples
     */
    record ClassRow(String name, List<ClassCell> cells, String examples) {}

    /**
     * The accuracy of one class with one budget.
     *
     * @param text the accuracy
     * @param heat the class of the style that colours it
     */
    record ClassCell(String text, String heat) {}

    /**
     * How far the nearest successes are.
     *
     * @param chart the share of them by distance
     * @param note for how many something was found, and for how many nothing
     */
    record DistancePlot(Chart chart, String note) {}

    /**
     * One budget of the sweep.
     *
     * @param epsilon the budget in raw units
     * @param greyLevels the same in 255ths, if it is a change of one pixel
     * @param correct the correct examples of all examples
     * @param accuracy the rate
     * @param interval its 95 % interval
     * @param afterRounding the rate if only what survives rounding to 8 bits counts as broken
     * @param confidenceWhenWrong the mean confidence over the wrong answers, or a dash
     * @param largestDistance the largest distance of any example that was broken
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
     * Which attack broke how many, and at what cost.
     *
     * @param epsilons the budgets above 0
     * @param rows one per attack, in their order
     * @param together what all of them broke with each budget
     * @param notes what a reader of the numbers has to know, as full sentences
     */
    record AttackTable(List<String> epsilons, List<AttackRow> rows, List<String> together, List<String> notes) {}

    /**
     * What one attack achieved.
     *
     * @param name its name
     * @param broken how many examples it broke with each budget
     * @param left the accuracy after it and those before it, with each budget, with its 95 % interval
     * @param forwards how many examples it sent forward through the model
     * @param backwards for how many examples it asked for a gradient
     */
    record AttackRow(String name, List<String> broken, List<String> left, String forwards, String backwards) {}

    /**
     * The specimens of one budget.
     *
     * @param id the anchor
     * @param title the heading
     * @param gain how many times the change is amplified in the middle pictures
     * @param specimens the examples
     */
    record GallerySection(String id, String title, String gain, List<Specimen> specimens) {}

    /**
     * One example as clean image, change and attacked image.
     *
     * @param example its number in words
     * @param attack the attack that broke it, empty if there was only one
     * @param allowed what the budget allows, in words
     * @param gain how many times the change is amplified
     * @param clean the clean image
     * @param change the amplified change
     * @param attacked the attacked image
     * @param label the true class
     * @param before the prediction for the clean image
     * @param beforeConfidence the confidence in it
     * @param after the prediction for the attacked image
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
     * A picture file.
     *
     * @param file its path inside the folder
     * @param width its width in pixels
     * @param height its height in pixels
     * @param description what it shows, for those who do not see it
     */
    record Picture(String file, int width, int height, String description) {}

    /**
     * Which classes were taken for which.
     *
     * @param id the anchor
     * @param title what it shows
     * @param columns the predicted classes; empty if there are too many classes for a matrix
     * @param rows one row per true class
     * @param longNames whether the names of the columns need to stand upright
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
     * @param correct the share of right predictions
     */
    record ConfusionRow(String name, List<ConfusionCell> cells, String correct) {}

    /**
     * How often one class was taken for another.
     *
     * @param count the number of examples
     * @param text the number as shown
     * @param heat the class of the style that colours it
     */
    record ConfusionCell(int count, String text, String heat) {}

    /**
     * A confusion in words.
     *
     * @param label the true class
     * @param prediction the predicted class
     * @param examples how many examples, of how many of that class
     * @param share the share of that class
     */
    record ConfusionPair(String label, String prediction, String examples, String share) {}

    /**
     * How the model was trained.
     *
     * @param accuracy the accuracy by epoch
     * @param loss the loss by epoch
     * @param epochs the same as a table
     */
    record Training(Chart accuracy, Chart loss, List<EpochRow> epochs) {}

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
     * What was done.
     *
     * @param attacks what the attacks are called
     * @param goal what they want the network to answer
     * @param targeted whether that is a certain class
     * @param fastGradientSign whether there is only the method that the page explains in detail
     * @param singleStep whether there is only one step
     * @param minimalNorm the attacks that look for the nearest success, empty if none does
     * @param blackBox whether the attacks saw nothing but logits
     * @param examples the number of examples
     * @param images the same as a number of images
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
     * The comparison with an older report, or with that of another model.
     *
     * @param subject what it is of, in a few words
     * @param rows one per budget that both have
     * @param notes what a reader of the numbers has to know, as full sentences
     */
    record Baseline(String subject, List<BaselineRow> rows, List<String> notes) {}

    /**
     * The comparison at one budget.
     *
     * @param epsilon the budget
     * @param before the accuracy of the baseline
     * @param now the accuracy of this report on the same examples
     * @param difference now minus before, with its 95 % interval
     * @param lost how many examples only the baseline had right
     * @param gained how many examples only this report has right
     * @param probability how probable so uneven a change is by chance, by McNemar's exact test
     * @param examples some of those that were lost
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
     * Facts that belong together.
     *
     * @param title what they are about
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
