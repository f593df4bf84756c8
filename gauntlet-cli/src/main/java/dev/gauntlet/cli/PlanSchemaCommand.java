package dev.gauntlet.cli;

import dev.gauntlet.report.plan.PlanFile;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the schema of plans. */
@Command(
        name = "schema",
        description = "Prints the JSON Schema of plans, for editors and for other programs that check plans.",
        footer = {"Example:", "  gauntlet plan schema > plan.schema.json"})
final class PlanSchemaCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.print(PlanFile.schema());
        out.flush();
        return ExitCode.PASS.code();
    }
}
