package dev.gauntlet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.data.DataFiles;
import dev.gauntlet.data.DataOptions;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import dev.gauntlet.torch.TrainingListener;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An evaluation on a terminal, where the summary and the progress meet. */
class ResumedEvaluationTest {
    private static final Screen TERMINAL = new Screen(Screen.Kind.TERMINAL, 80);

    @TempDir
    Path folder;

    @Test
    void whatWasFinishedBeforeStandsOnALineOfItsOwn() throws IOException {
        Path data = data();
        Path weights = weights(data);
        Path journal = folder.resolve("journal");
        String[] arguments = {
            "evaluate",
            weights.toString(),
            "--data",
            data.toString(),
            "--attack",
            "pgd:steps=3000",
            "--epsilon",
            "0.001",
            "--journal",
            journal.toString()
        };

        List<String> first = run(arguments, "first");
        List<String> second = run(arguments, "second");

        assertThat(first).noneMatch(line -> line.contains("already finished"));
        assertThat(second)
                .contains("100 of 100 images were already finished; their results are from the journal %s."
                        .formatted(journal));
        // whatever was drawn in between is gone
        assertThat(first).noneMatch(line -> line.contains("... 0:0") || line.endsWith(" left"));
        assertThat(second).noneMatch(line -> line.contains("... 0:0"));
        assertThat(first).anyMatch(line -> line.startsWith("Report: "));
    }

    private List<String> run(String[] arguments, String report) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--out", folder.resolve(report).toString()));
        // a terminal shows both
        StringWriter terminal = new StringWriter();
        PrintWriter writer = new PrintWriter(terminal);
        assertThat(Gauntlet.run(Map.of(), TERMINAL, new Stopwatch(), writer, writer, all.toArray(String[]::new)))
                .as(terminal.toString())
                .isZero();
        return TerminalLines.of(terminal.toString());
    }

    private Path data() throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        StringBuilder lines = new StringBuilder("label,a,b,c,d\n");
        for (int i = 0; i < 100; i++) {
            int label = i % 2;
            lines.append(label);
            for (int k = 0; k < 4; k++) {
                lines.append(',').append((float) random.nextDouble(label == k % 2 ? .6 : 0, label == k % 2 ? 1 : .4));
            }
            lines.append('\n');
        }
        return Files.writeString(folder.resolve("data.csv"), lines);
    }

    private Path weights(Path data) throws IOException {
        Dataset examples = DataFiles.open(data, new DataOptions(Optional.empty(), List.of(), Optional.empty()));
        Path file = folder.resolve("small.safetensors");
        try (NetworkClassifier model = Trainer.defaults()
                .withEpochs(100)
                .train(Network.parse("mlp:4-8-2"), examples, examples, TrainingListener.NONE)) {
            model.save(file);
        }
        return file;
    }
}
