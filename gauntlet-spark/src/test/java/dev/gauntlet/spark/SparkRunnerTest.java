package dev.gauntlet.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.ClusterConnector;
import dev.gauntlet.evaluate.ClusterRunner;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.evaluate.Runner;
import dev.gauntlet.format.ModelFormats;
import dev.gauntlet.format.ModelUse;
import dev.gauntlet.model.DifferentiableClassifier;
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
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.threat.LpBall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The runner on two threads of Spark in this process; {@code ClusterTest} has real clusters. */
@Tag("cluster")
class SparkRunnerTest {
    private static final Dataset DATA = data(200);

    private static ClusterRunner spark;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        // 62 of the images
        System.setProperty(SentRows.LARGEST_PART, "1000b");
        spark = ClusterConnector.open("local[2]", notice -> {});
        System.clearProperty(SentRows.LARGEST_PART);
    }

    @AfterAll
    static void everyModelIsClosedAtTheEnd() {
        spark.close();
        assertThat(PlantedFormat.CLOSED).hasValue(PlantedFormat.OPENED.get());
    }

    private static Dataset data(int size) {
        SplittableRandom random = RandomKey.of(3).generator();
        int[] labels = new int[size];
        float[][] rows = new float[size][4];
        for (int i = 0; i < size; i++) {
            labels[i] = random.nextInt(3);
            for (int k = 0; k < 4; k++) {
                rows[i][k] = (float) random.nextDouble();
            }
        }
        return ArrayDataset.of(3, labels, rows);
    }

    private ModelRef model(String lines) throws IOException {
        Path file = Files.writeString(folder.resolve("model.planted"), lines);
        return new ModelRef.File(file.toString(), Optional.empty(), InputSpec.RAW, Optional.empty());
    }

    private static EvaluationRequest request(ModelRef model) {
        return new EvaluationRequest(
                model,
                DataRef.InProcess.of(DATA.origin()),
                Sampling.ALL,
                new Threat(List.of(LpBall.linf(.05), LpBall.linf(.1)), new AttackGoal.AnyError()),
                List.of(AttackRef.parse("fgsm"), AttackRef.parse("pgd:steps=5")),
                Access.WHITE_BOX,
                DiagnosticsBudget.AUTOMATIC,
                Limits.NONE,
                new Execution(OptionalInt.of(20), OptionalInt.empty()));
    }

    private static DifferentiableClassifier open(ModelRef model) {
        return ModelFormats.of(model).openWhiteBox(model, ModelUse.of(DATA));
    }

    private static RobustnessReport evaluate(Runner runner, ModelRef ref) {
        try (DifferentiableClassifier model = open(ref)) {
            return Evaluator.on(runner).evaluate(model, DATA, request(ref));
        }
    }

    @Test
    void givesTheRecordOfThisMachineAndNamesTheCluster() throws IOException {
        ModelRef model = model("7");
        RobustnessReport here = evaluate(new LocalRunner(1), model);
        int before = PlantedFormat.OPENED.get();
        RobustnessReport there = evaluate(spark, model);

        assertThat(there).usingRecursiveComparison().ignoringFields("timing").isEqualTo(here);
        assertThat(there.timing().workers()).isEqualTo(2);
        assertThat(there.timing().cluster().orElseThrow())
                .startsWith("Apache Spark ")
                .contains(", local[2], on threads of ");
        // once by this test, once for all tasks of all stages
        assertThat(PlantedFormat.OPENED.get() - before).isEqualTo(2);
    }

    @Test
    void theFirstTaskThatFailsIsTheError() throws IOException {
        ModelRef model = model("7\n150\n190\n130");
        assertThatThrownBy(() -> evaluate(new LocalRunner(2), model))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The model fails on example 130.");
        assertThatThrownBy(() -> evaluate(spark, model))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith("The executor on ")
                .hasMessageEndingWith(": The model fails on example 130.");
        // the next evaluation is none the worse for it
        assertThat(evaluate(spark, model("8")).outcomes().size()).isEqualTo(200);
    }

    @Test
    void executorsRefuseAModelThatHasChanged() throws IOException {
        ModelRef ref = model("9");
        try (DifferentiableClassifier model = open(ref)) {
            model("10");
            assertThatThrownBy(() -> Evaluator.on(spark).evaluate(model, DATA, request(ref)))
                    .isInstanceOf(GauntletException.class)
                    .hasMessageStartingWith("The executor on ")
                    .hasMessageContaining("has changed: its weights have the SHA-256");
        }
    }

    @Test
    void aModelOfThisProgramAloneCannotBeSent() throws IOException {
        try (DifferentiableClassifier model = open(model("11"))) {
            assertThatThrownBy(() -> Evaluator.on(spark).evaluate(model, DATA, Plan.linf(Fgsm.defaults(), .1)))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage(
                            "The model planted was made by a Java program and cannot be sent to other machines; save it, and evaluate the file.");
        }
    }
}
