package dev.gauntlet.report.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.gauntlet.request.EvaluationRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

class PlanTemplateTest {
    /** Only records of runs have these. */
    private static final List<String> OF_RECORDS =
            List.of("model.in-process", "model.architecture", "data.in-process", "data.split", "data.sha256");

    @TempDir
    Path folder;

    @Test
    void anExampleOfEveryKeyIsRightAndTheSchemaSaysSo() throws IOException {
        JsonNode examples = PlanTemplate.examples();

        assertThat(PlanKey.all())
                .extracting(PlanKey::path)
                .filteredOn(key -> !OF_RECORDS.contains(key))
                .allSatisfy(key -> assertThat(
                                examples.at("/" + key.replace('.', '/')).isMissingNode())
                        .as(key)
                        .isFalse());
        assertThat(PlanBinding.read(examples).keys()).doesNotContainAnyElementsOf(OF_RECORDS);
        assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(PlanFile.schema())
                        .validate(examples.toString(), InputFormat.JSON))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dev.gauntlet.report.plan.PlanDocumentTest#requests")
    void aNewPlanSaysWhatItWasMadeOf(EvaluationRequest request) {
        PlanDocument plan = PlanDocument.of(request);

        PlanDocument read = PlanBinding.read(new TomlMapper().readTree(PlanFile.commented(plan)));

        assertThat(PlanKey.said(read)).isEqualTo(PlanKey.said(plan));
        assertThat(read.request())
                .isEqualTo(PlanBinding.read(PlanBinding.tree(plan)).request());
    }

    @Test
    void eachCommentedKeyCanBeUncommented() throws IOException {
        String text = PlanFile.commented(PlanDocument.EMPTY);
        assertThat(text).startsWith("#:schema plan.schema.json\n");
        String uncommented = Pattern.compile("(?m)^# (\\[[a-z]+]$|[a-z0-9-]+ = )")
                .matcher(text)
                .replaceAll("$1");
        Path plan = Files.writeString(folder.resolve("plan.toml"), uncommented);

        assertThat(PlanFile.problems(plan)).isEmpty();
        assertThat(PlanFile.read(plan).keys())
                .containsExactlyElementsOf(PlanKey.all().stream()
                        .map(PlanKey::path)
                        .filter(key -> !OF_RECORDS.contains(key) && !key.startsWith("training."))
                        .toList());
        assertThat(text.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(110));
    }

    @Test
    void findsEveryWrongKeyWithItsPlace() throws IOException {
        Path plan = Files.writeString(folder.resolve("plan.toml"), """
                        seed = 1
                        [threat]   # a comment = 3
                        norm = "lfin"
                        epsilons = [
                          0.1,   # ] = 2
                          "]",
                        ]
                          target = "a = b\\" # c"
                        [ "sample" ]
                        exmaples = 3
                        seed = -1.5
                        attack.list = ["pdg"]
                        [run]
                        workers = '''
                        shard-size = 3'''
                        shard-size = 0
                        """);

        assertThat(PlanFile.problems(plan))
                .extracting(problem -> problem.position().map(Object::toString).orElse("?") + " "
                        + problem.message().substring(0, 14))
                .containsExactly(
                        "line 1, column 1 Unknown key 's",
                        "line 3, column 1 threat.norm: U",
                        "line 4, column 1 threat.epsilon",
                        "line 10, column 1 Unknown key 's",
                        "line 11, column 1 sample.seed is",
                        "line 12, column 1 Unknown key 's",
                        "line 14, column 1 run.workers is",
                        "line 16, column 1 run.shard-size");
    }

    @Test
    void findsKeysHoweverTheyAreWritten() {
        TomlPositions positions = TomlPositions.of("model = { file = 'a' }\r\n\r\n\tdata . \"Path\" = 'b'\n[a.b]\nc=1");

        assertThat(positions.of(List.of("model", "file"))).hasToString("Optional[line 1, column 1]");
        assertThat(positions.of(List.of("data", "path"))).hasToString("Optional[line 3, column 2]");
        assertThat(positions.of(List.of("a"))).hasToString("Optional[line 4, column 1]");
        assertThat(positions.of(List.of("a", "b", "c"))).hasToString("Optional[line 5, column 1]");
        assertThat(positions.of(List.of("other"))).isEqualTo(Optional.empty());
    }
}
