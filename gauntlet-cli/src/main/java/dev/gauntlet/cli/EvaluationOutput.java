package dev.gauntlet.cli;

import dev.gauntlet.Numbers;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.certify.ProvedAccuracy;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.evaluate.CertificateRecord;
import dev.gauntlet.evaluate.ClusterConnector;
import dev.gauntlet.evaluate.ClusterRunner;
import dev.gauntlet.evaluate.Completion;
import dev.gauntlet.evaluate.Distances;
import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Overstatement;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.evaluate.Runner;
import dev.gauntlet.evaluate.SuccessSink;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.CrossCheck;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Evaluates with progress on the console, and prints what came out. */
final class EvaluationOutput {
    /** Leaves room for ten million. */
    private static final int NARROWEST_COLUMN = 10;

    private static final Pattern SAFE_IN_A_SHELL = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

    private EvaluationOutput() {}

    /** Warns of what a reader must know about how the model was loaded. */
    static void sayNotices(ModelCard card, Console console) {
        card.notices().forEach(console::warn);
    }

    /** Says how far the outputs agree with those of another engine. */
    static void sayCrossChecks(ModelCard card, Console console) {
        for (CrossCheck check : card.crossChecks()) {
            console.say(
                    "Checked   outputs differ by at most %.2g from those of %s on %s %s (accepted: %.2g)",
                    check.largestDifference(),
                    check.reference(),
                    Numbers.count(check.examples()),
                    check.inputs(),
                    check.tolerance());
        }
    }

    static RobustnessReport evaluate(
            EvaluationRequest request,
            Classifier model,
            Dataset data,
            Optional<Path> journal,
            Optional<? extends SuccessSink> keeper,
            Optional<String> master,
            Console console) {
        sayWhatIsTooMuch(request, data, console);
        if (master.isPresent()) {
            try (ClusterRunner cluster = connected(master.get(), console)) {
                return evaluate(request, model, data, journal, keeper, cluster, console);
            }
        }
        LocalRunner runner = here(request);
        sayWhoIsTooMany(request, data, runner, console);
        return evaluate(request, model, data, journal, keeper, runner, console);
    }

    private static LocalRunner here(EvaluationRequest request) {
        OptionalInt workers = request.execution().workers();
        return workers.isPresent() ? new LocalRunner(workers.getAsInt()) : LocalRunner.onAllProcessors();
    }

    private static ClusterRunner connected(String master, Console console) {
        try (ProgressView.Task task = console.task("connecting to " + master)) {
            return ClusterConnector.open(master, console::warn);
        }
    }

    private static RobustnessReport evaluate(
            EvaluationRequest request,
            Classifier model,
            Dataset data,
            Optional<Path> journal,
            Optional<? extends SuccessSink> keeper,
            Runner runner,
            Console console) {
        try (EvaluationView view =
                new EvaluationView(request, model, console::note, console.task(EvaluationView.CHECKING))) {
            Evaluator plain = Evaluator.on(runner)
                    .withProgress(view)
                    .withLimits(LimitOptions.left(request.limits(), console.elapsed()));
            Evaluator evaluator = keeper.map(plain::keeping).orElse(plain);
            AtomicInteger takenOver = new AtomicInteger();
            RobustnessReport report = journal.map(folder -> evaluator.withJournal(folder, takenOver::addAndGet))
                    .orElse(evaluator)
                    .evaluate(model, data, request);
            journal.filter(folder -> takenOver.get() > 0)
                    .ifPresent(folder -> console.say(
                            "%s of %s images were already finished; their results are from the journal %s.",
                            Numbers.count(takenOver.get()),
                            Numbers.count(report.outcomes().size()),
                            folder));
            return report;
        }
    }

    /** Says where less is done than was asked for. */
    private static void sayWhatIsTooMuch(EvaluationRequest request, Dataset data, Console console) {
        int examples = request.sampling().examples().orElse(0);
        if (examples > data.size()) {
            console.warn("%s examples were requested, but the data has only %s; all of them are used."
                    .formatted(Numbers.count(examples), Numbers.count(data.size())));
        }
    }

    /** Says where some workers have nothing to do. */
    private static void sayWhoIsTooMany(EvaluationRequest request, Dataset data, LocalRunner runner, Console console) {
        int shards = Evaluator.shards(data, request);
        if (runner.workers() > Math.max(shards, Runtime.getRuntime().availableProcessors())) {
            console.warn("%s workers were requested, but the evaluation has only %s parts that can run at once."
                    .formatted(Numbers.count(runner.workers()), Numbers.count(shards)));
        }
    }

    /** Prints an evaluation, for people or as JSON. */
    static void print(RobustnessReport report, Optional<Path> page, Console console) {
        say(report, page, console);
        console.result(summary(report, page));
    }

    /** Prints an evaluation for people. */
    static void say(RobustnessReport report, Optional<Path> page, Console console) {
        console.say(
                "%n%s%s in %s on %s %s images of %s, %.1f s%n",
                attacks(report),
                towards(report),
                Norm.parse(report.plan().norm()).title(),
                examples(report),
                report.data().split(),
                report.data().name(),
                report.timing().evaluationSeconds());
        printAccuracies(report, console);
        if (report.certificates().isPresent()) {
            printCertificates(report, console);
        }
        if (!report.ending().explanation().isEmpty()) {
            console.say("%n%s", report.ending().explanation());
        }
        if (!report.endedBeforeAnyAttack()) {
            printAttacks(report, console);
            if (searchedForTheNearest(report)) {
                printDistances(report, console);
            }
        }
        warnOfZeroGradients(report, console);
        printTrust(report, console);
        page.ifPresent(file -> {
            console.say("%nReport: %s", file);
            console.say(
                    "To repeat the run: gauntlet evaluate %s %s",
                    Plans.OPTION, quoted(file.resolveSibling("report.json").toString()));
        });
    }

    /** Returns what {@code --json} prints of an evaluation whose report is on a page, beside its record. */
    static Summary summary(RobustnessReport report, Optional<Path> page) {
        return summary(report, page, page.map(file -> file.resolveSibling("report.json")));
    }

    static Summary summary(RobustnessReport report, Optional<Path> page, Optional<Path> json) {
        return Summary.of(report, page, json);
    }

    /** Quotes a word for a POSIX shell, if need be. */
    private static String quoted(String word) {
        return SAFE_IN_A_SHELL.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    private static String attacks(RobustnessReport report) {
        if (report.endedBeforeAnyAttack()) {
            return "Clean accuracy alone, no attack was finished:";
        }
        return report.plan().name().equals(AutoAttack.NAME)
                ? Attacks.title(AutoAttack.NAME)
                : report.plannedAttacks().stream()
                        .map(attack -> Attacks.title(attack.name()))
                        .distinct()
                        .collect(Collectors.joining(", "));
    }

    private static String examples(RobustnessReport report) {
        int examples = report.outcomes().size();
        int population = report.plan().population();
        return examples == population
                ? Numbers.count(examples)
                : "%s of %s".formatted(Numbers.count(examples), Numbers.count(population));
    }

    static void printAccuracies(RobustnessReport report, Console console) {
        console.say("epsilon   accuracy           correct   95 %% interval      in 8 bits");
        for (EpsilonResult result : report.results()) {
            Interval accuracy = result.accuracy();
            console.say(
                    "%-7s   %6.2f %%   %15s   %5.2f - %6.2f %%   %6.2f %%",
                    Numbers.rounded(result.epsilon()),
                    100 * accuracy.rate(),
                    String.format(Locale.ROOT, "%,d/%,d", accuracy.successes(), accuracy.trials()),
                    100 * accuracy.lower(),
                    100 * accuracy.upper(),
                    100 * result.accuracyAfterRounding().rate());
        }
    }

    /** Prints between which numbers the robust accuracy is. */
    private static void printCertificates(RobustnessReport report, Console console) {
        console.say("");
        console.say("epsilon   certified   undecided      broken   robust accuracy     95 %% interval");
        for (int e = 1; e < report.results().size(); e++) {
            ProvedAccuracy counts = report.proved(e).orElseThrow();
            console.say(
                    "%-7s   %,9d   %,9d   %,9d   %-17s   %5.2f - %6.2f %%",
                    Numbers.rounded(report.results().get(e).epsilon()),
                    counts.certified(),
                    counts.undecided(),
                    counts.broken(),
                    counts.isExact()
                            ? String.format(Locale.ROOT, "exactly %.2f %%", 100 * counts.lower())
                            : String.format(Locale.ROOT, "%.2f - %.2f %%", 100 * counts.lower(), 100 * counts.upper()),
                    100 * counts.confidenceLower(),
                    100 * counts.confidenceUpper());
        }
        CertificateRecord certificates = report.certificates().orElseThrow();
        console.say(
                "Certified by %s in %.1f s%s",
                certificates.title(),
                report.timing().certificationSeconds(),
                certificates.proved().stream().allMatch(counts -> counts.inFloat32() == counts.certified())
                        ? ", also for 32-bit arithmetic."
                        : "; also for 32-bit arithmetic: %s."
                                .formatted(certificates.proved().stream()
                                        .map(counts -> Numbers.count(counts.inFloat32()))
                                        .collect(Collectors.joining(", "))));
    }

    /** Prints who broke how many, where there are several to do it, and what each cost. */
    private static void printAttacks(RobustnessReport report, Console console) {
        List<String> names = names(report);
        console.say("");
        if (names.size() > 1) {
            console.say("%s", row("broken by", names, names));
            for (int e = 1; e < report.results().size(); e++) {
                int budget = e;
                List<String> counts = IntStream.range(0, names.size())
                        .mapToObj(attack -> Numbers.count(report.outcomes().successes(budget, attack)))
                        .toList();
                console.say(
                        "%s", row(Numbers.rounded(report.results().get(budget).epsilon()), counts, names));
            }
        }
        console.say("%s", row("forward passes", costs(report, RobustnessReport.AttackRecord::forwards), names));
        console.say("%s", row("backward passes", costs(report, RobustnessReport.AttackRecord::backwards), names));
    }

    private static void printDistances(RobustnessReport report, Console console) {
        Distances distances = Distances.of(report);
        console.say(
                "%nNearest success: median %s, mean %s in %s, over %,d images; nothing found for %,d",
                Numbers.rounded(distances.median()),
                Numbers.rounded(distances.mean()),
                Norm.parse(report.plan().norm()).title(),
                distances.found(),
                distances.notFound());
    }

    private static void warnOfZeroGradients(RobustnessReport report, Console console) {
        for (RobustnessReport.AttackRecord attack : report.attacks()) {
            if (attack.zeroGradients() > 0) {
                console.warn(String.format(
                        Locale.ROOT,
                        "for %,d of %,d images the gradient of %s was 0 in every pixel, so the attack had no direction; that is no evidence of robustness, try another loss or an attack without gradients.",
                        attack.zeroGradients(),
                        report.outcomes().size(),
                        attack.name()));
            }
        }
    }

    /** Prints how far the numbers can be believed, and for each sign against them what to do. */
    private static void printTrust(RobustnessReport report, Console console) {
        List<Diagnostic> raised =
                report.diagnostics().stream().filter(Diagnostic::raised).toList();
        long looked = report.diagnostics().stream()
                .filter(diagnostic -> diagnostic.outcome() != Diagnostic.Outcome.NOT_MEASURED)
                .count();
        console.say(
                "%nThis evaluation is %s: %s",
                report.trust().toString().toUpperCase(Locale.ROOT),
                raised.isEmpty()
                        ? "none of the %d signs of a failed attack that were looked for was seen.".formatted(looked)
                        : report.trust().meaning());
        report.probes()
                .overstatement()
                .filter(known -> known.robust() > 0 && raised.stream().noneMatch(EvaluationOutput::saysOverstatement))
                .ifPresent(known -> console.say("  %s", known.statement()));
        for (Diagnostic diagnostic : raised) {
            console.say("  * %s. %s", diagnostic.indicator().title(), diagnostic.finding());
            console.say("    %s", diagnostic.indicator().remedy());
        }
    }

    private static boolean saysOverstatement(Diagnostic diagnostic) {
        return diagnostic.indicator() == WarningSign.NOT_CONVERGED || diagnostic.indicator() == WarningSign.UNSETTLED;
    }

    private static boolean searchedForTheNearest(RobustnessReport report) {
        return report.attacks().stream().anyMatch(RobustnessReport.AttackRecord::minimalNorm);
    }

    private static String towards(RobustnessReport report) {
        List<String> classes = report.classes();
        if (!(Criterion.parse(report.plan().criterion(), classes.size()) instanceof Targeted targeted)) {
            return "";
        }
        return targeted.equals(Targeted.next(classes.size()))
                ? " towards the next class"
                : " towards " + classes.get(targeted.target(0));
    }

    /** Names the attacks, with their numbers where one is there twice. */
    private static List<String> names(RobustnessReport report) {
        List<String> names = report.attacks().stream()
                .map(RobustnessReport.AttackRecord::name)
                .toList();
        boolean unique = names.stream().distinct().count() == names.size();
        return IntStream.range(0, names.size())
                .mapToObj(i -> unique ? names.get(i) : "%d. %s".formatted(i + 1, names.get(i)))
                .toList();
    }

    private static List<String> costs(RobustnessReport report, ToLongFunction<RobustnessReport.AttackRecord> cost) {
        return report.attacks().stream()
                .map(attack -> Numbers.count(cost.applyAsLong(attack)))
                .toList();
    }

    private static String row(String first, List<String> values, List<String> names) {
        StringBuilder row = new StringBuilder(String.format(Locale.ROOT, "%-15s", first));
        for (int i = 0; i < values.size(); i++) {
            int width = Math.max(NARROWEST_COLUMN, names.get(i).length());
            row.append("   ")
                    .append(" ".repeat(Math.max(0, width - values.get(i).length())))
                    .append(values.get(i));
        }
        return row.toString();
    }

    /** What {@code --json} prints; the whole record is in the report's folder. */
    record Summary(
            String model,
            String dataset,
            Optional<String> notice,
            String norm,
            String criterion,
            boolean blackBox,
            List<Effort> attacks,
            List<Result> results,
            Optional<Distances> nearest,
            Completion ending,
            Trust trust,
            Optional<Overstatement> overstatement,
            List<Diagnostic> raised,
            Optional<String> report,
            Optional<String> json) {
        private static Summary of(RobustnessReport report, Optional<Path> page, Optional<Path> json) {
            return new Summary(
                    report.model().name(),
                    report.data().name(),
                    report.data().notice(),
                    report.plan().norm(),
                    report.plan().criterion(),
                    report.plan().blackBox(),
                    report.attacks().stream()
                            .map(attack -> new Effort(
                                    attack.name(), attack.forwards(), attack.backwards(), attack.zeroGradients()))
                            .toList(),
                    IntStream.range(0, report.results().size())
                            .mapToObj(budget -> Result.of(report, budget))
                            .toList(),
                    searchedForTheNearest(report) ? Optional.of(Distances.of(report)) : Optional.empty(),
                    report.ending(),
                    report.trust(),
                    report.probes().overstatement(),
                    report.diagnostics().stream().filter(Diagnostic::raised).toList(),
                    page.map(Path::toString),
                    json.map(Path::toString));
        }

        private record Effort(String name, long forwards, long backwards, int zeroGradients) {}

        /** What the attacks achieved with a budget, with the number of successes of each. */
        private record Result(
                double epsilon,
                Interval accuracy,
                Interval accuracyAfterRounding,
                Optional<ProvedAccuracy> proved,
                List<Integer> successes) {
            static Result of(RobustnessReport report, int budget) {
                EpsilonResult result = report.results().get(budget);
                return new Result(
                        result.epsilon(),
                        result.accuracy(),
                        result.accuracyAfterRounding(),
                        report.proved(budget),
                        IntStream.range(0, report.attacks().size())
                                .mapToObj(attack -> report.outcomes().successes(budget, attack))
                                .toList());
            }
        }
    }
}
