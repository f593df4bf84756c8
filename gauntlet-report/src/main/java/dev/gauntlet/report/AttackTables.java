package dev.gauntlet.report;

import dev.gauntlet.evaluate.Distances;
import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.report.Page.AttackRow;
import dev.gauntlet.report.Page.AttackTable;
import dev.gauntlet.request.Certificates;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Counts the successes and the cost of each attack. */
final class AttackTables {
    private final ReportView subject;
    private final RobustnessReport report;
    private final AttackPhrases methods;

    AttackTables(ReportView subject) {
        this.subject = subject;
        this.report = subject.report();
        this.methods = AttackPhrases.of(subject);
    }

    AttackTable table() {
        return new AttackTable(
                subject.epsilonLabels().subList(1, report.results().size()),
                IntStream.range(0, report.attacks().size()).mapToObj(this::row).toList(),
                perBudget(budget -> Formats.count(report.outcomes().successes(budget))),
                notes());
    }

    private List<String> perBudget(IntFunction<String> cell) {
        return IntStream.range(1, report.results().size()).mapToObj(cell).toList();
    }

    private AttackRow row(int attack) {
        RobustnessReport.AttackRecord record = report.attacks().get(attack);
        return new AttackRow(
                methods.name(attack),
                perBudget(budget -> Formats.count(report.outcomes().successes(budget, attack))),
                perBudget(budget -> left(attack, budget)),
                Formats.count(record.forwards()),
                Formats.count(record.backwards()));
    }

    /** Formats the accuracy after an attack and all earlier ones. */
    private String left(int attack, int budget) {
        int broken = IntStream.rangeClosed(0, attack)
                .map(earlier -> report.outcomes().successes(budget, earlier))
                .sum();
        Interval left = Interval.of(subject.clean().accuracy().successes() - broken, subject.examples());
        return "%s (%s)".formatted(Formats.percent(left.rate()), Formats.percents(left.lower(), left.upper()));
    }

    private List<String> notes() {
        List<String> notes = new ArrayList<>();
        report.plan().remarks().stream().map(Formats::plain).forEach(notes::add);
        boolean certifierCameFirst =
                report.attacks().size() > report.plannedAttacks().size()
                        && report.request()
                                .certificates()
                                .filter(asked -> asked.moment() == Certificates.Moment.FIRST)
                                .isPresent();
        if (certifierCameFirst) {
            notes.add("The certifier, %s, searched before the attacks: what it broke was not left to them."
                    .formatted(methods.name(report.attacks().size() - 1)));
        }
        if (report.endedBeforeAnyAttack()) {
            notes.add("The time limit was reached before any attack finished; the table lists the planned attacks.");
        } else if (report.attacks().stream().anyMatch(RobustnessReport.AttackRecord::minimalNorm)) {
            notes.add(distances(Distances.of(report)));
        }
        for (int i = 0; i < report.attacks().size(); i++) {
            int zero = report.attacks().get(i).zeroGradients();
            if (zero > 0) {
                notes.add(
                        "For %s of %s, the gradient that %s computed was 0 in every pixel, so the attack had no direction to follow. This does not mean that the model is robust: another loss, or an attack without gradients, may find more."
                                .formatted(
                                        Formats.count(zero),
                                        Formats.count(subject.examples(), "image", "images"),
                                        methods.name(i)));
            }
        }
        return List.copyOf(notes);
    }

    private String distances(Distances distances) {
        String none = distances.notFound() == 0
                ? "the attacks succeeded on all of them"
                : "no success was found for %s".formatted(Formats.count(distances.notFound(), "image", "images"));
        return distances.found() == 0
                ? "Of the images that are classified correctly when clean: %s.".formatted(none)
                : "The median distance of the nearest success of any attack is %s, the mean %s (%s), over %s. Of the images that are classified correctly when clean: %s."
                        .formatted(
                                Formats.shortDecimal(distances.median(), 4),
                                Formats.shortDecimal(distances.mean(), 4),
                                Distance.of(report).title(),
                                Formats.count(distances.found(), "image", "images"),
                                none);
    }
}
