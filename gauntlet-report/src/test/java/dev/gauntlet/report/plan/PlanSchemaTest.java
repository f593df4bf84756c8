package dev.gauntlet.report.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.gauntlet.GauntletException;
import dev.gauntlet.request.EvaluationRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.toml.TomlMapper;

class PlanSchemaTest {
    private static final Path DOCS = Path.of("..", "docs");

    private static final Schema SCHEMA = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(PlanSchema.generated().toString());

    @Test
    void thePublishedSchemaIsThatOfTheRecords() throws IOException {
        String generated = JsonMapper.builder()
                        .enable(SerializationFeature.INDENT_OUTPUT)
                        .build()
                        .writeValueAsString(PlanSchema.generated())
                + "\n";
        Path published = DOCS.resolve("plan.schema.json");
        if (Boolean.getBoolean("redraw")) {
            Files.writeString(published, generated);
        }

        assertThat(published).as("write it again with -Dredraw=true").content().isEqualToNormalizingNewlines(generated);
        try (InputStream shipped = PlanDocument.class.getResourceAsStream("plan.schema.json")) {
            assertThat(shipped).hasContent(generated);
        }
    }

    @Test
    void theDocumentedPlanIsValidAndIsRead() throws IOException {
        Matcher example = Pattern.compile("(?s)```toml\n(.*?)```").matcher(Files.readString(DOCS.resolve("plans.md")));
        int found = 0;
        while (example.find()) {
            JsonNode plan = new TomlMapper().readTree(example.group(1));
            assertValid(plan);
            assertThat(PlanBinding.read(plan).keys()).isNotEmpty();
            found++;
        }
        assertThat(found).isPositive();
    }

    @ParameterizedTest
    @MethodSource("dev.gauntlet.report.plan.PlanDocumentTest#requests")
    void everyRequestIsAValidPlan(EvaluationRequest request) {
        assertValid(PlanBinding.tree(PlanDocument.of(request)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            [sample] examples = -3
            [sample] examples = 'many'
            [sample] examples = 1.5
            [sample] exmaples = 3
            [smaple] examples = 3
            [model] file = 3
            [model] input-max = 0
            [model] std = [0.5, 0]
            [model] timeout = 0
            [model] layout = 'nhcw'
            [model] headers = 'x:y'
            [data] name = 'cifar10'
            [data] image-shape = '28x28'
            [data] strict = 'yes'
            [data] sha256 = 'abc'
            [threat] norm = 'lfin'
            [threat] epsilons = []
            [threat] epsilons = ['x']
            [threat] epsilons = [0.1, -1]
            [attack] list = 'fgsm'
            [attack] suite = 'quik'
            [attack] black-box = 1
            [limit] time = 'soon'
            [limit] decide = 'soon'
            [limit] gradients = 0
            [run] workers = 0
            [gate] at = ['linf']
            [gate] min-robust-accuracy = [3]
            [gate] per-class-min = -1
            [gate] forbid = 'trustworthy'
            """)
    void whatTheSchemaRefusesTheReaderRefuses(String section) {
        JsonNode plan = new TomlMapper().readTree(section.replaceFirst("] ", "]\n"));

        assertThat(SCHEMA.validate(plan.toString(), InputFormat.JSON)).isNotEmpty();
        assertThatThrownBy(() -> PlanBinding.read(plan)).isInstanceOf(GauntletException.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            [sample] seed = -3
            [model] mean = [-1, "1/3"]
            [data] image-shape = '1x28x28'
            [data.sha256] "a b" = 'abc'
            [threat] epsilons = ["8/255", 0, 1e-3, "0.5"]
            [limit] time = '90 s'
            [limit] decide = '8/255=0.4'
            [gate] at = ["linf:8/255", "l2:0"]
            """)
    void whatTheSchemaTakesTheReaderTakes(String section) {
        JsonNode plan = new TomlMapper().readTree(section.replaceFirst("] ", "]\n"));

        assertValid(plan);
        assertThatCode(() -> PlanBinding.read(plan)).doesNotThrowAnyException();
    }

    private static void assertValid(JsonNode plan) {
        assertThat(SCHEMA.validate(plan.toString(), InputFormat.JSON))
                .as(plan.toPrettyString())
                .isEmpty();
    }
}
