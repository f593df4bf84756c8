package dev.gauntlet.cli;

import dev.gauntlet.AtomicFile;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Setting;
import dev.gauntlet.StorageException;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.report.plan.PlanFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes a plan from the options of an evaluation. */
@Command(
        name = "new",
        description = {
            "Writes a plan with the options of 'gauntlet evaluate', and every other key as a comment.",
            "An editor that knows Taplo completes and checks it with the schema next to it."
        },
        footer = {
            "Examples:",
            "  gauntlet plan new model.onnx --data photos --suite standard --out robustness.toml",
            "  gauntlet evaluate --plan robustness.toml"
        })
final class PlanNewCommand implements Callable<Integer> {
    private static final String SCHEMA = "plan.schema.json";

    @Mixin
    private ModelOptions model;

    @Mixin
    private OwnDataOptions data;

    @Mixin
    private AttackOptions attack;

    @Mixin
    private LimitOptions limits;

    @Mixin
    private SeedOption seed;

    @Heading(Heading.Topic.OUTPUT)
    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            description = {
                "The file of the plan; its schema, " + SCHEMA + ", is written next to it.",
                "Default: the plan is printed."
            })
    private @Nullable Path out;

    @Heading(Heading.Topic.OUTPUT)
    @Option(names = "--force", description = "Replace the file of the plan; the schema is always replaced.")
    private boolean force;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PlanDocument options = limits.in(attack.in(data.in(model.in(PlanDocument.EMPTY)), seed));
        PlanDocument plan = model.named().map(options::withModel).orElse(options);
        PlanCheckCommand.requireConsistent(plan);
        String text = PlanFile.commented(plan);
        PrintWriter printed = spec.commandLine().getOut();
        if (out == null) {
            printed.print(text);
            printed.flush();
            return ExitCode.PASS.code();
        }
        if (Files.exists(out) && !force) {
            throw new GauntletException("The file %s exists.".formatted(out), Setting.OVERWRITE);
        }
        write(out, text);
        write(out.resolveSibling(SCHEMA), PlanFile.schema());
        printed.println("Plan: %s".formatted(out));
        printed.flush();
        return ExitCode.PASS.code();
    }

    private static void write(Path file, String text) {
        try {
            AtomicFile.write(file, stream -> stream.write(text.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw StorageException.of("%s cannot be written".formatted(file), file, e);
        }
    }
}
