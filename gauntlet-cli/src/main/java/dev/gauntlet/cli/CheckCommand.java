package dev.gauntlet.cli;

import dev.gauntlet.FilePath;
import dev.gauntlet.GauntletException;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Gate;
import dev.gauntlet.gate.Judgement;
import dev.gauntlet.gate.Requirement;
import dev.gauntlet.gate.Verdict;
import dev.gauntlet.report.RepeatablePlan;
import dev.gauntlet.report.ReportJson;
import dev.gauntlet.report.plan.PlanBinding;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.report.plan.PlanFile;
import dev.gauntlet.threat.LpBall;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Decides on the record of a run. */
@Command(
        name = "check",
        description = {
            "Decides whether a model is robust enough, from the report of an evaluation.",
            "It judges the 95 %% interval, not the point estimate: PASS (exit code 0) if the whole interval meets the requirement, FAIL (1) if none of it does, INCONCLUSIVE (3) otherwise."
        },
        footer = {
            "Examples:",
            "  gauntlet check runs/evaluate --min-robust-accuracy 0.40 --at linf:8/255",
            "  gauntlet check runs/new --at linf:0.1 --baseline runs/old --no-worse-than 0.01",
            "  gauntlet check runs/new --min-robust-accuracy 0.9,0.4 --at linf:0,linf:0.1 --forbid suspect",
            "  gauntlet check runs/certified --min-certified-accuracy 0.3 --at linf:0.1",
            "  gauntlet check runs/new --plan robustness.toml"
        })
final class CheckCommand implements Callable<Integer> {
    @Parameters(paramLabel = "REPORT", description = "The directory of a report, or its report.json.")
    private Path report;

    @Heading(Heading.Topic.REQUIREMENT)
    @Option(
            names = Plans.OPTION,
            paramLabel = "FILE",
            description = "Read the requirements from the section 'gate' of a TOML plan. Default: none.")
    private @Nullable Path plan;

    @Heading(Heading.Topic.REQUIREMENT)
    @Option(
            names = "--dataset",
            paramLabel = "NAME",
            description = "The data set that the report must be on, such as mnist. Default: any.")
    private @Nullable String dataset;

    @Heading(Heading.Topic.REQUIREMENT)
    @Option(
            names = "--min-robust-accuracy",
            paramLabel = "SHARE,...",
            split = ",",
            hideParamSyntax = true,
            description =
                    "The required robust accuracy, in [0,1]; one for all --at, or one for each, separated by commas.")
    private @Nullable List<Double> minima;

    @Heading(Heading.Topic.REQUIREMENT)
    @Option(
            names = "--at",
            paramLabel = "NORM:EPSILON,...",
            split = ",",
            hideParamSyntax = true,
            description =
                    "The budgets of the requirement, such as linf:8/255 or l2:0.5, separated by commas; epsilon 0 is the clean accuracy.")
    private @Nullable List<LpBall> balls;

    @Heading(Heading.Topic.REQUIREMENT)
    @Option(
            names = "--per-class-min",
            paramLabel = "SHARE",
            description = "The required robust accuracy of every class, in [0,1].")
    private @Nullable Double perClass;

    @Heading(Heading.Topic.REQUIREMENT)
    @Option(
            names = "--min-certified-accuracy",
            paramLabel = "SHARE",
            description =
                    "The required certified accuracy, in [0,1]: the share of the images that are proved robust at each --at.")
    private @Nullable Double certified;

    @Heading(Heading.Topic.REQUIREMENT)
    @Option(
            names = "--baseline",
            paramLabel = "REPORT",
            description = "The baseline: an older report, or that of another model, on the same data.")
    private @Nullable Path baseline;

    @Heading(Heading.Topic.REQUIREMENT)
    @Option(
            names = "--no-worse-than",
            paramLabel = "SHARE",
            description =
                    "The allowed loss of robust accuracy against the baseline. Default: 0, which only a clearly better model passes.")
    private @Nullable Double margin;

    @Heading(Heading.Topic.REQUIREMENT)
    @Option(
            names = "--max-overstatement",
            paramLabel = "SHARE",
            description =
                    "Fail unless the robust accuracy under a stronger attack is at most SHARE lower, with 95 %% confidence. It can be the only requirement, without --at.")
    private @Nullable Double overstatement;

    @Heading(Heading.Topic.REQUIREMENT)
    @Option(
            names = "--forbid",
            completionCandidates = Candidates.Forbidden.class,
            paramLabel = "TRUST",
            description =
                    "Fail if the trust level of the evaluation is this or worse: limited, suspect or invalid. It can be the only requirement, without --at.")
    private @Nullable String forbidden;

    @Mixin
    private MachineFiles files;

    @Mixin
    private Console console;

    @Override
    public Integer call() {
        PlanDocument.Gate required = required();
        Gate gate = gate(required);
        RobustnessReport record = ReportJson.read(report);
        requireDataset(required, record, report);
        Gate.Decision decision = gate.judge(record);
        print(record, decision);
        files.write(record, Optional.of(decision), console);
        return ExitCode.of(decision.verdict()).code();
    }

    /** Puts together what the plan and the options say. */
    private PlanDocument.Gate required() {
        PlanDocument options = PlanDocument.EMPTY.and(new PlanDocument.Gate(
                Optional.ofNullable(dataset),
                Optional.ofNullable(balls),
                Optional.ofNullable(minima),
                number(perClass),
                number(certified),
                Optional.ofNullable(baseline).map(Path::toString),
                number(margin),
                number(overstatement),
                Optional.ofNullable(forbidden).map(PlanBinding::forbidden)));
        if (plan != null && RepeatablePlan.isRecord(plan)) {
            throw new GauntletException(
                    "%s is the record of a run and has no requirements; pass a TOML plan.".formatted(plan));
        }
        PlanDocument all = Plans.together(plan, options, key -> key.startsWith("gate."), console);
        if (plan != null && PlanFile.read(plan).gate().isEmpty()) {
            throw new GauntletException(
                    "The plan %s has no section [gate] with requirements; write in it, for instance, at = [\"linf:8/255\"] and min-robust-accuracy = [0.4]."
                            .formatted(plan));
        }
        return all.gate().orElseThrow();
    }

    private static OptionalDouble number(@Nullable Double number) {
        return number == null ? OptionalDouble.empty() : OptionalDouble.of(number);
    }

    /** Refuses a record of a run on another data set than the required one. */
    static void requireDataset(PlanDocument.Gate required, RobustnessReport record, Path source) {
        required.dataset()
                .filter(dataset -> !dataset.equals(record.data().name()))
                .ifPresent(dataset -> {
                    throw new GauntletException(
                            "The report %s is on the data set %s and not on %s; check the one that is."
                                    .formatted(source, record.data().name(), dataset));
                });
    }

    /** Returns the gate with these requirements. */
    static Gate gate(PlanDocument.Gate required) {
        requireConsistent(required);
        List<Double> minima = required.minRobustAccuracy().orElse(List.of());
        List<LpBall> balls = required.at().orElse(List.of());
        if (balls.isEmpty()) {
            return new Gate(overstatement(required), required.forbid());
        }
        Optional<RobustnessReport> old = required.baseline().map(FilePath::of).map(ReportJson::read);
        List<Requirement> requirements = new ArrayList<>();
        for (int i = 0; i < balls.size(); i++) {
            LpBall ball = balls.get(i);
            if (!minima.isEmpty()) {
                requirements.add(new Requirement.MinimumAccuracy(ball, minima.get(minima.size() == 1 ? 0 : i)));
            }
            required.perClassMin().ifPresent(least -> requirements.add(new Requirement.MinimumPerClass(ball, least)));
            required.minCertifiedAccuracy()
                    .ifPresent(least -> requirements.add(new Requirement.MinimumCertifiedAccuracy(ball, least)));
            old.ifPresent(other -> requirements.add(new Requirement.NoWorseThan(
                    ball, other, required.noWorseThan().orElse(0))));
        }
        requirements.addAll(overstatement(required));
        return new Gate(requirements, required.forbid());
    }

    /** Refuses requirements that are incomplete or contradict each other, whatever the reports are. */
    static void requireConsistent(PlanDocument.Gate required) {
        List<Double> minima = required.minRobustAccuracy().orElse(List.of());
        List<LpBall> balls = required.at().orElse(List.of());
        if (minima.size() > 1 && minima.size() != balls.size()) {
            throw new GauntletException(
                    "There are %d values of --min-robust-accuracy for %d of --at; give one for all or one for each."
                            .formatted(minima.size(), balls.size()));
        }
        if (required.noWorseThan().isPresent() && required.baseline().isEmpty()) {
            throw new GauntletException("--no-worse-than requires the report to compare with, --baseline.");
        }
        if (balls.isEmpty()) {
            if (!minima.isEmpty()
                    || required.perClassMin().isPresent()
                    || required.minCertifiedAccuracy().isPresent()
                    || required.baseline().isPresent()
                    || (required.forbid().isEmpty()
                            && required.maxOverstatement().isEmpty())) {
                throw new GauntletException(
                        "Name the budgets of the requirement with --at, such as --at linf:8/255; only --forbid and --max-overstatement need none.");
            }
            return;
        }
        if (minima.isEmpty()
                && required.perClassMin().isEmpty()
                && required.minCertifiedAccuracy().isEmpty()
                && required.baseline().isEmpty()) {
            throw new GauntletException(
                    "There is no requirement at --at; add --min-robust-accuracy, --min-certified-accuracy, --per-class-min or --baseline.");
        }
    }

    private static List<Requirement> overstatement(PlanDocument.Gate required) {
        return required.maxOverstatement().isPresent()
                ? List.of(new Requirement.MaximumOverstatement(
                        required.maxOverstatement().getAsDouble()))
                : List.of();
    }

    private void print(RobustnessReport record, Gate.Decision decision) {
        console.say(
                "%s on %s %s, %,d images, %s",
                record.model().name(),
                record.data().name(),
                record.data().split(),
                record.outcomes().size(),
                record.plan().name());
        for (Judgement judgement : decision.judgements()) {
            console.say("%n%-12s   %s", judgement.verdict(), judgement.requirement());
            judgement.explanation().forEach(line -> console.say("               %s", line));
        }
        console.verdict(decision.verdict());
        long raised = record.diagnostics().stream().filter(Diagnostic::raised).count();
        if (raised > 0) {
            console.say(
                    "The evaluation itself is %s: %s (%d of %d signs; the report says what to do).",
                    record.trust().toString().toUpperCase(Locale.ROOT),
                    record.trust().meaning(),
                    raised,
                    record.diagnostics().size());
        }
        console.result(new Result(
                decision.verdict(),
                decision.judgements(),
                record.trust(),
                record.diagnostics().stream().filter(Diagnostic::raised).toList()));
    }

    /** What {@code --json} prints. */
    private record Result(Verdict verdict, List<Judgement> judgements, Trust trust, List<Diagnostic> raised) {}
}
