package dev.gauntlet.report;

import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Gate;
import dev.gauntlet.gate.Judgement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Writes the report as a summary of at most a page. */
final class Markdown {
    private static final String PUNCTUATION = "\\`*_{}[]()#+-.!|~=:\"'$^%/;,?";

    private Markdown() {}

    static String of(RobustnessReport report, Optional<Gate.Decision> decision) {
        ReportView subject = ReportView.of(report);
        List<String> lines = new ArrayList<>();
        lines.add("## Robustness of %s on %s"
                .formatted(escape(report.model().name()), escape(report.data().name())));
        lines.add("");
        decision.ifPresent(made -> addDecision(made, lines));
        lines.add("**The evaluation is %s.** %s %s."
                .formatted(
                        Signs.verdict(report.trust()),
                        escape(Signs.of(report).meaning()),
                        Signs.counts(report.diagnostics())));
        lines.add("");
        Formats.notices(report).forEach(notice -> {
            lines.add("**Read this first.** " + escape(notice));
            lines.add("");
        });
        lines.add("%s, %s, %s"
                .formatted(
                        escape(subject.examples("image", "images")),
                        escape(AttackPhrases.of(subject).names()),
                        Distance.of(report).norm().title()));
        lines.add("");
        boolean isCertified = report.certificates().isPresent();
        lines.add("| epsilon | accuracy | correct | 95 % interval |"
                + (isCertified ? " certified | undecided | proved and attacked |" : ""));
        lines.add("|---:|---:|---:|---:|" + (isCertified ? "---:|---:|---:|" : ""));
        for (int i = 0; i < report.results().size(); i++) {
            EpsilonResult result = report.results().get(i);
            lines.add("| %s | %s | %s of %s | %s |%s"
                    .formatted(
                            subject.epsilon(i),
                            Formats.percent(result.accuracy().rate()),
                            Formats.count(result.accuracy().successes()),
                            Formats.count(result.accuracy().trials()),
                            Formats.percents(
                                    result.accuracy().lower(), result.accuracy().upper()),
                            isCertified ? proved(report, i) : ""));
        }
        lines.add("");
        for (Diagnostic diagnostic : report.diagnostics()) {
            if (diagnostic.raised()) {
                lines.add("- **RAISED: %s.** %s %s"
                        .formatted(
                                escape(diagnostic.indicator().title()),
                                escape(diagnostic.finding()),
                                escape(diagnostic.indicator().remedy())));
            }
        }
        return String.join("\n", lines).stripTrailing() + "\n";
    }

    private static String proved(RobustnessReport report, int budget) {
        return report.proved(budget)
                .map(counts -> " %s | %s | %s |"
                        .formatted(
                                Formats.count(counts.certified()),
                                Formats.count(counts.undecided()),
                                Proofs.between(counts)))
                .orElse(" | | |");
    }

    private static void addDecision(Gate.Decision decision, List<String> lines) {
        lines.add("**Verdict: %s**".formatted(decision.verdict()));
        lines.add("");
        lines.add("| verdict | required | measured |");
        lines.add("|---|---|---|");
        for (Judgement judgement : decision.judgements()) {
            lines.add("| %s | %s | %s |"
                    .formatted(
                            judgement.verdict(),
                            escape(judgement.requirement()),
                            escape(Formats.sentences(judgement.explanation()))));
        }
        lines.add("");
    }

    /** Escapes foreign text: markup, table cells, links and mentions. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length());
        Formats.plain(text).codePoints().forEach(character -> {
            switch (character) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '@' -> escaped.append("&#64;");
                default -> {
                    if (PUNCTUATION.indexOf(character) >= 0) {
                        escaped.append('\\');
                    }
                    escaped.appendCodePoint(character);
                }
            }
        });
        return escaped.toString();
    }
}
