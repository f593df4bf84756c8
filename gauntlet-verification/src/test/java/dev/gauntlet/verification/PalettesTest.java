package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The report, the interactive page and the site have the same colors and fonts, in light and dark. */
class PalettesTest {
    private static final String REPORT = "gauntlet-report/src/main/resources/dev/gauntlet/report/style.css";
    private static final Pattern VARIABLE = Pattern.compile("(?m)^ *(--[\\w-]+): ([^;]+);");

    /** The margin beside the page, which depends on what the page has there. */
    private static final String LAYOUT = "--edge";

    /** The variables of a style sheet for screens, each with its values in order: first in light, then in dark. */
    private static Map<String, List<String>> variables(String file) throws IOException {
        String style = Files.readString(PublishedArtifacts.ROOT.resolve(Path.of(file)));
        return VARIABLE.matcher(style.split("@media print", 2)[0])
                .results()
                .collect(Collectors.groupingBy(
                        variable -> variable.group(1),
                        TreeMap::new,
                        Collectors.mapping((MatchResult variable) -> variable.group(2), Collectors.toList())));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gauntlet-explore/src/main/resources/dev/gauntlet/explore/style.css",
                "gauntlet-site/src/main/resources/dev/gauntlet/site/site.css"
            })
    void whatAStyleSheetSharesWithTheReportIsEqual(String file) throws IOException {
        Map<String, List<String>> report = variables(REPORT);
        Map<String, List<String>> shared = variables(file);
        shared.keySet().retainAll(report.keySet());
        shared.remove(LAYOUT);

        assertThat(shared).hasSizeGreaterThanOrEqualTo(8);
        assertThat(shared.get("--accent")).as("in light and in dark").hasSize(2);
        shared.forEach((name, values) -> assertThat(values).as(name).isEqualTo(report.get(name)));
    }
}
