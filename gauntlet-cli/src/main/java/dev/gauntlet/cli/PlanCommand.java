package dev.gauntlet.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Writes and checks plans. */
@Command(
        name = "plan",
        description = "Writes and checks plans: evaluations as files, for 'evaluate --plan' and 'check --plan'.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {PlanNewCommand.class, PlanCheckCommand.class, PlanSchemaCommand.class},
        footer = {
            "Examples:",
            "  gauntlet plan new model.safetensors --dataset mnist --epsilon 0.1 --out robustness.toml",
            "  gauntlet plan check robustness.toml"
        })
final class PlanCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "Missing command; the commands are %s."
                        .formatted(String.join(", ", spec.subcommands().keySet())));
    }
}
