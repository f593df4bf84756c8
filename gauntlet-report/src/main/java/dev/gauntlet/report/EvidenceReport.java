package dev.gauntlet.report;

import dev.gauntlet.GauntletException;
import dev.gauntlet.certify.ProvedAccuracy;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.evaluate.CertificateRecord;
import dev.gauntlet.evaluate.Completion;
import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Gate;
import dev.gauntlet.gate.Judgement;
import dev.gauntlet.report.EvidencePage.Fact;
import dev.gauntlet.report.EvidencePage.Section;
import dev.gauntlet.report.EvidencePage.Table;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.EvaluationRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A report of a test for people who decide about a system or audit it: what was tested, against which criterion, in the words of
 * the vocabularies that they use, and what was not tested. It claims no conformity with any of them.
 *
 * <p>Example: {@code EvidenceReport.of(report, evidence, plan, decision, sha256).html()}.
 *
 * @param report the record of the run
 * @param evidence the system, the tester and the criterion
 * @param plan the plan with the criterion
 * @param decision the decision of its gate
 * @param recordSha256 the SHA-256 of the record
 */
public record EvidenceReport(
        RobustnessReport report, Evidence evidence, PlanDocument plan, Gate.Decision decision, String recordSha256) {
    /** The name of the file in the folder of a report. */
    public static final String FILE = "evidence.html";

    private static final String STYLE = "evidence.css";

    private static final String LEDE =
            "This page records how a trained image classifier was tested against evasion attacks, and what came out. It is a record of"
                    + " tests, for the file of the people who are responsible for the system. It is not a statement of conformity with"
                    + " any law or standard, and no authority or standards body has approved it.";

    /** The same words in every report, because they do not depend on what came out. */
    private static final String LIMITS =
            "The tests cover one class of attack, evasion, by changes of the pixels within the norm and the budgets of section 3, on the"
                    + " images of section 8, for the weights of section 2. They do not cover poisoning of training data or models, backdoors,"
                    + " privacy attacks (membership inference, model extraction, reconstruction of data), attacks on the surrounding system,"
                    + " changes of the physical scene, other norms or larger budgets, rotations, weather, noise or drift of the data, or images"
                    + " unlike those of the sample. An attack that fails proves nothing: the true robust accuracy is at most the number"
                    + " under attack. The intervals cover sampling error only, not stronger attacks and not other data. Only what section"
                    + " 6 calls proved is proved, for exactly those images and budgets. A system with this model can be more or less robust"
                    + " than the model.";

    private static final List<List<String>> CLAUSES = List.of(
            List.of(
                    "EU AI Act (Regulation 2024/1689), Article 15(1)",
                    "an appropriate level of accuracy, robustness and cybersecurity",
                    "4 (criterion and verdict), 5 (accuracy, clean and under attack)"),
            List.of(
                    "Article 15(3)",
                    "levels of accuracy and the metrics, to be declared in the instructions of use",
                    "5 (levels with 95 % intervals), 8 (on which data)"),
            List.of(
                    "Article 15(4)",
                    "resilience to errors, faults and inconsistencies",
                    "not tested, see 9; 5 covers only deliberate changes of the input"),
            List.of(
                    "Article 15(5)",
                    "measures against adversarial examples or model evasion",
                    "3 (threat), 5 and 6 (results), 7 (attacks and their quality); data and model poisoning: not tested, see 9"),
            List.of(
                    "Annex IV, 2(g)",
                    "test procedures, data and their characteristics, metrics, logs and reports, dated and signed",
                    "2 (run and repetition), 7 (procedures), 8 (data), 5 (metrics), 11 (record); the signature at the end"),
            List.of(
                    "ISO/IEC 24029-2:2023",
                    "formal methods: property, domain, outcome",
                    "6; property: stability of the class; domain: the balls of section 3 around the images of section 8"),
            List.of(
                    "ISO/IEC DIS 24029-3",
                    "statistical methods: performance under perturbation, statistical reliability",
                    "5 (performance against budget, with intervals), 7 (warning signs)"),
            List.of(
                    "NIST AI 100-2 E2025",
                    "terms of adversarial machine learning",
                    "3 (stage, goal, knowledge, capability)"));

    /** Renders the page, which contains its style. */
    public String html() {
        String style = ReportFolder.text(STYLE);
        return new StaticTemplates()
                .evidence(new EvidencePage(
                        Formats.plain("Test of robustness: %s %s"
                                .formatted(evidence.required("system.name"), evidence.required("system.version"))),
                        Formats.plain(report.provenance().version()),
                        style,
                        SinglePage.checksum(style),
                        decision.verdict().toString(),
                        LEDE,
                        sections()))
                .render();
    }

    private List<Section> sections() {
        ReportView subject = ReportView.of(report);
        return List.of(
                system(),
                subjectOfTheTest(subject),
                threat(subject),
                criterion(),
                results(subject),
                certificates(subject),
                attacks(),
                sample(subject),
                new Section(9, "What was not tested", List.of(), List.of(), limits()),
                new Section(
                        10,
                        "Clauses, and the sections about them",
                        List.of(),
                        List.of(new Table(
                                "To find the parts of this page; that a clause is named does not mean that it is met.",
                                List.of("document", "about", "sections"),
                                CLAUSES)),
                        List.of()),
                new Section(
                        11,
                        "The record",
                        List.of(
                                fact("Record, SHA-256", recordSha256),
                                fact(
                                        "Evidence file",
                                        evidence.file().getFileName().toString()),
                                fact("Page of the report", ReportFolder.INDEX)),
                        List.of(),
                        List.of(
                                "The record report.json has the outcome of every image; this page is rendered from it and from the evidence file.")));
    }

    private Section system() {
        List<Fact> facts = new ArrayList<>();
        add(facts, "System", "system.name");
        add(facts, "Version", "system.version");
        add(facts, "Provider", "system.provider");
        add(facts, "Purpose", "system.purpose");
        add(facts, "Tester", "tester.name");
        add(facts, "Organization", "tester.organization");
        add(facts, "Independence", "tester.independence");
        return new Section(1, "System and tester", facts, List.of(), List.of());
    }

    private Section subjectOfTheTest(ReportView subject) {
        List<Fact> facts = new ArrayList<>();
        facts.add(fact("Model", report.model().name()));
        facts.add(fact("Architecture", report.model().architecture()));
        report.model().sha256().ifPresent(sum -> facts.add(fact("Weights, SHA-256", sum)));
        facts.add(fact("Data", subject.data()));
        new TreeMap<>(report.data().sha256()).forEach((file, sum) -> facts.add(fact(file + ", SHA-256", sum)));
        facts.add(fact("Run began", report.timing().started()));
        facts.add(fact("Program", "Gauntlet " + report.provenance().version()));
        facts.add(fact("Engine", report.model().engine()));
        facts.add(fact("Java", report.provenance().java()));
        facts.add(fact("Operating system", report.provenance().operatingSystem()));
        facts.add(fact("Processor", report.provenance().processor()));
        facts.add(fact("Seed", Long.toString(report.plan().seed())));
        facts.add(fact("Repetition", "gauntlet evaluate --plan report.json"));
        return new Section(
                2,
                "What was tested, and how to repeat it",
                facts,
                List.of(),
                Formats.notices(report).stream().map(Formats::plain).toList());
    }

    private Section threat(ReportView subject) {
        AttackPhrases phrases = AttackPhrases.of(subject);
        boolean blackBox = report.plan().blackBox();
        return new Section(
                3,
                "Threat model, in the terms of NIST AI 100-2",
                List.of(
                        fact("Stage", "deployment"),
                        fact("Class of attack", "evasion"),
                        fact(
                                "Attacker’s goal",
                                phrases.isTargeted()
                                        ? "integrity violation, targeted: " + phrases.goal()
                                        : "integrity violation, untargeted: " + phrases.goal()),
                        fact(
                                "Attacker’s knowledge",
                                blackBox
                                        ? "black-box: only the outputs of the model"
                                        : "white-box: the model and its gradients"),
                        fact(
                                "Attacker’s capability",
                                blackBox
                                        ? "query access and control of the input at deployment"
                                        : "control of the input at deployment"),
                        fact("Allowed change", Distance.of(report).title()),
                        fact("Budgets (epsilon)", String.join(", ", subject.epsilonLabels()))),
                List.of(),
                List.of(Distance.of(report).epsilon()));
    }

    private Section criterion() {
        List<Fact> facts = new ArrayList<>();
        facts.add(fact("Plan", evidence.required(Evidence.PLAN)));
        facts.add(fact("Plan, SHA-256", evidence.required(Evidence.SHA256)));
        add(facts, "Fixed at", Evidence.FIXED);
        facts.add(fact("Run began", report.timing().started()));
        add(facts, "Published", "criterion.published");
        facts.add(fact("Verdict", decision.verdict().toString()));
        List<String> paragraphs = new ArrayList<>();
        paragraphs.add(
                "A requirement passes if the whole 95 % interval meets it, fails if none of it does, and is inconclusive otherwise. An invalid evaluation never passes.");
        paragraphs.add(
                "The tester states when the criterion was fixed. The program compared the plan with the SHA-256 above and the time with the beginning of the run.");
        List<String> differences = differences();
        paragraphs.add(
                differences.isEmpty()
                        ? "The run has the threat, attacks, access, data, sample, certificates, diagnostics and limits of the plan. The model, its preprocessing and the shard size are not compared."
                        : "The run differs from what the plan describes in: %s."
                                .formatted(String.join(", ", differences)));
        addEnding(paragraphs);
        return new Section(
                4,
                "Acceptance criterion and verdict",
                facts,
                List.of(new Table(
                        "The requirements of the criterion.",
                        List.of("requirement", "verdict", "measurement"),
                        decision.judgements().stream()
                                .map(judgement -> List.of(
                                        Formats.plain(judgement.requirement()),
                                        judgement.verdict().toString(),
                                        measurement(judgement)))
                                .toList())),
                paragraphs);
    }

    private static String measurement(Judgement judgement) {
        return Formats.sentences(judgement.explanation());
    }

    /** Names in what the run is not the one that the plan describes; which file was the model may differ. */
    private List<String> differences() {
        boolean namesModel = plan.training().isPresent()
                || plan.model().filter(model -> model.file().isPresent()).isPresent();
        EvaluationRequest asked = (namesModel ? plan : plan.withModel("MODEL")).request();
        EvaluationRequest run = report.request();
        List<String> differences = new ArrayList<>();
        EvaluationRequest planned = asked;
        try {
            // the record has all options of the attacks, also those that the plan leaves out
            planned = asked.resolved(report.model(), report.data());
        } catch (GauntletException e) {
            differences.add("model, data or attacks (%s)".formatted(Formats.plain(String.valueOf(e.getMessage()))));
        }
        addUnless(isSameData(asked.data(), planned.data()), "data", differences);
        addUnless(planned.threat().equals(run.threat()), "threat", differences);
        addUnless(planned.attacks().equals(run.attacks()), "attacks", differences);
        addUnless(planned.access() == run.access(), "access", differences);
        addUnless(planned.sampling().equals(run.sampling()), "sample", differences);
        addUnless(planned.certificates().equals(run.certificates()), "certificates", differences);
        addUnless(planned.limits().equals(run.limits()), "limits", differences);
        addUnless(planned.diagnostics().equals(run.diagnostics()), "diagnostics", differences);
        return differences;
    }

    /**
     * Compares what the plan asks for with what was read. A planned data set that is resolved has the name of the one in the
     * record, whichever the plan names.
     */
    private boolean isSameData(DataRef asked, DataRef resolved) {
        DataRef run = report.request().data();
        if (asked instanceof DataRef.Named named) {
            return !(run instanceof DataRef.Files)
                    && named.dataset().map(List::of).orElse(List.of(NamedDataset.MNIST, NamedDataset.DIGITS)).stream()
                            .anyMatch(
                                    dataset -> dataset.id().equals(report.data().name()));
        }
        if (asked instanceof DataRef.InProcess made) {
            return made.name().equals(report.data().name())
                    && made.split().equals(report.data().split())
                    && resolved.equals(run);
        }
        // where the checksums were in the plan, and were those of the data, the place does not matter
        return asked.sha256().isEmpty()
                ? resolved.equals(run)
                : resolved.essence().equals(run.essence());
    }

    private static void addUnless(boolean equal, String name, List<String> differences) {
        if (!equal) {
            differences.add(name);
        }
    }

    /** Says why the run ended, if a reader has to know. */
    private void addEnding(List<String> paragraphs) {
        if (!report.ending().explanation().isEmpty()) {
            paragraphs.add(Formats.plain(report.ending().explanation()));
        }
    }

    private Section results(ReportView subject) {
        List<String> paragraphs = new ArrayList<>();
        addEnding(paragraphs);
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < report.results().size(); i++) {
            EpsilonResult result = report.results().get(i);
            rows.add(List.of(
                    subject.epsilon(i),
                    Formats.rate(result.accuracy()),
                    Formats.percents(
                            result.accuracy().lower(), result.accuracy().upper())));
        }
        return new Section(
                5,
                "Accuracy, clean and under attack",
                List.of(),
                List.of(new Table(
                        "An image counts as robust if the model classifies it correctly and no attack succeeded on it. Epsilon 0 is the accuracy on clean images.",
                        List.of("epsilon", "accuracy", "95 % interval"),
                        rows)),
                paragraphs);
    }

    private Section certificates(ReportView subject) {
        Optional<CertificateRecord> certificates = report.certificates();
        if (certificates.isEmpty()) {
            return new Section(
                    6,
                    "Certificates",
                    List.of(),
                    List.of(),
                    List.of(
                            "Nothing was proved in this run: all numbers under attack are upper bounds of the robust accuracy."));
        }
        List<List<String>> rows = new ArrayList<>();
        for (int i = 1; i < report.results().size(); i++) {
            Optional<ProvedAccuracy> proved = report.proved(i);
            if (proved.isPresent()) {
                ProvedAccuracy counts = proved.get();
                rows.add(List.of(
                        subject.epsilon(i),
                        Formats.count(counts.certified()),
                        Formats.count(counts.inFloat32()),
                        Formats.count(counts.broken()),
                        Formats.count(counts.undecided()),
                        Formats.count(counts.mistakes())));
            }
        }
        return new Section(
                6,
                "Certificates",
                List.of(
                        fact("Method", certificates.get().title()),
                        fact("Options", options(certificates.get().options())),
                        fact("Property", "stability: every image of the ball has the class of the clean image"),
                        fact(
                                "Domain",
                                "for each image the ball of section 3 with radius epsilon, within the range of pixels")),
                List.of(new Table(
                        "Outcomes: proved, counterexample (an attack succeeded) and inconclusive, in images.",
                        List.of(
                                "epsilon",
                                "proved",
                                "of these, also in 32-bit arithmetic",
                                "counterexample",
                                "inconclusive",
                                "misclassified when clean"),
                        rows)),
                List.of(
                        "Proved holds for the model in exact arithmetic; the third column counts the images for which rounding to 32-bit floats, in any order of summation, changes nothing."));
    }

    private Section attacks() {
        List<List<String>> rows = report.plannedAttacks().stream()
                .map(attack -> List.of(
                        AttackPhrases.title(attack.name()),
                        options(attack.options()),
                        Formats.count(attack.forwards()),
                        Formats.count(attack.backwards())))
                .toList();
        List<List<String>> signs = report.diagnostics().stream()
                .filter(Diagnostic::raised)
                .map(sign -> List.of(
                        Formats.plain(sign.indicator().title()),
                        Formats.plain(sign.finding()),
                        Formats.plain(sign.indicator().remedy())))
                .toList();
        List<Table> tables = new ArrayList<>();
        tables.add(new Table(
                "The attacks with all options, and their cost in passes through the model.",
                List.of("attack", "options", "forward passes", "backward passes"),
                rows));
        if (!signs.isEmpty()) {
            tables.add(new Table("The warning signs that were found.", List.of("sign", "finding", "remedy"), signs));
        }
        return new Section(
                7,
                "Attacks, and whether they can be trusted",
                List.of(fact("Evaluation", Signs.verdict(report.trust()))),
                tables,
                List.of("%s %s.".formatted(Signs.of(report).meaning(), Signs.counts(report.diagnostics()))));
    }

    private Section sample(ReportView subject) {
        List<Fact> facts = new ArrayList<>();
        facts.add(fact("Drawn", drawn(subject)));
        add(facts, "Source", "sample.source");
        add(facts, "Representativeness, by the tester", "sample.representativeness");
        int focus = subject.focus();
        Outcomes outcomes = report.outcomes();
        int classes = outcomes.classes();
        int[] images = new int[classes];
        int[] clean = new int[classes];
        int[] robust = new int[classes];
        outcomes.examples().forEach(example -> {
            int label = outcomes.label(example);
            images[label]++;
            clean[label] += outcomes.isRobust(example, 0) ? 1 : 0;
            robust[label] += outcomes.isRobust(example, focus) ? 1 : 0;
        });
        List<List<String>> rows = new ArrayList<>();
        for (int label = 0; label < classes; label++) {
            rows.add(List.of(
                    subject.className(label),
                    Formats.count(images[label]),
                    share(images[label], subject.examples()),
                    share(clean[label], images[label]),
                    share(robust[label], images[label])));
        }
        return new Section(
                8,
                "Data, and whom it represents",
                facts,
                List.of(new Table(
                        "Each class in the images that were tested.",
                        List.of(
                                "class",
                                "images",
                                "share",
                                "accuracy, clean",
                                "accuracy at epsilon " + subject.focusEpsilon()),
                        rows)),
                List.of());
    }

    private String drawn(ReportView subject) {
        Completion ending = report.ending();
        if (ending.reason() != Completion.Reason.COMPLETE) {
            return "%s of the %s planned images; the run ended early (%s)"
                    .formatted(Formats.count(subject.examples()), Formats.count(ending.planned()), ending.reason());
        }
        return subject.isSample()
                ? "%s of %s images, a stratified random sample with the seed %s: each class has its share"
                        .formatted(
                                Formats.count(subject.examples()),
                                Formats.count(report.plan().population()),
                                report.plan().seed())
                : "all %s images".formatted(Formats.count(subject.examples()));
    }

    private static String share(int part, int whole) {
        return whole == 0 ? "no images" : Formats.percent((double) part / whole);
    }

    private List<String> limits() {
        List<String> paragraphs = new ArrayList<>(List.of(LIMITS));
        evidence.optional("limits.notes").ifPresent(notes -> paragraphs.add("By the tester: " + Formats.plain(notes)));
        return paragraphs;
    }

    private static String options(Map<String, String> options) {
        return options.isEmpty()
                ? "none"
                : Formats.plain(options.entrySet().stream()
                        .map(option -> option.getKey() + " " + option.getValue())
                        .collect(Collectors.joining(", ")));
    }

    private void add(List<Fact> facts, String name, String key) {
        evidence.optional(key).ifPresent(value -> facts.add(fact(name, value)));
    }

    private static Fact fact(String name, String value) {
        return new Fact(Formats.plain(name), Formats.plain(value));
    }
}
