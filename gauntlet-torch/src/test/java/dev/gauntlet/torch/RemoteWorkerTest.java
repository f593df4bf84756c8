package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.evaluate.shard.ShardComputer;
import dev.gauntlet.evaluate.shard.ShardOpening;
import dev.gauntlet.evaluate.shard.ShardWatch;
import dev.gauntlet.format.OpenedRequest;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.AttackGoal;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.Execution;
import dev.gauntlet.request.Limits;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.request.Sampling;
import dev.gauntlet.request.Threat;
import dev.gauntlet.testkit.WireRunner;
import dev.gauntlet.threat.LpBall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker that receives bytes and opens the files that they name. */
class RemoteWorkerTest {
    private static final ImageShape SHAPE = new ImageShape(1, 6, 6);

    @TempDir
    private Path folder;

    private EvaluationRequest request() throws IOException {
        Path weights = folder.resolve("model.safetensors");
        Network network = Samples.network(SHAPE, "conv 4 k3, relu, flatten, linear 4");
        try (NetworkClassifier model = Samples.classifier(network, 3)) {
            model.save(weights);
        }
        // the rows of a CSV file become images only by what the model says of its input
        Path images = folder.resolve("images.csv");
        Files.writeString(images, csv(Samples.bars(SHAPE, 4, 120, 2)));
        return new EvaluationRequest(
                new ModelRef.File(weights.toString(), Optional.empty(), InputSpec.RAW, Optional.empty()),
                new DataRef.Files(
                        images.toString(),
                        Optional.empty(),
                        List.of(),
                        Optional.of("label"),
                        Optional.empty(),
                        Optional.empty(),
                        DataRef.ImageFiles.AS_THEY_ARE,
                        Map.of()),
                Sampling.ALL.withExamples(100),
                new Threat(List.of(LpBall.linf(.05), LpBall.linf(.1)), new AttackGoal.AnyError()),
                List.of(AttackRef.parse("fgsm"), AttackRef.parse("pgd:steps=5")),
                Access.WHITE_BOX,
                DiagnosticsBudget.AUTOMATIC,
                Limits.NONE,
                new Execution(OptionalInt.of(40), OptionalInt.empty()));
    }

    private static String csv(Dataset data) {
        StringBuilder text = new StringBuilder("label");
        for (int pixel = 0; pixel < data.shape().size(); pixel++) {
            text.append(",p").append(pixel);
        }
        for (int id = 0; id < data.size(); id++) {
            Batch one = data.batch(id);
            text.append('\n').append(one.labels()[0]);
            for (float pixel : one.pixels()) {
                text.append(',').append(pixel);
            }
        }
        return text.append('\n').toString();
    }

    @Test
    void givesTheSameReportWithNothingButBytesAndFiles() throws IOException {
        EvaluationRequest request = request();
        List<OpenedRequest> workers = new ArrayList<>();
        try (OpenedRequest opened = OpenedRequest.of(request, Map.of())) {
            assertThat(opened.data().shape()).isEqualTo(SHAPE);
            RobustnessReport expected =
                    Evaluator.on(new LocalRunner(1)).evaluate(opened.model(), opened.data(), request);
            RobustnessReport remote = Evaluator.on(new WireRunner(2, Optional.of(opening -> open(opening, workers))))
                    .evaluate(opened.model(), opened.data(), request);
            assertThat(remote)
                    .usingRecursiveComparison()
                    .ignoringFields("timing")
                    .isEqualTo(expected);
        } finally {
            workers.forEach(OpenedRequest::close);
        }
        assertThat(workers).isNotEmpty();
    }

    private static ShardComputer open(ShardOpening opening, List<OpenedRequest> workers) {
        OpenedRequest opened = OpenedRequest.of(opening.request(), Map.of());
        workers.add(opened);
        return opening.open(opened.model(), opened.data(), task -> ShardWatch.OfTask.NONE);
    }

    @Test
    void refusesFilesThatAreNotThoseOfTheRequest() throws IOException {
        EvaluationRequest request = request();
        EvaluationRequest resolved;
        try (OpenedRequest opened = OpenedRequest.of(request, Map.of())) {
            resolved = request.resolved(opened.model().card(), opened.data().origin());
        }
        Path weights = folder.resolve("model.safetensors");
        try (NetworkClassifier other =
                Samples.classifier(Samples.network(SHAPE, "conv 4 k3, relu, flatten, linear 4"), 4)) {
            other.save(weights);
        }
        assertThatThrownBy(() -> OpenedRequest.of(resolved, Map.of()))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("has changed: its weights have the SHA-256");
        Files.writeString(folder.resolve("images.csv"), csv(Samples.bars(SHAPE, 4, 120, 5)));
        assertThatThrownBy(() -> OpenedRequest.of(resolved, Map.of()))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("the SHA-256 of its files is not that of the recorded run");
    }
}
