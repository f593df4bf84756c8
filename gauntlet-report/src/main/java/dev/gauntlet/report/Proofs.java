package dev.gauntlet.report;

import dev.gauntlet.certify.ProvedAccuracy;
import dev.gauntlet.evaluate.CertificateRecord;
import dev.gauntlet.report.Page.ProofRow;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Shows what was proved.
 *
 * @param subject the report
 * @param certificates its certificates
 */
record Proofs(ReportView subject, CertificateRecord certificates) {
    static Optional<Proofs> of(ReportView subject) {
        return subject.report()
                .certificates()
                .filter(certificates -> !certificates.proved().isEmpty())
                .map(certificates -> new Proofs(subject, certificates));
    }

    /** Returns the section of the page. */
    Page.Proofs section() {
        return new Page.Proofs(
                method(),
                IntStream.range(1, subject.report().results().size())
                        .mapToObj(this::row)
                        .toList(),
                Charts.certifiedAndBroken(subject, certificates),
                certificates.proved().stream().anyMatch(counts -> counts.inFloat32() < counts.certified()));
    }

    /** Names the method and its options. */
    String method() {
        return certificates.options().isEmpty()
                ? Formats.plain(certificates.title())
                : "%s (%s)"
                        .formatted(
                                Formats.plain(certificates.title()),
                                Formats.plain(certificates.options().entrySet().stream()
                                        .map(option -> "%s %s".formatted(option.getKey(), option.getValue()))
                                        .collect(Collectors.joining(", "))));
    }

    private ProofRow row(int budget) {
        ProvedAccuracy counts = certificates.proved().get(budget - 1);
        return new ProofRow(
                subject.epsilon(budget),
                Formats.count(counts.certified()),
                Formats.count(counts.inFloat32()),
                Formats.count(counts.undecided()),
                Formats.count(counts.broken()),
                Formats.count(counts.mistakes()),
                between(counts),
                interval(counts));
    }

    /** Says between which shares the robust accuracy of the examples is. */
    static String between(ProvedAccuracy counts) {
        return counts.isExact()
                ? "exactly " + Formats.percent(counts.lower())
                : Formats.percents(counts.lower(), counts.upper());
    }

    /** Returns the interval of the robust accuracy on all data that the examples represent. */
    static String interval(ProvedAccuracy counts) {
        return Formats.percents(counts.confidenceLower(), counts.confidenceUpper());
    }
}
