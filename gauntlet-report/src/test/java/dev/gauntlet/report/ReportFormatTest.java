package dev.gauntlet.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Gate;
import dev.gauntlet.gate.Requirement;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReportFormatTest {
    private static final String FOREIGN =
            "=cmd()|'/c calc'!A0,\"<script>alert(1)</script>`x` | [a](http://b.example) {0} @you ]]>\u0000\u0007\u001b\u202e\n";

    private static final Diagnostic RAISED =
            Diagnostic.measured(WarningSign.ZERO_GRADIENTS, true, 0.25, 0.05, "3 of 12 images.");
    private static final Diagnostic QUIET =
            Diagnostic.measured(WarningSign.EXPLODING_LOSS, false, 0, 10_000, "None does.");
    private static final Diagnostic NOT_MEASURED =
            Diagnostic.notMeasured(WarningSign.ROBUST_TO_ANYTHING, "There was one budget only.");

    /** Of the 12 examples 11 are right when clean and 8 at 0.1: 39.1 to 86.2 %. */
    private static RobustnessReport report() {
        return Reports.usual().diagnostics(RAISED, QUIET, NOT_MEASURED).build();
    }

    private static Optional<Gate.Decision> decision(RobustnessReport report) {
        LpBall ball = new LpBall(Norm.LINF, 0.1);
        return Optional.of(Gate.requiring(ball, 0.3)
                .and(new Requirement.MinimumAccuracy(ball, 0.5))
                .and(new Requirement.MinimumAccuracy(ball, 0.9))
                .judge(report));
    }

    @ParameterizedTest
    @EnumSource
    void foreignTextIsNeverMoreThanText(ReportFormat format) throws Exception {
        RobustnessReport report = Reports.usual()
                .classes(FOREIGN, "-1+1", "\uff1dcow")
                .modelName(FOREIGN)
                .data(FOREIGN)
                .notice(FOREIGN)
                .modelNotice(FOREIGN)
                .location(FOREIGN)
                .diagnostics(Diagnostic.measured(WarningSign.ZERO_GRADIENTS, true, 1, 0, FOREIGN))
                .build();
        Optional<Gate.Decision> decision = Optional.of(new Gate(
                        List.of(new Requirement.MinimumPerClass(new LpBall(Norm.LINF, 0.1), 0.99)),
                        Optional.of(Trust.SUSPECT))
                .judge(report));

        String text = format.render(report, decision);

        assertThat(text).doesNotContain("\u0000", "\u0007", "\u001b", "\u202e");
        switch (format) {
            case JUNIT -> {
                assertThat(parse(text).getElementsByTagName("script").getLength())
                        .isZero();
                assertThat(text).doesNotContain("<script", "]]>").contains("&lt;script&gt;");
            }
            case SARIF -> {
                JsonNode result = JsonMapper.shared().readTree(text).at("/runs/0/results/0");
                assertThat(result.at("/message/text").asString())
                        .contains("\\[a\\](http://b.example) {{0}}")
                        .doesNotContain(" [a]");
                assertThat(result.at("/locations/0/physicalLocation/artifactLocation/uri")
                                .asString())
                        .startsWith("%3Dcmd%28%29%7C%27/c%20calc")
                        .matches("[A-Za-z0-9%/._~-]+");
            }
            case MARKDOWN -> {
                assertThat(text)
                        .doesNotContain("<script", "](", "@you", "`x`\\ ")
                        .contains("\\`x\\`", "&#64;you");
                assertThat(text.lines()
                                .filter(line -> line.startsWith("| FAIL"))
                                .toList())
                        .isNotEmpty()
                        .allSatisfy(line -> assertThat(line.replace("\\|", "")
                                        .chars()
                                        .filter(character -> character == '|')
                                        .count())
                                .isEqualTo(4));
            }
            case HTML ->
                assertThat(text)
                        .doesNotContain("<script")
                        .contains("&lt;script")
                        .contains("content=\"default-src 'none'; style-src 'sha256-")
                        .doesNotContain("src=\"images", "href=\"style.css", "href=\"report.json", "examples.html");
            case BADGE ->
                assertThat(parse(text).getDocumentElement().getTextContent()).contains("robustness", "failing");
            case CSV -> {
                List<List<String>> rows = csv(text);
                assertThat(rows).hasSize(13).allSatisfy(row -> assertThat(row).hasSize(8));
                assertThat(rows.subList(1, 13).stream().flatMap(List::stream))
                        .noneMatch(cell -> cell.matches("(?s)[=+@\uff1d-].*"))
                        .anyMatch(cell -> cell.startsWith("'=cmd()|'/c calc'!A0,\"<script>"))
                        .contains("'-1+1", "'\uff1dcow");
            }
        }
    }

    @Test
    void aRequirementAndADiagnosticAreATestCaseEach() throws Exception {
        Element suite =
                parse(ReportFormat.JUNIT.render(report(), decision(report()))).getDocumentElement();

        assertThat(List.of("tests", "errors", "skipped", "failures"))
                .extracting(suite::getAttribute)
                .containsExactly("6", "1", "2", "1");
        assertThat(cases(suite))
                .extracting(
                        found -> found.getAttribute("name"),
                        found -> found.getElementsByTagName("*").item(0).getNodeName())
                .containsExactly(
                        tuple("robust accuracy at linf:0.1 is at least 30.00 %", "system-out"),
                        tuple("robust accuracy at linf:0.1 is at least 50.00 %", "error"),
                        tuple("robust accuracy at linf:0.1 is at least 90.00 %", "failure"),
                        tuple("The gradient is zero", "skipped"),
                        tuple("The loss explodes along the gradient", "system-out"),
                        tuple("An unlimited budget does not reduce the accuracy to chance", "skipped"));
    }

    @Test
    void whatSpeaksAgainstAnEvaluationFailsWhereNoGateDecides() throws Exception {
        Element suite =
                parse(ReportFormat.JUNIT.render(report(), Optional.empty())).getDocumentElement();

        assertThat(List.of("tests", "errors", "skipped", "failures"))
                .extracting(suite::getAttribute)
                .containsExactly("3", "0", "1", "1");
        assertThat(((Element) suite.getElementsByTagName("failure").item(0)).getAttribute("type"))
                .isEqualTo("suspect");
    }

    /** What only limits an evaluation is no failure and no warning, but every format says it. */
    @Test
    void aLimitedEvaluationIsSaidToBeOneEverywhere() throws Exception {
        RobustnessReport limited = Reports.usual()
                .diagnostics(Diagnostic.measured(WarningSign.FEW_EXAMPLES, true, 12, 50, "Only 12 images."))
                .build();

        Element suite =
                parse(ReportFormat.JUNIT.render(limited, Optional.empty())).getDocumentElement();
        assertThat(List.of("tests", "errors", "skipped", "failures"))
                .extracting(suite::getAttribute)
                .containsExactly("1", "0", "1", "0");
        assertThat(ReportFormat.JUNIT.render(limited, Optional.empty()))
                .contains("name=\"gauntlet.trust\" value=\"limited\"");
        JsonNode run = JsonMapper.shared()
                .readTree(ReportFormat.SARIF.render(limited, Optional.empty()))
                .at("/runs/0");
        assertThat(run.at("/properties/trust").asString()).isEqualTo("limited");
        assertThat(run.at("/results/0/level").asString()).isEqualTo("note");
        assertThat(ReportFormat.MARKDOWN.render(limited, Optional.empty())).contains("**The evaluation is LIMITED.**");
        assertThat(ReportFormat.HTML.render(limited, Optional.empty()))
                .contains("LIMITED")
                .contains("Few examples were attacked");
    }

    /** Elements, attributes and order as in version 3.0 of Maven Surefire's schema of reports. */
    @Test
    void hasTheStructureOfSurefiresReports() throws Exception {
        Element suite =
                parse(ReportFormat.JUNIT.render(report(), decision(report()))).getDocumentElement();
        Pattern time = Pattern.compile("[0-9]+(\\.[0-9]{0,3})?");

        assertThat(suite.getNodeName()).isEqualTo("testsuite");
        assertThat(suite.getAttribute("time")).matches(time);
        assertThat(suite.getElementsByTagName("*").item(0).getNodeName()).isEqualTo("properties");
        for (Element found : cases(suite)) {
            assertThat(found.getParentNode()).isSameAs(suite);
            assertThat(found.getAttribute("time")).matches(time);
            Element outcome = (Element) found.getElementsByTagName("*").item(0);
            assertThat(outcome.getNodeName()).isIn("failure", "error", "skipped", "system-out");
            assertThat(outcome.hasAttribute("type"))
                    .isEqualTo(List.of("failure", "error").contains(outcome.getNodeName()));
            assertThat(outcome.hasAttribute("message"))
                    .isEqualTo(!outcome.getNodeName().equals("system-out"));
        }
    }

    @Test
    void onlyWhatIsWrongIsAResultOfSarif() {
        JsonNode sarif = JsonMapper.shared().readTree(ReportFormat.SARIF.render(report(), decision(report())));
        JsonNode run = sarif.at("/runs/0");

        assertThat(sarif.at("/version").asString()).isEqualTo("2.1.0");
        assertThat(sarif.at("/$schema").asString()).endsWith("/sarif-2.1.0.json");
        assertThat(run.at("/tool/driver/name").asString()).isEqualTo("Gauntlet");
        assertThat(run.at("/results"))
                .extracting(
                        result -> result.at("/ruleId").asString(),
                        result -> result.at("/level").asString())
                .containsExactly(
                        tuple("requirement", "warning"),
                        tuple("requirement", "error"),
                        tuple("zero-gradients", "warning"));
        for (JsonNode result : run.at("/results")) {
            assertThat(run.at("/tool/driver/rules")
                            .get(result.at("/ruleIndex").asInt())
                            .at("/id"))
                    .isEqualTo(result.at("/ruleId"));
        }
    }

    @Test
    void theSummaryBeginsWithTheVerdict() {
        assertThat(ReportFormat.MARKDOWN.render(report(), decision(report())))
                .startsWith("## Robustness of mlp on pets\n\n**Verdict: FAIL**\n")
                .contains(
                        "**The evaluation is SUSPECT.**",
                        "| 0.1 | 66.7\u00a0% | 8 of 12 | 39.1–86.2\u00a0% |",
                        "- **RAISED: The gradient is zero.**");
        assertThat(ReportFormat.MARKDOWN.render(report(), Optional.empty())).doesNotContain("Verdict");
    }

    @Test
    void everyExampleIsARow() {
        List<List<String>> rows = csv(ReportFormat.CSV.render(report(), Optional.empty()));

        assertThat(rows.get(0))
                .containsExactly(
                        "id",
                        "label",
                        "clean prediction",
                        "prediction at 0.1",
                        "successful attack at 0.1",
                        "prediction at 0.25",
                        "successful attack at 0.25",
                        "distance");
        assertThat(rows).hasSize(13);
        assertThat(rows.get(1)).containsExactly("100", "cat", "dog", "dog", "", "dog", "", "0.0");
        assertThat(rows.get(2)).containsExactly("101", "dog", "dog", "cow", "FGSM", "cow", "FGSM", "0.1");
        assertThat(rows.get(12)).containsExactly("111", "cow", "cow", "cow", "", "cow", "", "");
    }

    @Test
    void replacesAFileAndMakesItsFolder(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("deep/er/outcomes.csv");
        ReportFormat.CSV.write(report(), Optional.empty(), file);
        Files.writeString(file, "older");
        ReportFormat.CSV.write(report(), Optional.empty(), file);

        assertThat(Files.readString(file)).isEqualTo(ReportFormat.CSV.render(report(), Optional.empty()));
        try (var left = Files.list(file.getParent())) {
            assertThat(left).containsExactly(file);
        }
    }

    @Test
    void sarifIsValidByItsSchema() throws Exception {
        RobustnessReport report = report();
        String sarif = ReportFormat.SARIF.render(report, decision(report));

        assertThat(problems(sarif)).isEmpty();
        assertThat(problems(ReportFormat.SARIF.render(report, Optional.empty())))
                .isEmpty();
        // the validator does find what is wrong
        assertThat(problems(sarif.replace("\"ruleId\"", "\"rule_id\""))).isNotEmpty();
    }

    private static List<?> problems(String json) throws IOException {
        try (InputStream schema = ReportFormatTest.class.getResourceAsStream("/schema/sarif-schema-2.1.0.json")) {
            String text = new String(Objects.requireNonNull(schema).readAllBytes(), StandardCharsets.UTF_8);
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
                    .getSchema(text, InputFormat.JSON)
                    .validate(json, InputFormat.JSON);
        }
    }

    private static List<Element> cases(Element suite) {
        NodeList found = suite.getElementsByTagName("testcase");
        return IntStream.range(0, found.getLength())
                .mapToObj(i -> (Element) found.item(i))
                .toList();
    }

    private static Document parse(String xml) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
    }

    /** Reads RFC 4180 without line breaks inside of cells. */
    private static List<List<String>> csv(String text) {
        assertThat(text).endsWith("\r\n");
        return text.lines()
                .map(line -> {
                    List<String> cells = new ArrayList<>();
                    StringBuilder cell = new StringBuilder();
                    boolean quoted = false;
                    for (int i = 0; i < line.length(); i++) {
                        char character = line.charAt(i);
                        if (character == '"' && quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
                            cell.append('"');
                            i++;
                        } else if (character == '"') {
                            quoted = !quoted;
                        } else if (character == ',' && !quoted) {
                            cells.add(cell.toString());
                            cell.setLength(0);
                        } else {
                            cell.append(character);
                        }
                    }
                    cells.add(cell.toString());
                    return cells;
                })
                .toList();
    }

    @Test
    void aBadgeShowsTheVerdictOrTheRobustAccuracyWithItsTrust() {
        RobustnessReport report = report();
        String number = ReportFormat.BADGE.render(report, Optional.empty());
        assertThat(number).contains("robust accuracy", "41.7\u00a0% at 0.25, " + report.trust());
        assertThat(report.trust()).isNotEqualTo(Trust.TRUSTWORTHY);

        LpBall ball = new LpBall(Norm.LINF, 0.1);
        assertThat(badge(report, Gate.requiring(ball, 0.3))).contains("passing").doesNotContain("%");
        assertThat(badge(report, Gate.requiring(ball, 0.5))).contains("inconclusive");
        assertThat(badge(report, Gate.requiring(ball, 0.9))).contains("failing");
    }

    private static String badge(RobustnessReport report, Gate gate) {
        return ReportFormat.BADGE.render(report, Optional.of(gate.judge(report)));
    }
}
