package dev.gauntlet.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.evaluate.Completion;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Gate;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvidenceReportTest {
    private static final String SHA256 = "ab".repeat(32);

    private static final String COMPLETE = """
            [system]
            name = "Mail <sorter>"
            version = "2.3"
            purpose = "Reads postcodes."
            [tester]
            name = "Ada Smith"
            organization = "Example Ltd"
            [criterion]
            plan = "robustness.toml"
            sha256 = "%s"
            fixed = 2026-01-31
            [sample]
            representativeness = "One week of letters."
            """.formatted(SHA256);

    @TempDir
    Path folder;

    @Test
    void saysWhatWasTestedAgainstWhichCriterionAndWhatWasNot() throws IOException {
        RobustnessReport report = Reports.usual().build();

        String page = page(report, PlanDocument.of(report.request()));

        assertThat(page)
                .contains("Test of robustness: Mail &lt;sorter&gt; 2.3", "Acceptance criterion: <strong>PASS</strong>")
                .contains("Ada Smith", SHA256, "2026-01-31", report.timing().started(), "cd".repeat(32))
                .contains("integrity violation, untargeted", "evasion", "deployment", "white-box")
                .contains("robust accuracy at linf:0.1 is at least 30.00 %")
                .contains(
                        "The run has the threat, attacks, access, data, sample, certificates, diagnostics and limits of the plan.")
                .contains("Article 15(5)", "Annex IV, 2(g)", "ISO/IEC 24029-2", "24029-3", "NIST AI 100-2 E2025")
                .contains("They do not cover poisoning", "An attack that fails proves nothing")
                .contains("It is not a statement of conformity")
                .contains("One week of letters.")
                .doesNotContain("<script", "complies", "compliant", "certified as");
        // each clause refers to sections that are there
        List<String> sections = Pattern.compile("<section id=\"section-(\\d+)\">")
                .matcher(page)
                .results()
                .map(section -> section.group(1))
                .toList();
        assertThat(sections).containsExactly("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11");
    }

    @Test
    void saysThatTheRunIsNotTheOneOfThePlan() throws IOException {
        RobustnessReport report = Reports.usual().build();
        PlanDocument other = PlanDocument.of(report.request())
                .and(new PlanDocument.Adversary(Optional.of(Norm.L2), Optional.empty(), Optional.empty()));

        assertThat(page(report, other)).contains("The run differs from what the plan describes in: threat");
    }

    @Test
    void saysThatTheDataAreNotThoseOfThePlan() throws IOException {
        RobustnessReport report = Reports.usual().data("mnist").build();
        EvaluationRequest request = report.request();

        assertThat(page(report, plan(request, Optional.of(NamedDataset.FASHION_MNIST))))
                .contains("The run differs from what the plan describes in: data.");
        assertThat(page(report, plan(request, Optional.of(NamedDataset.MNIST)))).doesNotContain("The run differs");
        assertThat(page(report, plan(request, Optional.empty()))).doesNotContain("The run differs");
        assertThat(page(
                        report,
                        PlanDocument.of(Reports.usual().data("pets").build().request())))
                .contains("The run differs from what the plan describes in: data.");
        assertThat(page(
                        report,
                        PlanDocument.of(request.withDiagnostics(new DiagnosticsBudget(
                                DiagnosticsBudget.Effort.OFF, DiagnosticsBudget.DEFAULT_TOLERANCE)))))
                .contains("The run differs from what the plan describes in: diagnostics.");
    }

    private static PlanDocument plan(EvaluationRequest request, Optional<NamedDataset> dataset) {
        return PlanDocument.of(new EvaluationRequest(
                request.model(),
                new DataRef.Named(dataset, Optional.empty(), Map.of()),
                request.sampling(),
                request.threat(),
                request.attacks(),
                request.access(),
                request.diagnostics(),
                request.limits(),
                request.execution()));
    }

    @Test
    void saysThatTheRunEndedEarly() throws IOException {
        RobustnessReport report = Reports.usual()
                .ending(new Completion(
                        Completion.Reason.TIME_LIMIT, 12, Optional.empty(), "The time was up after 12 images."))
                .build();

        String page = page(report, PlanDocument.of(report.request()));

        assertThat(page)
                .contains("12 of the 12 planned images; the run ended early (time-limit)")
                .doesNotContain("stratified random sample", "all 12 images");
        assertThat(page.split("The time was up after 12 images\\.", -1))
                .as("in sections 4 and 5")
                .hasSize(3);
    }

    @Test
    void isTheSamePageEachTime() throws IOException {
        RobustnessReport report = Reports.usual().build();
        PlanDocument plan = PlanDocument.of(report.request());

        assertThat(page(report, plan)).isEqualTo(page(report, plan));
    }

    private String page(RobustnessReport report, PlanDocument plan) throws IOException {
        Evidence evidence = Evidence.read(Files.writeString(folder.resolve("evidence.toml"), COMPLETE));
        return new EvidenceReport(
                        report,
                        evidence,
                        plan,
                        Gate.requiring(new LpBall(Norm.LINF, 0.1), 0.3).judge(report),
                        "cd".repeat(32))
                .html();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            name = "Ada Smith"          | nam = "Ada Smith"       | (line 6, column 1): Unknown key 'tester.nam'; did you mean tester.name?
            name = "Ada Smith"          | name = ""               | (line 6, column 1), tester.name has to be a text in quotes, and not empty.
            name = "Ada Smith"          | name = 3                | (line 6, column 1), tester.name has to be a text in quotes
            [tester]                    | [testers]               | (line 6, column 1): Unknown key 'testers.name'
            version = "2.3"             | #                       | has no system.version; write in its section [system], for instance, version = "2.3".
            sha256 = "ababab            | sha256 = "xy            | (line 10, column 1), criterion.sha256 is not a SHA-256
            fixed = 2026-01-31          | fixed = "yesterday"     | (line 11, column 1), criterion.fixed is not a date or a time
            [system]                    | [system                 | is not valid TOML (line 1,
            """)
    void namesLineAndKeyOfWhatIsWrong(String right, String wrong, String message) throws IOException {
        assertThat(COMPLETE).contains(right);
        Path file = Files.writeString(folder.resolve("evidence.toml"), COMPLETE.replace(right, wrong));

        assertThatThrownBy(() -> Evidence.read(file))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("evidence file " + file + " ")
                .hasMessageContaining(message);
    }

    @Test
    void refusesACriterionThatChangedOrCameTooLate() throws IOException {
        Evidence evidence = Evidence.read(Files.writeString(folder.resolve("evidence.toml"), COMPLETE));

        evidence.requireFixedBefore(SHA256, "2026-02-01T00:00:00Z");

        assertThatThrownBy(() -> evidence.requireFixedBefore("0".repeat(64), "2026-02-01T00:00:00Z"))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("the criterion has changed since it was fixed");
        assertThatThrownBy(() -> evidence.requireFixedBefore(SHA256, "2026-01-31T23:59:59Z"))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(
                        "but the run began at 2026-01-31T23:59:59Z; give a time, such as 2026-11-30T12:00:00Z");
        Evidence exact = Evidence.read(Files.writeString(
                folder.resolve("exact.toml"), COMPLETE.replace("2026-01-31", "2026-01-31T12:00:00Z")));
        exact.requireFixedBefore(SHA256, "2026-01-31T12:00:00Z");
        assertThatThrownBy(() -> exact.requireFixedBefore(SHA256, "2026-01-31T11:59:59Z"))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("but the run began at 2026-01-31T11:59:59Z; repeat the run.");
    }
}
