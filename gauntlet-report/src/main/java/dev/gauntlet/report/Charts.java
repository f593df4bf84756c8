package dev.gauntlet.report;

import dev.gauntlet.certify.ProvedAccuracy;
import dev.gauntlet.evaluate.CertificateRecord;
import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.gate.Comparison;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.report.Plot.Look;
import dev.gauntlet.report.Plot.Sample;
import dev.gauntlet.threat.Criterion;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Creates the plots of the page. */
final class Charts {
    private static final int MOST_STEPS = 6;

    /** More points of a curve make the file larger without a visible difference. */
    private static final int MOST_POINTS = 200;

    /** More columns than this are narrower than a pixel. */
    private static final int MOST_COLUMNS = 380;

    private static final int FEWEST_OF_A_CURVE = 3;

    /** Below this accuracy the axis begins at 0, otherwise just below the lowest accuracy. */
    private static final double LOW_ACCURACY = 0.5;

    private Charts() {}

    static Chart accuracyByEpsilon(ReportView subject) {
        List<EpsilonResult> results = subject.report().results();
        double largest = results.get(results.size() - 1).epsilon();
        Axis horizontal = Axis.over(0, largest, MOST_STEPS);
        Axis vertical = Axis.around(0, 1, 5);
        Plot plot = new Plot(horizontal, vertical);
        List<Sample> measured = IntStream.range(0, results.size())
                .mapToObj(i -> {
                    EpsilonResult result = results.get(i);
                    return new Sample(
                            result.epsilon(),
                            result.accuracy().rate(),
                            Optional.of(result.accuracy()),
                            "epsilon %s: %s".formatted(subject.epsilon(i), Formats.rate(result.accuracy())));
                })
                .toList();
        if (measured.size() < FEWEST_OF_A_CURVE) {
            plot.addPoints("accuracy", Look.FIRST, measured);
        } else {
            plot.add("accuracy", Look.FIRST, measured);
        }
        subject.report()
                .certificates()
                .ifPresent(certificates -> plot.addBelow(
                        "proved",
                        Look.SECOND,
                        IntStream.range(1, results.size())
                                .mapToObj(i ->
                                        proved(subject, i, certificates.proved().get(i - 1)))
                                .toList(),
                        results.stream()
                                .skip(1)
                                .map(result -> result.accuracy().rate())
                                .toList()));
        plot.explainBand(
                "%s %% interval (%s)".formatted(Formats.shortDecimal(100 * Interval.CONFIDENCE, 1), Interval.METHOD),
                Look.FIRST);
        double guessing = 1.0 / subject.report().classes().size();
        plot.compareWith(guessing, "guessing: " + Formats.percent(guessing));
        return plot.chart(
                "accuracy-by-epsilon",
                "Accuracy of %s on %s against epsilon".formatted(subject.model(), subject.data()),
                "The accuracy is %s on clean images and %s at the largest epsilon, %s. The table on the page contains the numbers."
                        .formatted(
                                Formats.percent(results.get(0).accuracy().rate()),
                                Formats.percent(results.get(results.size() - 1)
                                        .accuracy()
                                        .rate()),
                                subject.epsilon(results.size() - 1)),
                Distance.of(subject.report()).axis(),
                "accuracy",
                value -> Formats.decimal(value, horizontal.decimals()),
                value -> Formats.decimal(100 * value, 0) + "\u00a0%");
    }

    /** Draws the accuracy of a report and that of its baseline, on the images that both have. */
    static Chart compared(ReportView subject, String baseline, List<Comparison> comparisons) {
        double largest = comparisons.get(comparisons.size() - 1).ball().epsilon();
        Axis horizontal = Axis.over(0, largest, MOST_STEPS);
        Axis vertical = Axis.around(0, 1, 5);
        Plot plot = new Plot(horizontal, vertical);
        plot.add("now", Look.FIRST, curve(comparisons, Comparison::after));
        plot.add("baseline", Look.SECOND, curve(comparisons, Comparison::before));
        Comparison last = comparisons.get(comparisons.size() - 1);
        return plot.chart(
                "accuracy-and-baseline",
                "Accuracy of %s and of the baseline %s against epsilon".formatted(subject.model(), baseline),
                "At the largest epsilon, %s, the accuracy is %s now and was %s. The table below contains the numbers."
                        .formatted(
                                Formats.shortDecimal(largest, 4),
                                Formats.percent(last.after().rate()),
                                Formats.percent(last.before().rate())),
                Distance.of(subject.report()).axis(),
                "accuracy",
                value -> Formats.decimal(value, horizontal.decimals()),
                value -> Formats.decimal(100 * value, 0) + "\u00a0%");
    }

    private static List<Sample> curve(List<Comparison> comparisons, Function<Comparison, Interval> rate) {
        return comparisons.stream()
                .map(comparison -> new Sample(
                        comparison.ball().epsilon(),
                        rate.apply(comparison).rate(),
                        Optional.of(rate.apply(comparison)),
                        "epsilon %s: %s"
                                .formatted(
                                        Formats.shortDecimal(comparison.ball().epsilon(), 4),
                                        Formats.rate(rate.apply(comparison)))))
                .toList();
    }

    private static Sample proved(ReportView subject, int budget, ProvedAccuracy counts) {
        return new Sample(
                subject.report().results().get(budget).epsilon(),
                counts.lower(),
                Optional.empty(),
                "epsilon %s: proved for %s of %s"
                        .formatted(
                                subject.epsilon(budget),
                                Formats.count(counts.certified()),
                                Formats.count(counts.examples())));
    }

    /** Draws each example as a bar from the epsilon up to which it is certified to that from which on it is broken. */
    static Chart certifiedAndBroken(ReportView subject, CertificateRecord certificates) {
        List<EpsilonResult> results = subject.report().results();
        Outcomes outcomes = subject.report().outcomes();
        double largest = results.get(results.size() - 1).epsilon();
        record Bar(double certified, double broken) {}
        List<Bar> bars = outcomes.examples()
                .mapToObj(i -> new Bar(
                        Math.max(
                                results.get(certificates.certified()[i]).epsilon(),
                                certificates.radius()[i]),
                        Math.min(largest, outcomes.nearestSuccess(i).orElse(largest))))
                .sorted(Comparator.comparingDouble(Bar::certified).thenComparingDouble(Bar::broken))
                .toList();
        int columns = Math.min(bars.size(), MOST_COLUMNS);
        List<Bar> shown = IntStream.range(0, columns)
                .mapToObj(column -> bars.get((int) ((long) column * bars.size() / columns)))
                .toList();
        Axis horizontal = Axis.over(0, 1, 5);
        Axis vertical = Axis.over(0, largest, MOST_STEPS);
        Plot plot = new Plot(horizontal, vertical);
        plot.addLine("broken from here on", Look.FIRST, steps(shown, Bar::broken));
        plot.addBelow(
                "certified up to here",
                Look.SECOND,
                steps(shown, Bar::certified),
                shown.stream()
                        .flatMap(bar -> Stream.of(bar.broken(), bar.broken()))
                        .toList());
        return plot.chart(
                "certified-and-broken",
                "Certified and broken epsilons of each image for %s on %s".formatted(subject.model(), subject.data()),
                "Each image is a column, sorted by the epsilon up to which it is certified; the band is what is undecided.",
                "share of the images, in %",
                "epsilon",
                value -> Formats.decimal(100 * value, 0),
                value -> Formats.decimal(value, vertical.decimals()));
    }

    private static <T> List<Sample> steps(List<T> columns, ToDoubleFunction<T> height) {
        return IntStream.range(0, columns.size())
                .boxed()
                .flatMap(column -> Stream.of(column, column + 1)
                        .map(edge -> new Sample(
                                (double) edge / columns.size(),
                                height.applyAsDouble(columns.get(column)),
                                Optional.empty(),
                                "")))
                .toList();
    }

    /** Draws the cumulative distribution of the distances of the nearest successes. */
    static Chart distances(ReportView subject) {
        Criterion criterion = AttackPhrases.of(subject).criterion();
        Outcomes outcomes = subject.report().outcomes();
        double[] found = outcomes.examples()
                .filter(i -> criterion.appliesTo(outcomes.label(i)) && !outcomes.isCleanMistake(i))
                .mapToObj(outcomes::nearestSuccess)
                .flatMapToDouble(OptionalDouble::stream)
                .sorted()
                .toArray();
        Axis horizontal = Axis.over(0, found[found.length - 1], MOST_STEPS);
        Axis vertical = Axis.around(0, 1, 5);
        Plot plot = new Plot(horizontal, vertical);
        int points = Math.min(found.length, MOST_POINTS);
        plot.addLine(
                "nearest successes",
                Look.FIRST,
                Stream.concat(
                                Stream.of(new Sample(0, 0, Optional.empty(), "")),
                                IntStream.rangeClosed(1, points).mapToObj(point -> {
                                    int rank = (int) Math.ceil((double) point * found.length / points);
                                    return new Sample(
                                            found[rank - 1], (double) rank / found.length, Optional.empty(), "");
                                }))
                        .toList());
        return plot.chart(
                "nearest-successes",
                "Distance of the nearest success for %s on %s".formatted(subject.model(), subject.data()),
                "Half of the nearest successes are at a distance of at most %s, all of them of at most %s."
                        .formatted(
                                Formats.shortDecimal(found[(found.length - 1) / 2], 4),
                                Formats.shortDecimal(found[found.length - 1], 4)),
                Distance.of(subject.report()).axis().replace("epsilon", "distance"),
                "share of the successes found",
                value -> Formats.decimal(value, horizontal.decimals()),
                value -> Formats.decimal(100 * value, 0) + "\u00a0%");
    }

    static Chart accuracyByEpoch(ReportView subject, List<TrainingHistory.Epoch> epochs) {
        double lowest = epochs.stream()
                .flatMap(epoch -> Stream.of(training(epoch).rate(), test(epoch).lower()))
                .min(Double::compare)
                .orElseThrow();
        Axis vertical = Axis.around(lowest < LOW_ACCURACY ? 0 : lowest, 1, 5);
        // steps below 1 % need decimals
        int decimals = Math.max(0, vertical.decimals() - 2);
        return byEpoch(
                epochs,
                vertical,
                epoch -> sample(epoch, training(epoch).rate(), Optional.empty(), Formats.rate(training(epoch))),
                epoch -> sample(epoch, test(epoch).rate(), Optional.of(test(epoch)), Formats.rate(test(epoch))),
                "accuracy-by-epoch",
                "Accuracy of %s by epoch".formatted(subject.model()),
                "The accuracy on training and test data after each epoch; after the last it is %s and %s."
                        .formatted(
                                Formats.percent(training(last(epochs)).rate()),
                                Formats.percent(test(last(epochs)).rate())),
                "accuracy",
                value -> Formats.decimal(100 * value, decimals) + "\u00a0%");
    }

    static Chart lossByEpoch(ReportView subject, List<TrainingHistory.Epoch> epochs) {
        double highest = epochs.stream()
                .flatMap(epoch -> Stream.of(epoch.trainingLoss(), epoch.testLoss()))
                .max(Double::compare)
                .orElseThrow();
        Axis vertical = Axis.around(0, highest, 5);
        return byEpoch(
                epochs,
                vertical,
                epoch ->
                        sample(epoch, epoch.trainingLoss(), Optional.empty(), Formats.decimal(epoch.trainingLoss(), 4)),
                epoch -> sample(epoch, epoch.testLoss(), Optional.empty(), Formats.decimal(epoch.testLoss(), 4)),
                "loss-by-epoch",
                "Loss of %s by epoch".formatted(subject.model()),
                "The mean of the loss that the training minimizes, and the mean cross-entropy on test data; after the last epoch they are %s and %s."
                        .formatted(
                                Formats.decimal(last(epochs).trainingLoss(), 4),
                                Formats.decimal(last(epochs).testLoss(), 4)),
                "loss (lower is better)",
                value -> Formats.decimal(value, vertical.decimals()));
    }

    private static Chart byEpoch(
            List<TrainingHistory.Epoch> epochs,
            Axis vertical,
            Function<TrainingHistory.Epoch, Sample> training,
            Function<TrainingHistory.Epoch, Sample> test,
            String id,
            String title,
            String description,
            String verticalTitle,
            DoubleFunction<String> verticalLabel) {
        int first = epochs.get(0).number();
        int last = last(epochs).number();
        Axis horizontal = new Axis(first, Math.max(last, first + 1), Math.max(1, (last - first + 9) / 10));
        Plot plot = new Plot(horizontal, vertical);
        plot.add("training", Look.SECOND, epochs.stream().map(training).toList());
        plot.add("test", Look.FIRST, epochs.stream().map(test).toList());
        return plot.chart(
                id, title, description, "epoch", verticalTitle, value -> Formats.decimal(value, 0), verticalLabel);
    }

    private static Sample sample(TrainingHistory.Epoch epoch, double value, Optional<Interval> interval, String text) {
        return new Sample(epoch.number(), value, interval, "epoch %s: %s".formatted(epoch.number(), text));
    }

    private static Interval training(TrainingHistory.Epoch epoch) {
        return Interval.of(epoch.trainingCorrect(), epoch.trainingExamples());
    }

    private static Interval test(TrainingHistory.Epoch epoch) {
        return Interval.of(epoch.testCorrect(), epoch.testExamples());
    }

    private static TrainingHistory.Epoch last(List<TrainingHistory.Epoch> epochs) {
        return epochs.get(epochs.size() - 1);
    }
}
