package dev.gauntlet.bounds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.bounds.PropertySearch.Answer;
import dev.gauntlet.bounds.PropertySearch.Verdict;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.onnx.OnnxModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The instances of mnist_fc of the verification competition of 2022, with the verdicts of all tools together. */
class CompetitionTest {
    private static final ImageShape SHAPE = new ImageShape(1, 28, 28);
    private static final InputSpec CONTRACT = InputSpec.RAW.withLayout(Layout.NCHW);

    private static List<String[]> instances(String network) throws IOException {
        Path truth = Fixtures.folder("vnncomp2022-mnist_fc").resolve("ground_truth.csv");
        return Files.readAllLines(truth).stream()
                .map(line -> line.split(",", -1))
                .filter(line -> line[0].equals(network))
                .toList();
    }

    /** Decides instances and returns how many; a contradiction to the verdicts fails. */
    private static int decided(String network, List<String[]> instances, Duration time) {
        Path folder = Fixtures.folder("vnncomp2022-mnist_fc");
        Path file = folder.resolve("onnx").resolve(network);
        Batch sample = new Batch(SHAPE, new int[4], new int[4], new float[4 * SHAPE.size()]);
        int decided = 0;
        try (Classifier model = OnnxModels.whiteBox(file, CONTRACT, sample);
                Classifier runtime = OnnxModels.blackBox(file, CONTRACT, sample)) {
            for (String[] instance : instances) {
                VnnLib property = VnnLib.read(folder.resolve("vnnlib").resolve(instance[1] + ".gz"));
                Answer answer = new PropertySearch(time).decide(property, model, runtime, SHAPE);
                if (answer.verdict() == Verdict.SAT) {
                    assertThat(instance[5]).as(instance[1]).isNotEqualTo("robust");
                    requireCounterexample(property, answer, runtime);
                } else if (answer.verdict() == Verdict.UNSAT) {
                    assertThat(instance[5]).as(instance[1]).isNotEqualTo("violated");
                    assertThat(answer.lowerBound()).isPositive();
                }
                decided += answer.verdict() == Verdict.SAT || answer.verdict() == Verdict.UNSAT ? 1 : 0;
            }
        }
        return decided;
    }

    private static void requireCounterexample(VnnLib property, Answer answer, Classifier runtime) {
        float[] inputs = answer.inputs().orElseThrow();
        for (int i = 0; i < inputs.length; i++) {
            assertThat((double) inputs[i]).isBetween(property.lowest()[i], property.highest()[i]);
        }
        float[] outputs =
                runtime.logits(new Batch(SHAPE, new int[1], new int[1], inputs)).values();
        assertThat(property.isViolated(outputs)).isTrue();
    }

    @Test
    void decidesTheSmallNetworkAtTheSmallerRadius() throws IOException {
        List<String[]> instances = instances("mnist-net_256x2.onnx").stream()
                .filter(instance -> instance[4].equals("0.03"))
                .toList();

        assertThat(decided("mnist-net_256x2.onnx", instances, Duration.ofSeconds(60)))
                .isEqualTo(15);
    }

    @Test
    @Tag("hours")
    void decidesAllInstancesOfTheSmallNetwork() throws IOException {
        assertThat(decided("mnist-net_256x2.onnx", instances("mnist-net_256x2.onnx"), Duration.ofSeconds(60)))
                .isEqualTo(30);
    }

    @Test
    @Tag("hours")
    void decidesMostInstancesOfTheDeepNetwork() throws IOException {
        assertThat(decided("mnist-net_256x4.onnx", instances("mnist-net_256x4.onnx"), Duration.ofSeconds(60)))
                .isGreaterThanOrEqualTo(22);
    }
}
