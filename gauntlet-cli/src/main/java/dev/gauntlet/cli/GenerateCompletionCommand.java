package dev.gauntlet.cli;

import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints what completes commands and options in a shell. */
@Command(
        name = "generate-completion",
        description = {
            "Prints a script with which bash and zsh complete the commands, options and values of gauntlet.",
            "Load it in ~/.bashrc or ~/.zshrc."
        },
        footer = {"Example:", "  source <(gauntlet generate-completion)"})
final class GenerateCompletionCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        // this program may consist of the command at hand alone
        out.print(AutoComplete.bash(spec.root().name(), Gauntlet.commandLine(Map.of())));
        out.flush();
        return ExitCode.PASS.code();
    }
}
