package dev.gauntlet.report;

import dev.gauntlet.certify.ProvedAccuracy;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.evaluate.Distances;
import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.Overstatement;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.report.Page.BudgetRow;
import dev.gauntlet.report.Page.Confusion;
import dev.gauntlet.report.Page.EpochRow;
import dev.gauntlet.report.Page.KeyFigure;
import dev.gauntlet.report.Page.Method;
import dev.gauntlet.report.Page.Training;
import dev.gauntlet.report.plan.PlanFile;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Builds the content of the page. */
final class PageBuilder {
    private static final double GREY_LEVELS = 255;
    private static final String NONE = "–";

    /** An accuracy under attack is alarming if it is below this share of the clean accuracy. */
    private static final double ALARMING = 0.5;

    /** A notice of more letters takes more than two lines; the rest is folded. */
    private static final int LONGEST_NOTICE = 150;

    private static final Pattern END_OF_CLAUSE = Pattern.compile("[.;] ");

    private final RobustnessReport report;
    private final Optional<RobustnessReport> baseline;
    private final ReportView subject;
    private final AttackPhrases methods;
    private final Distance distance;

    PageBuilder(RobustnessReport report, Optional<RobustnessReport> baseline) {
        this.report = report;
        this.baseline = baseline;
        this.subject = ReportView.of(report);
        this.methods = AttackPhrases.of(subject);
        this.distance = Distance.of(report);
    }

    Page page() {
        Gallery gallery = new Gallery(subject);
        ProvenanceTable facts = new ProvenanceTable(subject);
        return new Page(
                "Robustness of %s on %s"
                        .formatted(subject.model(), Formats.plain(report.data().name())),
                headline(),
                summary(),
                Signs.of(report),
                "%s · %s, %s · %s · %s · %s"
                        .formatted(
                                subject.model(),
                                subject.data(),
                                subject.examples("example", "examples"),
                                report.endedBeforeAnyAttack() ? "no attack finished" : methods.names(),
                                distance.norm().title(),
                                methods.criterionTitle()),
                Formats.plain(report.ending().explanation()),
                Formats.notices(report).stream().map(PageBuilder::notice).toList(),
                gallery.opening(),
                keyFigures(),
                distance,
                subject.focusEpsilon(),
                Charts.accuracyByEpsilon(subject),
                IntStream.range(0, report.results().size())
                        .mapToObj(this::budget)
                        .toList(),
                Proofs.of(subject).map(Proofs::section),
                ClassMaps.of(subject, gallery),
                new AttackTables(subject).table(),
                distances(),
                gallery.cards(),
                gallery.extremes(),
                confusions(gallery),
                training(),
                method(),
                facts.groups(),
                baseline.map(other -> Baselines.of(other, report)),
                PlanFile.toml(report.repeatableRequest())
                        .lines()
                        .map(Formats::plain)
                        .toList(),
                planNote(),
                Formats.plain(report.provenance().version()));
    }

    /** Splits a notice that is long where a clause ends. */
    private static Page.Notice notice(String foreign) {
        String text = Formats.plain(foreign);
        if (text.length() <= LONGEST_NOTICE) {
            return new Page.Notice(text, "");
        }
        int end = END_OF_CLAUSE
                .matcher(text)
                .results()
                .mapToInt(MatchResult::end)
                .filter(place -> place <= LONGEST_NOTICE)
                .max()
                .orElseGet(() -> text.lastIndexOf(' ', LONGEST_NOTICE) + 1);
        return end == 0
                ? new Page.Notice(text, "")
                : new Page.Notice(text.substring(0, end).strip(), text.substring(end));
    }

    /** States the result in a few words. */
    private String headline() {
        if (report.trust() == Trust.INVALID) {
            return "Invalid evaluation";
        }
        if (!subject.attacked()) {
            return "%s correct on clean images"
                    .formatted(Formats.percent(subject.clean().accuracy().rate()));
        }
        Optional<ProvedAccuracy> proved = report.proved(subject.focus());
        return "%s %s %s"
                .formatted(
                        proved.map(PageBuilder::provedShare)
                                .orElseGet(() -> (report.trust() == Trust.TRUSTWORTHY ? "" : "At most ")
                                        + Formats.percent(
                                                subject.focusResult().accuracy().rate())),
                        methods.isTargeted() ? "robust against the target" : "robust",
                        switch (distance.norm()) {
                            case LINF -> "at epsilon\u00a0" + subject.focusEpsilon();
                            case L2, L1 ->
                                "at epsilon\u00a0%s (%s)"
                                        .formatted(
                                                subject.focusEpsilon(),
                                                distance.norm().title());
                            case L0 -> "to changes of " + distance.atMost(subject.focusEpsilon());
                        });
    }

    private static String provedShare(ProvedAccuracy proved) {
        return proved.isExact()
                ? "Exactly " + Formats.percent(proved.lower())
                : "%s to %s".formatted(Formats.percent(proved.lower()), Formats.percent(proved.upper()));
    }

    private String summary() {
        String clean = "%s of clean images are classified correctly"
                .formatted(Formats.percent(subject.clean().accuracy().rate()));
        Interval attacked = subject.focusResult().accuracy();
        Optional<ProvedAccuracy> proved = report.proved(subject.focus());
        if (proved.isPresent() && report.trust() != Trust.INVALID) {
            return "The robust accuracy at epsilon\u00a0%s is %s; 95\u00a0%% interval %s."
                    .formatted(
                            subject.focusEpsilon(),
                            proved.get().isExact()
                                    ? "exactly %s, proved and attacked"
                                            .formatted(
                                                    Formats.percent(proved.get().lower()))
                                    : "between %s (proved) and %s (attacked)"
                                            .formatted(
                                                    Formats.percent(proved.get().lower()),
                                                    Formats.percent(proved.get().upper())),
                            Proofs.interval(proved.get()));
        }
        String result = subject.attacked()
                ? "%s, and %s under %s with changes of %s (95\u00a0%% interval %s)."
                        .formatted(
                                clean,
                                Formats.percent(attacked.rate()),
                                methods.namesWithGoal(),
                                distance.atMost(subject.focusEpsilon()),
                                Formats.percents(attacked.lower(), attacked.upper()))
                : clean + (report.endedBeforeAnyAttack() ? "; no attack finished within the time limit." : ".");
        return report.trust() == Trust.INVALID ? "Invalid evaluation, see below: " + result : result;
    }

    private Optional<Page.DistancePlot> distances() {
        Distances nearest = Distances.of(report);
        return searchedForTheNearest() && nearest.found() > 0
                ? Optional.of(new Page.DistancePlot(
                        Charts.distances(subject),
                        "The curve covers the %s for which an attack found a success, so it reaches 100\u00a0%%.%s"
                                .formatted(
                                        Formats.count(nearest.found(), "image", "images"),
                                        nearest.notFound() == 0
                                                ? ""
                                                : " For %s that are classified correctly when clean, no success was found; this does not prove that none exists."
                                                        .formatted(
                                                                Formats.count(nearest.notFound(), "other", "others")))))
                : Optional.empty();
    }

    private List<KeyFigure> keyFigures() {
        EpsilonResult clean = subject.clean();
        List<KeyFigure> figures = new ArrayList<>();
        figures.add(new KeyFigure(
                "accuracy on clean images",
                Formats.percent(clean.accuracy().rate()),
                parts(clean.accuracy()),
                interval(clean.accuracy()),
                false));
        if (!subject.attacked()) {
            return figures;
        }
        EpsilonResult attacked = subject.focusResult();
        figures.add(new KeyFigure(
                "accuracy under attack, epsilon\u00a0" + subject.focusEpsilon(),
                Formats.percent(attacked.accuracy().rate()),
                parts(attacked.accuracy()),
                interval(attacked.accuracy()),
                attacked.accuracy().rate() < ALARMING * clean.accuracy().rate()));
        report.proved(subject.focus()).ifPresent(counts -> figures.add(certified(counts)));
        report.probes()
                .overstatement()
                .filter(known -> known.robust() > 0)
                .ifPresent(known -> figures.add(overstated(known)));
        int before = clean.accuracy().successes();
        int fooled = before - attacked.accuracy().successes();
        if (before > 0) {
            Interval share = Interval.of(fooled, before);
            figures.add(new KeyFigure(
                    "success rate of the attacks",
                    Formats.percent(share.rate()),
                    parts(share),
                    interval(share),
                    share.rate() > 1 - ALARMING));
        }
        int wrong = subject.wrong(attacked);
        Distances nearest = Distances.of(report);
        if (searchedForTheNearest() && nearest.found() > 0) {
            figures.add(new KeyFigure(
                    "median distance of the nearest success",
                    Formats.shortDecimal(nearest.median(), 3),
                    "in %s, over the %s with a success"
                            .formatted(distance.norm().title(), Formats.count(nearest.found(), "image", "images")),
                    "",
                    false));
        } else if (wrong > 0) {
            figures.add(new KeyFigure(
                    "mean confidence in wrong predictions",
                    Formats.percent(attacked.meanConfidenceWhenWrong()),
                    "over %s at epsilon\u00a0%s"
                            .formatted(
                                    Formats.count(wrong, "wrong prediction", "wrong predictions"),
                                    subject.focusEpsilon()),
                    "",
                    false));
        }
        return List.copyOf(figures);
    }

    /** Says which share is proved. */
    private KeyFigure certified(ProvedAccuracy counts) {
        return new KeyFigure(
                "certified accuracy, epsilon\u00a0" + subject.focusEpsilon(),
                Formats.percent(counts.lower()),
                "%s of %s%s"
                        .formatted(
                                Formats.count(counts.certified()),
                                Formats.count(counts.examples()),
                                counts.isExact()
                                        ? "; none undecided"
                                        : "; %s undecided".formatted(Formats.count(counts.undecided()))),
                interval(Interval.of(counts.certified(), counts.examples())),
                false);
    }

    /** Says how much lower the accuracy under stronger attacks may be. */
    private static KeyFigure overstated(Overstatement known) {
        boolean isKnown = known.probes().isEmpty() || known.upper() < (double) known.robust() / known.examples();
        return new KeyFigure(
                "overstatement of the accuracy under attack",
                known.lower() > 0
                        ? "%s to %s points".formatted(points(known.lower()), points(known.upper()))
                        : isKnown ? "at most %s points".formatted(points(known.upper())) : "an unknown amount",
                known.probes().isEmpty()
                        ? "the plan is as strong as the probes"
                        : "%s of %s probed"
                                .formatted(
                                        Formats.count(known.examined()),
                                        known.certified() > 0
                                                ? Formats.count(known.robust(), "undecided image", "undecided images")
                                                : Formats.count(known.robust(), "robust image", "robust images")),
                "",
                known.lower() > 0);
    }

    private static String points(double share) {
        return Formats.decimal(100 * share, 1);
    }

    private boolean searchedForTheNearest() {
        return report.attacks().stream().anyMatch(RobustnessReport.AttackRecord::minimalNorm);
    }

    private Method method() {
        return new Method(
                report.plannedAttacks().stream()
                        .map(attack -> AttackPhrases.title(attack.name()))
                        .distinct()
                        .toList(),
                methods.goal(),
                methods.isTargeted(),
                methods.isFastGradientSign(),
                methods.isSingleStep(),
                Formats.list(report.attacks().stream()
                        .filter(RobustnessReport.AttackRecord::minimalNorm)
                        .map(attack -> AttackPhrases.shortTitle(attack.name()))
                        .distinct()
                        .toList()),
                report.plan().blackBox(),
                subject.examples("example", "examples"),
                Formats.count(subject.examples(), "image", "images"),
                subject.model());
    }

    private static String parts(Interval rate) {
        return "%s of %s".formatted(Formats.count(rate.successes()), Formats.count(rate.trials()));
    }

    private static String interval(Interval rate) {
        return "95 % interval " + Formats.percents(rate.lower(), rate.upper());
    }

    private BudgetRow budget(int index) {
        EpsilonResult result = report.results().get(index);
        return new BudgetRow(
                subject.epsilon(index),
                distance.norm() == Norm.LINF
                        ? Optional.of(Formats.shortDecimal(GREY_LEVELS * result.epsilon(), 2))
                        : Optional.empty(),
                part(result.accuracy()),
                Formats.percent(result.accuracy().rate()),
                Formats.percents(result.accuracy().lower(), result.accuracy().upper()),
                Formats.percent(result.accuracyAfterRounding().rate()),
                subject.wrong(result) == 0 ? NONE : Formats.percent(result.meanConfidenceWhenWrong()),
                Formats.shortDecimal(result.largestDistance(), 4));
    }

    private List<Confusion> confusions(Gallery gallery) {
        List<Confusion> confusions = new ArrayList<>();
        if (subject.attacked()) {
            confusions.add(Confusions.of(
                    subject,
                    gallery,
                    subject.focus(),
                    "confusion-attacked",
                    "Under attack, epsilon\u00a0" + subject.focusEpsilon()));
        }
        confusions.add(Confusions.of(subject, gallery, 0, "confusion-clean", "On clean images"));
        return List.copyOf(confusions);
    }

    private Optional<Training> training() {
        return report.model()
                .training()
                .map(TrainingHistory::epochs)
                .filter(epochs -> !epochs.isEmpty())
                .map(epochs -> new Training(
                        epochs.size() > 1
                                ? Optional.of(new Page.Curves(
                                        Charts.accuracyByEpoch(subject, epochs), Charts.lossByEpoch(subject, epochs)))
                                : Optional.empty(),
                        epochs.stream().map(PageBuilder::epoch).toList()));
    }

    private static EpochRow epoch(TrainingHistory.Epoch epoch) {
        Interval training = Interval.of(epoch.trainingCorrect(), epoch.trainingExamples());
        Interval test = Interval.of(epoch.testCorrect(), epoch.testExamples());
        return new EpochRow(
                Integer.toString(epoch.number()),
                Formats.decimal(epoch.trainingLoss(), 4),
                part(training),
                Formats.percent(training.rate()),
                Formats.decimal(epoch.testLoss(), 4),
                part(test),
                Formats.percent(test.rate()),
                Formats.percents(test.lower(), test.upper()));
    }

    private static String part(Interval rate) {
        return "%s / %s".formatted(Formats.count(rate.successes()), Formats.count(rate.trials()));
    }

    private Optional<String> planNote() {
        EvaluationRequest request = report.request();
        List<String> made = Stream.of(
                        request.model() instanceof ModelRef.InProcess ? Optional.of("model") : Optional.<String>empty(),
                        request.data() instanceof DataRef.InProcess ? Optional.of("images") : Optional.<String>empty())
                .flatMap(Optional::stream)
                .toList();
        return made.isEmpty()
                ? Optional.empty()
                : Optional.of("The %s came from a Java program, so only that program can repeat the run."
                        .formatted(String.join(" and the ", made)));
    }
}
