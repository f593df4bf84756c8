package dev.gauntlet.cli;

import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.DifferentiableClassifier;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Evaluates with progress on the console, and prints what came out. */
final class EvaluationOutput {
    private static final int DIGITS = 4;

    private EvaluationOutput() {}

    static RobustnessReport evaluate(
            DifferentiableClassifier model,
            Dataset data,
            Plan<DifferentiableClassifier> plan,
            LocalRunner runner,
            Console console) {
        try (Progress bar = console.progress(plan.attacks().get(0).name(), " images", data.size())) {
            return Evaluator.on(runner).withProgress(bar::advance).evaluate(model, data, plan);
        }
    }

    static void print(RobustnessReport report, Path page, Console console) {
        console.say(
                "%n%s on %,d %s images of %s, %.1f s%n",
                report.plan().name().toUpperCase(Locale.ROOT),
                report.ids().length,
                report.data().split(),
                report.data().name(),
                report.timing().evaluationSeconds());
        console.say("epsilon   accuracy           correct   95 %% interval");
        for (EpsilonResult result : report.results()) {
            Interval accuracy = result.accuracy();
            console.say(
                    "%-7s   %6.2f %%   %15s   %5.2f - %5.2f %%",
                    shortest(result.epsilon()),
                    100 * accuracy.rate(),
                    String.format(Locale.ROOT, "%,d/%,d", accuracy.successes(), accuracy.trials()),
                    100 * accuracy.lower(),
                    100 * accuracy.upper());
        }
        console.say("%nReport: %s", page);
        console.result(Summary.of(report, page));
    }

    private static String shortest(double epsilon) {
        return new BigDecimal(epsilon)
                .round(new MathContext(DIGITS))
                .stripTrailingZeros()
                .toPlainString();
    }

    /** What {@code --json} prints; the whole record is in the report's folder. */
    private record Summary(
            String model,
            String dataset,
            Optional<String> notice,
            String attack,
            List<Result> results,
            String report,
            String json) {
        static Summary of(RobustnessReport report, Path page) {
            return new Summary(
                    report.model().name(),
                    report.data().name(),
                    report.data().notice(),
                    report.plan().name(),
                    report.results().stream()
                            .map(result -> new Result(result.epsilon(), result.accuracy()))
                            .toList(),
                    page.toString(),
                    page.resolveSibling("report.json").toString());
        }

        private record Result(double epsilon, Interval accuracy) {}
    }
}
