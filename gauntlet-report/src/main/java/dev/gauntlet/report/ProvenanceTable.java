package dev.gauntlet.report;

import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.evaluate.CertificateRecord;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.CrossCheck;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.report.Page.Fact;
import dev.gauntlet.report.Page.FactGroup;
import dev.gauntlet.request.Certificates;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/** Lists everything that a result depends on. */
final class ProvenanceTable {
    private final ReportView subject;
    private final RobustnessReport report;

    ProvenanceTable(ReportView subject) {
        this.subject = subject;
        this.report = subject.report();
    }

    List<FactGroup> groups() {
        List<FactGroup> groups = new ArrayList<>();
        groups.add(new FactGroup("Network", network(report.model())));
        groups.add(new FactGroup("Images", images()));
        groups.add(new FactGroup("Adversary", adversary()));
        List<RobustnessReport.AttackRecord> attacks = report.plannedAttacks();
        for (int i = 0; i < attacks.size(); i++) {
            groups.add(new FactGroup(attacks.size() == 1 ? "Attack" : "Attack " + (i + 1), attack(attacks.get(i))));
        }
        report.certificates()
                .ifPresent(certificates -> groups.add(new FactGroup("Certificates", certificates(certificates))));
        report.model().training().ifPresent(training -> groups.add(new FactGroup("Training", training(training))));
        groups.add(new FactGroup("Program and machine", machine()));
        groups.add(new FactGroup("Time", time()));
        return List.copyOf(groups);
    }

    private static List<Fact> network(ModelCard model) {
        List<Fact> facts = new ArrayList<>();
        facts.add(text("Name", model.name()));
        facts.add(text("Layers", model.architecture()));
        model.parameters().ifPresent(count -> facts.add(text("Parameters", Formats.count(count))));
        model.sha256().ifPresent(sum -> facts.add(code("Weights, SHA-256", sum)));
        model.location().ifPresent(location -> facts.add(code("File", location)));
        facts.add(text("Engine", model.engine()));
        if (!model.contract().isIdentity()) {
            facts.add(text("Preprocessing", model.contract().toString()));
        }
        model.contract().layout().ifPresent(layout -> facts.add(text("Layout", layout.name())));
        model.contract().logits().ifPresent(output -> facts.add(text("Output with the logits", output)));
        for (CrossCheck check : model.crossChecks()) {
            facts.add(text(
                    "Cross-check against " + check.reference(),
                    "outputs differ by at most %s on %s %s; the tolerance is %s"
                            .formatted(
                                    scientific(check.largestDifference()),
                                    Formats.count(check.examples()),
                                    check.inputs(),
                                    scientific(check.tolerance()))));
        }
        return facts;
    }

    private List<Fact> images() {
        List<Fact> facts = new ArrayList<>(origin(report.data()));
        facts.add(text(
                "Examples",
                subject.isSample()
                        ? "%s of %s, a stratified random sample (seeded)"
                                .formatted(
                                        Formats.count(subject.examples()),
                                        Formats.count(report.plan().population()))
                        : Formats.count(subject.examples())));
        facts.add(text(
                "Size",
                "%s × %s pixels, %s"
                        .formatted(
                                report.shape().width(),
                                report.shape().height(),
                                Formats.count(report.shape().channels(), "channel", "channels"))));
        facts.add(text("Classes", Formats.count(subject.classNames().size())));
        return facts;
    }

    private static List<Fact> origin(DataOrigin origin) {
        List<Fact> facts = new ArrayList<>();
        facts.add(text("Data set", "%s, %s".formatted(origin.name(), origin.split())));
        facts.add(code("Source", origin.location()));
        new TreeMap<>(origin.sha256()).forEach((file, sha256) -> facts.add(code(file + ", SHA-256", sha256)));
        return facts;
    }

    private List<Fact> adversary() {
        return List.of(
                text("Goal", AttackPhrases.of(subject).goal()),
                text("Access", report.plan().blackBox() ? "logits only" : "logits and gradients"),
                text("Distance", Distance.of(report).title()),
                text("Epsilons", String.join(", ", subject.epsilonLabels())),
                text("Seed", Long.toString(report.plan().seed())),
                text("Shard size, at most", Formats.count(report.plan().shardSize(), "example", "examples")));
    }

    private static List<Fact> attack(RobustnessReport.AttackRecord attack) {
        List<Fact> facts = new ArrayList<>();
        facts.add(text("Method", AttackPhrases.title(attack.name())));
        attack.options().forEach((option, value) -> facts.add(text("Option " + option, value)));
        facts.add(text("Searches for", attack.minimalNorm() ? "the nearest success" : "a success within each epsilon"));
        return facts;
    }

    private List<Fact> certificates(CertificateRecord certificates) {
        List<Fact> facts = new ArrayList<>();
        facts.add(text("Method", certificates.title()));
        certificates.options().forEach((option, value) -> facts.add(text("Option " + option, value)));
        report.request()
                .certificates()
                .ifPresent(asked -> facts.add(text(
                        "When",
                        asked.moment() == Certificates.Moment.FIRST
                                ? "before the attacks, which were not run on what is certified"
                                : "after the attacks, on the images that withstood them")));
        facts.add(text(
                "Parts of the balls",
                Formats.count(Arrays.stream(certificates.domains()).sum())));
        facts.add(text(
                "Passes",
                "%s and %s"
                        .formatted(
                                Formats.count(certificates.forwards(), "forward pass", "forward passes"),
                                Formats.count(certificates.backwards(), "backward pass", "backward passes"))));
        return facts;
    }

    private static List<Fact> training(TrainingHistory training) {
        List<Fact> facts = new ArrayList<>(origin(training.data()));
        facts.add(text("Optimizer", training.optimizer()));
        facts.add(text("Learning rate", Formats.shortDecimal(training.learningRate(), 8)));
        facts.add(text("Batch size", Formats.count(training.batchSize())));
        facts.add(text("Epochs", Formats.count(training.epochs().size())));
        facts.add(text("Seed", Long.toString(training.seed())));
        training.defense().ifPresent(defense -> facts.addAll(defense(defense)));
        return facts;
    }

    private static List<Fact> defense(TrainingHistory.Defense defense) {
        List<Fact> facts = new ArrayList<>();
        facts.add(text("Objective", Formats.plain(defense.objective())));
        if (defense.epsilon() > 0) {
            facts.add(text("Trained against", "changes of at most " + Formats.shortDecimal(defense.epsilon(), 4)));
        }
        facts.add(text("Schedule of the learning rate", Formats.plain(defense.schedule())));
        defense.modifiers().forEach(modifier -> facts.add(text("Also", Formats.plain(modifier))));
        defense.startedFrom()
                .ifPresent(sha256 -> facts.add(text("Started from weights with the SHA-256", Formats.plain(sha256))));
        facts.add(text("Weights of epoch", Integer.toString(defense.keptEpoch())));
        defense.watched()
                .forEach(watched -> facts.add(text(
                        "Held out, epoch " + watched.epoch(),
                        "%s clean, %s under FGSM, %s under PGD, %sof %s"
                                .formatted(
                                        Formats.count(watched.clean()),
                                        Formats.count(watched.fgsm()),
                                        Formats.count(watched.pgd()),
                                        watched.certified().isPresent()
                                                ? Formats.count(watched.certified()
                                                                .getAsInt()) + " certified, "
                                                : "",
                                        Formats.count(watched.examples(), "image", "images")))));
        defense.findings().forEach(finding -> facts.add(text("Finding", Formats.plain(finding))));
        return facts;
    }

    private List<Fact> machine() {
        RobustnessReport.Provenance provenance = report.provenance();
        return List.of(
                text("Gauntlet", provenance.version()),
                text("Java", provenance.java()),
                text("System", provenance.operatingSystem()),
                text("Processor", provenance.processor()));
    }

    private List<Fact> time() {
        RobustnessReport.Timing timing = report.timing();
        List<Fact> facts = new ArrayList<>();
        facts.add(text("Started", timing.started()));
        if (timing.trainingSeconds() > 0) {
            facts.add(text("Training", Formats.duration(timing.trainingSeconds())));
        }
        facts.add(text("Evaluation", Formats.duration(timing.evaluationSeconds())));
        facts.add(text(
                "Of it for diagnostics",
                "%s, %s and %s"
                        .formatted(
                                Formats.duration(timing.diagnosticsSeconds()),
                                Formats.count(report.probes().forwards(), "forward pass", "forward passes"),
                                Formats.count(report.probes().backwards(), "backward pass", "backward passes"))));
        if (report.certificates().isPresent()) {
            facts.add(text("Of it for certificates", Formats.duration(timing.certificationSeconds())));
        }
        facts.add(text("Workers", Formats.count(timing.workers())));
        timing.cluster().ifPresent(cluster -> facts.add(text("Cluster", cluster)));
        return facts;
    }

    private static String scientific(double value) {
        return String.format(Locale.ROOT, "%.2g", value);
    }

    private static Fact text(String name, String value) {
        return new Fact(Formats.plain(name), Formats.plain(value), false);
    }

    private static Fact code(String name, String value) {
        return new Fact(Formats.plain(name), Formats.plain(value), true);
    }
}
