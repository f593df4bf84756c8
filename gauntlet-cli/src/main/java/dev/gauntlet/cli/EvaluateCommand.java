package dev.gauntlet.cli;

import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.report.ReportFolder;
import dev.gauntlet.torch.Models;
import dev.gauntlet.torch.Network;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Attacks a model from a file. */
@Command(name = "evaluate", description = "Attacks a model over growing epsilon and writes a report.")
final class EvaluateCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "MODEL",
            description = {
                "Weights written by 'gauntlet train' (.safetensors), weights of PyTorch (.safetensors or .npz, with --network), or a TorchScript file (.pt).",
                "A TorchScript file is a program: use only one you trust."
            })
    private Path file;

    @Option(
            names = "--network",
            paramLabel = "NET",
            description =
                    "The network that the weights belong to, where the file does not say it, such as mlp:784-1000-10; see 'gauntlet train --help'.")
    private @Nullable String network;

    @Mixin
    private DataOptions data;

    @Mixin
    private AttackOptions attack;

    @Mixin
    private ReportOptions output;

    @Mixin
    private Console console;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "The seed of every random choice. Default: ${DEFAULT-VALUE}")
    private long seed;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Plan plan = attack.plan(seed);
        var runner = attack.runner();
        Path folder = output.folder("evaluate");
        try (var interruption = Interruption.says(spec.commandLine().getErr(), "no report was written.");
                DifferentiableClassifier model =
                        Models.load(file, Optional.ofNullable(network).map(Network::parse))) {
            Dataset test = data.test(console);
            DataOptions.sayNotice(console, test.origin().notice());
            RobustnessReport report = EvaluationOutput.evaluate(model, test, plan, runner, console);
            EvaluationOutput.print(report, ReportFolder.write(report, folder, output.force()), console);
        }
        return ExitCode.PASS.code();
    }
}
