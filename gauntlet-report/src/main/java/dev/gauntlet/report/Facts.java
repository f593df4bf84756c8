package dev.gauntlet.report;

import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.report.Page.Fact;
import dev.gauntlet.report.Page.FactGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Everything that a result depends on, by name. */
final class Facts {
    private final Subject subject;
    private final RobustnessReport report;

    Facts(Subject subject) {
        this.subject = subject;
        this.report = subject.report();
    }

    List<FactGroup> groups() {
        List<FactGroup> groups = new ArrayList<>();
        groups.add(new FactGroup("Network", network(report.model())));
        groups.add(new FactGroup("Images", images()));
        groups.add(new FactGroup("Attack", attack()));
        report.model().training().ifPresent(training -> groups.add(new FactGroup("Training", training(training))));
        groups.add(new FactGroup("Program and machine", machine()));
        groups.add(new FactGroup("Time", time()));
        return List.copyOf(groups);
    }

    /** Returns the lines of Java that repeat the run. */
    List<String> program() {
        String epsilons = report.results().stream()
                .map(result -> Double.toString(result.epsilon()))
                .collect(Collectors.joining(", "));
        return List.of(
                "var plan = new Plan<>(attacks, Norm.%s, criterion, List.of(%s), %sL, %s);"
                        .formatted(
                                Words.plain(report.plan().norm()).toUpperCase(Locale.ROOT),
                                epsilons,
                                report.plan().seed(),
                                report.plan().shardSize()),
                "var again = Evaluator.on(LocalRunner.onAllProcessors()).evaluate(model, data, plan);");
    }

    private static List<Fact> network(ModelCard model) {
        List<Fact> facts = new ArrayList<>();
        facts.add(text("Name", model.name()));
        facts.add(text("Layers", model.architecture()));
        facts.add(text("Trained numbers", Words.count(model.parameters())));
        facts.add(code("Weights, SHA-256", model.sha256()));
        model.location().ifPresent(location -> facts.add(code("File", location)));
        facts.add(text("Computed by", model.engine()));
        return facts;
    }

    private List<Fact> images() {
        List<Fact> facts = new ArrayList<>(origin(report.data()));
        facts.add(text("Examples", Words.count(subject.examples())));
        facts.add(text(
                "Size",
                "%s × %s pixels, %s"
                        .formatted(
                                report.shape().width(),
                                report.shape().height(),
                                Words.count(report.shape().channels(), "channel", "channels"))));
        facts.add(text("Classes", Words.count(subject.classNames().size())));
        return facts;
    }

    private static List<Fact> origin(DataOrigin origin) {
        List<Fact> facts = new ArrayList<>();
        facts.add(text("Data set", "%s, %s".formatted(origin.name(), origin.split())));
        facts.add(code("From", origin.location()));
        new TreeMap<>(origin.sha256()).forEach((file, sha256) -> facts.add(code(file + ", SHA-256", sha256)));
        return facts;
    }

    private List<Fact> attack() {
        List<Fact> facts = new ArrayList<>();
        for (RobustnessReport.AttackRecord attack : report.attacks()) {
            facts.add(text("Method", Methods.title(attack.name())));
            attack.options().forEach((option, value) -> facts.add(text("Option " + option, value)));
        }
        facts.add(text("Distance", Methods.normTitle(report.plan().norm())));
        facts.add(text("Epsilons", String.join(", ", subject.epsilonLabels())));
        facts.add(text("Seed", Long.toString(report.plan().seed())));
        facts.add(text("Computed together", Words.count(report.plan().shardSize(), "example", "examples")));
        return facts;
    }

    private static List<Fact> training(TrainingHistory training) {
        List<Fact> facts = new ArrayList<>(origin(training.data()));
        facts.add(text("Optimizer", training.optimizer()));
        facts.add(text("Learning rate", Words.shortDecimal(training.learningRate(), 8)));
        facts.add(text("Batch size", Words.count(training.batchSize())));
        facts.add(text("Epochs", Words.count(training.epochs().size())));
        facts.add(text("Seed", Long.toString(training.seed())));
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
            facts.add(text("Training", Words.duration(timing.trainingSeconds())));
        }
        facts.add(text("Evaluation", Words.duration(timing.evaluationSeconds())));
        facts.add(text("Workers", Words.count(timing.workers())));
        return facts;
    }

    private static Fact text(String name, String value) {
        return new Fact(Words.plain(name), Words.plain(value), false);
    }

    private static Fact code(String name, String value) {
        return new Fact(Words.plain(name), Words.plain(value), true);
    }
}
