package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.report.plan.PlanFile;
import dev.gauntlet.report.plan.TomlPositions;
import dev.gauntlet.report.plan.TomlText;
import dev.gauntlet.request.EvaluationRequest;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Checks plans without running them. */
@Command(
        name = "check",
        description = {
            "Checks plans without opening the models or the data: exit code 0 if all are valid, 2 if not.",
            "Every problem is a line FILE:LINE:COLUMN: MESSAGE on standard error."
        },
        footer = {"Example:", "  gauntlet plan check robustness.toml"})
final class PlanCheckCommand implements Callable<Integer> {
    /** Stands for the model that the command line will name. */
    private static final String ANY_MODEL = "MODEL";

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "The plans, in TOML.")
    private List<Path> files;

    @Mixin
    private Console console;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        List<Located> located = new ArrayList<>();
        PrintWriter err = spec.commandLine().getErr();
        for (Path file : files) {
            List<PlanFile.Problem> problems = problems(file);
            if (problems.isEmpty()) {
                console.say("%s is valid.", file);
            }
            problems.forEach(problem -> err.println("%s:%s%s"
                    .formatted(
                            file,
                            problem.position()
                                    .map(position -> "%d:%d: ".formatted(position.line(), position.column()))
                                    .orElse(" "),
                            problem.message())));
            problems.forEach(problem -> located.add(located(file, problem)));
        }
        err.flush();
        console.result(new Result(located.isEmpty(), located));
        return (located.isEmpty() ? ExitCode.PASS : ExitCode.BAD_INPUT).code();
    }

    private static List<PlanFile.Problem> problems(Path file) {
        List<PlanFile.Problem> problems = PlanFile.problems(file);
        if (!problems.isEmpty()) {
            return problems;
        }
        PlanDocument plan = PlanFile.read(file);
        try {
            requireConsistent(plan);
            return List.of();
        } catch (GauntletException e) {
            TomlPositions positions = TomlText.read(file, "plan").positions();
            Optional<TomlPositions.Position> position = e.settings().stream()
                    .flatMap(setting -> OptionNames.key(setting).stream())
                    .filter(plan.keys()::contains)
                    .flatMap(key -> positions.of(List.of(key.split("\\.", -1))).stream())
                    .findFirst();
            return List.of(new PlanFile.Problem(position, OptionNames.explained(e, plan.keys())));
        }
    }

    /** Refuses a plan whose keys contradict each other. */
    static void requireConsistent(PlanDocument plan) {
        boolean hasModel = plan.training().isPresent()
                || plan.model().filter(model -> model.file().isPresent()).isPresent();
        EvaluationRequest request = (hasModel ? plan : plan.withModel(ANY_MODEL)).request();
        request.knownAttacks();
        request.knownCertifier();
        plan.gate().ifPresent(CheckCommand::requireConsistent);
    }

    private static Located located(Path file, PlanFile.Problem problem) {
        return new Located(
                file.toString(),
                problem.position().map(TomlPositions.Position::line),
                problem.position().map(TomlPositions.Position::column),
                problem.message());
    }

    /** What {@code --json} prints. */
    private record Result(boolean valid, List<Located> problems) {}

    private record Located(String file, Optional<Integer> line, Optional<Integer> column, String message) {}
}
