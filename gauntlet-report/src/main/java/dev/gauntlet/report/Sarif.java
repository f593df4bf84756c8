package dev.gauntlet.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Gate;
import dev.gauntlet.gate.Judgement;
import dev.gauntlet.gate.Verdict;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The report in the Static Analysis Results Interchange Format (SARIF) 2.1.0 of OASIS; each problem is a result.
 *
 * @param schema the URL of the schema
 * @param version the version of the format
 * @param runs the one run
 */
record Sarif(@JsonProperty("$schema") String schema, String version, List<Run> runs) {
    private static final String SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";
    private static final String VERSION = "2.1.0";
    private static final String REQUIREMENT = "requirement";
    private static final String UNRESERVED = "-._~/";

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    record Run(Tool tool, List<Result> results, Properties properties) {}

    /** The trust level, for which the format has no field. */
    record Properties(String trust, String meaning) {}

    record Tool(Driver driver) {}

    record Driver(String name, String version, List<Rule> rules) {}

    record Rule(String id, Text shortDescription, Text fullDescription, Text help) {}

    record Text(String text) {}

    record Result(String ruleId, int ruleIndex, String level, Text message, List<Location> locations) {}

    record Location(PhysicalLocation physicalLocation) {}

    record PhysicalLocation(ArtifactLocation artifactLocation) {}

    record ArtifactLocation(String uri) {}

    static String of(RobustnessReport report, Optional<Gate.Decision> decision) {
        List<Rule> rules = new ArrayList<>();
        List<Result> results = new ArrayList<>();
        List<Location> locations = List.of(new Location(new PhysicalLocation(
                new ArtifactLocation(uri(report.model().location().orElse("report.json"))))));
        if (decision.isPresent()) {
            rules.add(new Rule(
                    REQUIREMENT,
                    new Text("A requirement of the gate is not met."),
                    new Text(
                            "A requirement on the model, decided with the 95 % interval and not with the point estimate."),
                    new Text(
                            "Make the model more robust, or evaluate more examples if the decision is inconclusive.")));
            decision.orElseThrow().judgements().stream()
                    .filter(judgement -> judgement.verdict() != Verdict.PASS)
                    .map(judgement -> result(judgement, locations))
                    .forEach(results::add);
        }
        for (Diagnostic diagnostic : report.diagnostics()) {
            rules.add(new Rule(
                    diagnostic.indicator().toString(),
                    new Text(diagnostic.indicator().title() + "."),
                    new Text(diagnostic.indicator().explanation()),
                    new Text(diagnostic.indicator().remedy() + " Source: "
                            + diagnostic.indicator().source())));
            if (diagnostic.raised()) {
                results.add(new Result(
                        diagnostic.indicator().toString(),
                        rules.size() - 1,
                        level(diagnostic.indicator().severity()),
                        new Text(message("%s: %s (%s)"
                                .formatted(
                                        diagnostic.indicator().title(),
                                        diagnostic.finding(),
                                        Signs.limit(diagnostic)))),
                        locations));
            }
        }
        Driver driver = new Driver("Gauntlet", Formats.plain(report.provenance().version()), rules);
        return MAPPER.writeValueAsString(new Sarif(
                        SCHEMA,
                        VERSION,
                        List.of(new Run(
                                new Tool(driver),
                                List.copyOf(results),
                                new Properties(
                                        report.trust().toString(),
                                        report.trust().meaning())))))
                + "\n";
    }

    private static String level(Trust severity) {
        return switch (severity) {
            case INVALID -> "error";
            case SUSPECT -> "warning";
            case LIMITED, TRUSTWORTHY -> "note";
        };
    }

    private static Result result(Judgement judgement, List<Location> locations) {
        return new Result(
                REQUIREMENT,
                0,
                judgement.verdict() == Verdict.FAIL ? "error" : "warning",
                new Text(message("%s: %s. %s"
                        .formatted(
                                judgement.verdict(),
                                judgement.requirement(),
                                Formats.sentences(judgement.explanation())))),
                locations);
    }

    /** Escapes a message, in which brackets mark links and braces mark placeholders. */
    private static String message(String text) {
        return Formats.plain(text)
                .replace("\\", "\\\\")
                .replace("[", "\\[")
                .replace("]", "\\]")
                .replace("{", "{{")
                .replace("}", "}}");
    }

    /** Writes a path as a reference that is relative to the repository, or as a URI if it is absolute. */
    private static String uri(String path) {
        StringBuilder uri = new StringBuilder(path.startsWith("/") ? "file://" : "");
        for (byte octet : Formats.plain(path).getBytes(StandardCharsets.UTF_8)) {
            char character = (char) (octet & 0xff);
            boolean plain = (character >= 'a' && character <= 'z')
                    || (character >= 'A' && character <= 'Z')
                    || (character >= '0' && character <= '9')
                    || UNRESERVED.indexOf(character) >= 0;
            uri.append(plain ? String.valueOf(character) : "%%%02X".formatted((int) character));
        }
        return uri.toString();
    }
}
