package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import dev.gauntlet.StorageException;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.report.Evidence;
import dev.gauntlet.report.EvidenceReport;
import dev.gauntlet.report.ReportFolder;
import dev.gauntlet.report.ReportJson;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.report.plan.PlanFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Renders a report from its record. */
@Command(
        name = "report",
        description = {
            "Renders the page of an earlier run from its report.json.",
            "With --junit, --sarif, --markdown, --csv or --badge, writes these files, and the page only with --out."
        },
        footer = {
            "Examples:",
            "  gauntlet report runs/demo --out again",
            "  gauntlet report runs/demo --csv outcomes.csv"
        })
final class ReportCommand implements Callable<Integer> {
    private static final String EVIDENCE = "evidence.toml";

    private static final String CRITERION = "criterion.toml";

    /** What commands leave in the folder of a report beside what is rendered from the record. */
    private static final List<String> OTHERS = List.of(
            ReportOptions.WEIGHTS,
            DefendCommand.LAST,
            DemoCommand.STANDARD,
            BeforeAndAfter.BEFORE,
            EvidenceReport.FILE,
            EVIDENCE,
            CRITERION);

    @Parameters(paramLabel = "REPORT", description = "The directory of a report, or its report.json.")
    private Path source;

    @Mixin
    private BaselineOption baseline;

    @Mixin
    private ReportOptions output;

    @Mixin
    private MachineFiles files;

    @Heading(Heading.Topic.OUTPUT)
    @Option(
            names = "--evidence",
            paramLabel = "FILE",
            description = {
                "Add " + EvidenceReport.FILE
                        + ", a page to print for an audit, with what this TOML file says of the system, the tester and the acceptance criterion.",
                "Default: none."
            })
    private @Nullable Path evidence;

    @Mixin
    private Console console;

    @Override
    public Integer call() {
        if (files.wanted() && !output.named() && evidence == null) {
            files.write(ReportJson.read(source), Optional.empty(), console);
            return ExitCode.PASS.code();
        }
        Path folder = output.folder("report");
        RobustnessReport report = ReportJson.read(source);
        files.write(report, Optional.empty(), console);
        Optional<EvidenceReport> proof = Optional.ofNullable(evidence).map(file -> evidence(report, file));
        Path page;
        try (var interruption = Interruption.says(console, "no report was written.")) {
            page = interruption.write(
                    () -> ReportFolder.write(report, baseline.read(), folder, output.force(), staged -> {
                        if (proof.isPresent()) {
                            add(proof.get(), staged);
                        }
                        keepOthers(folder, staged);
                    }),
                    "the report is complete.");
        }
        console.say("Report: %s", page);
        proof.ifPresent(written -> console.say(
                "Evidence: %s, %s",
                folder.resolve(EvidenceReport.FILE), written.decision().verdict()));
        console.result(Map.of("report", page.toString()));
        return ExitCode.PASS.code();
    }

    /** Decides on the record by the criterion that was fixed before the run. */
    private EvidenceReport evidence(RobustnessReport report, Path file) {
        Evidence given = Evidence.read(file);
        given.requireFixedBefore(sha256(given.plan()), report.timing().started());
        PlanDocument plan = PlanFile.read(given.plan());
        PlanDocument.Gate required = plan.gate()
                .orElseThrow(() ->
                        new GauntletException("The plan %s has no section [gate], which is the acceptance criterion."
                                .formatted(given.plan())));
        CheckCommand.requireDataset(required, report, source);
        return new EvidenceReport(
                report,
                given,
                plan,
                CheckCommand.gate(required).judge(report),
                sha256(Files.isDirectory(source) ? source.resolve("report.json") : source));
    }

    private static String sha256(Path file) {
        try {
            return Sha256.ofFile(file);
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(file, StorageException.reason(e)), e);
        }
    }

    /** Writes the page, with what it was made of. */
    private static void add(EvidenceReport proof, Path staged) throws IOException {
        Files.writeString(staged.resolve(EvidenceReport.FILE), proof.html());
        Files.copy(proof.evidence().file(), staged.resolve(EVIDENCE));
        Files.copy(proof.evidence().plan(), staged.resolve(CRITERION));
    }

    /** Keeps what no record contains, such as weights, in a report that is rendered in its own directory. */
    private void keepOthers(Path folder, Path staged) throws IOException {
        Path home = Files.isDirectory(source) ? source : source.toAbsolutePath().getParent();
        if (home == null || !Files.isDirectory(folder) || !Files.isSameFile(home, folder)) {
            return;
        }
        for (String name : OTHERS) {
            if (Files.isRegularFile(folder.resolve(name)) && !Files.exists(staged.resolve(name))) {
                Files.copy(folder.resolve(name), staged.resolve(name));
            }
        }
    }
}
