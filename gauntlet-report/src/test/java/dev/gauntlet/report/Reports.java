package dev.gauntlet.report;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.Passes;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.evaluate.CertificateRecord;
import dev.gauntlet.evaluate.Completion;
import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.evaluate.shard.GalleryExample;
import dev.gauntlet.model.CrossCheck;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.AttackGoal;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.request.Certificates;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.Execution;
import dev.gauntlet.request.Limits;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.request.Sampling;
import dev.gauntlet.request.Threat;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Builds reports whose numbers follow from a rule that a test can compute by hand. */
final class Reports {
    private List<String> classes = List.of("cat", "dog", "cow");
    private ImageShape shape = new ImageShape(1, 2, 3);
    private int examples = 12;
    private int population = 12;
    private int shardSize = 1000;
    private List<Double> epsilons = List.of(0.0, 0.1, 0.25);
    private boolean exhibits = true;
    private double[] extremes = {};
    private Optional<TrainingHistory> training = Optional.of(history());
    private Optional<String> notice = Optional.empty();
    private List<String> modelNotices = List.of();
    private InputSpec contract = InputSpec.RAW;
    private String modelName = "mlp";
    private Optional<Completion> ending = Optional.empty();
    private Optional<int[]> certified = Optional.empty();
    private List<Diagnostic> diagnostics =
            List.of(Diagnostic.measured(WarningSign.ZERO_GRADIENTS, false, 0, 0.05, "No image had a gradient of 0."));
    private RobustnessReport.Probes probes = RobustnessReport.Probes.NONE;
    private RobustnessReport.Timing timing =
            new RobustnessReport.Timing("2026-01-31T12:00:00Z", 3.5, 1.25, 0.25, 0, 2, Optional.empty());

    private String data = "pets";
    private String architecture = "784-1000-10, ReLU";
    private Optional<String> location = Optional.of("runs/mlp.safetensors");

    private List<RobustnessReport.AttackRecord> attacks = List.of(record(Fgsm.defaults(), 1));
    private String norm = "linf";
    private String criterion = "misclassified";
    private boolean blackBox;
    private List<String> remarks = List.of();
    private Optional<String> name = Optional.empty();

    private Reports() {}

    /** Records an attack that sent 50 examples forward, asked for 12 gradients, and met some that were 0. */
    static RobustnessReport.AttackRecord record(Attack<?> attack, int zeroGradients) {
        return new RobustnessReport.AttackRecord(attack.name(), attack.options(), false, 50, 12, zeroGradients);
    }

    Reports attacks(RobustnessReport.AttackRecord... records) {
        attacks = List.of(records);
        return this;
    }

    Reports autoAttack() {
        name = Optional.of(AutoAttack.NAME);
        return attacks(AutoAttack.standard(Norm.LINF).stream()
                .map(attack -> record(attack, 0))
                .toArray(RobustnessReport.AttackRecord[]::new));
    }

    Reports norm(String name) {
        norm = name;
        return this;
    }

    Reports criterion(String name) {
        criterion = name;
        return this;
    }

    Reports blackBox() {
        blackBox = true;
        return this;
    }

    Reports remarks(String... sentences) {
        remarks = List.of(sentences);
        return this;
    }

    /**
     * Starts with 12 examples of 3 classes: label k of example i is i modulo 3, example 0 is wrong when clean, and at
     * the j-th epsilon the examples 1 to 3j are taken for the next class; of n attacks the one at i modulo n breaks
     * example i.
     */
    static Reports usual() {
        return new Reports();
    }

    Reports classes(String... names) {
        classes = List.of(names);
        return this;
    }

    Reports shape(int channels, int height, int width) {
        shape = new ImageShape(channels, height, width);
        return this;
    }

    Reports shardSize(int number) {
        shardSize = number;
        return this;
    }

    Reports drawnFrom(int number) {
        population = number;
        return this;
    }

    Reports examples(int number) {
        examples = number;
        population = number;
        return this;
    }

    Reports epsilons(Double... values) {
        epsilons = List.of(values);
        return this;
    }

    /** Adds the examples that the first attack changed least and most. */
    Reports withExtremes(double least, double most) {
        extremes = new double[] {least, most};
        return this;
    }

    Reports withoutExhibits() {
        exhibits = false;
        return this;
    }

    Reports withoutTraining() {
        training = Optional.empty();
        return this;
    }

    Reports contract(InputSpec value) {
        contract = value;
        return this;
    }

    Reports modelNotice(String text) {
        modelNotices = List.of(text);
        return this;
    }

    Reports notice(String text) {
        notice = Optional.of(text);
        return this;
    }

    Reports data(String name) {
        data = name;
        return this;
    }

    Reports location(String file) {
        location = Optional.ofNullable(file);
        return this;
    }

    Reports diagnostics(Diagnostic... found) {
        diagnostics = List.of(found);
        return this;
    }

    /** Certifies examples: for each the position of the largest budget. */
    Reports certified(int... largest) {
        certified = Optional.of(largest);
        return this;
    }

    Reports ending(Completion other) {
        ending = Optional.of(other);
        return this;
    }

    Reports modelName(String name) {
        modelName = name;
        return this;
    }

    Reports architecture(String layers) {
        architecture = layers;
        return this;
    }

    Reports trained(String on, int examplesPerEpoch, double learningRate, long seed) {
        training = Optional.of(new TrainingHistory(
                new DataOrigin(on, "train", "/data", Map.of(), Optional.empty()),
                "adam",
                learningRate,
                64,
                seed,
                List.of(
                        new TrainingHistory.Epoch(1, 0.9, 600, examplesPerEpoch, 0.7, 70, 100),
                        new TrainingHistory.Epoch(2, 0.4, 900, examplesPerEpoch, 0.5, 85, 100))));
        return this;
    }

    Reports timing(String started, double trainingSeconds, double evaluationSeconds, int workers) {
        timing = new RobustnessReport.Timing(
                started, trainingSeconds, evaluationSeconds, 0, 0, workers, Optional.empty());
        return this;
    }

    Reports probes(RobustnessReport.Probes other) {
        probes = other;
        return this;
    }

    RobustnessReport build() {
        int[] labels = IntStream.range(0, examples).map(i -> i % classes.size()).toArray();
        List<EpsilonResult> results = new ArrayList<>();
        int[][] predictionsOf = new int[epsilons.size()][];
        int[][] successfulAttacks = new int[epsilons.size()][];
        List<GalleryExample> gallery = new ArrayList<>();
        int[] clean = predictions(labels, 0);
        for (int j = 0; j < epsilons.size(); j++) {
            int[] predictions = predictions(labels, j);
            int correct = (int) IntStream.range(0, examples)
                    .filter(i -> clean[i] == labels[i] && predictions[i] == labels[i])
                    .count();
            double epsilon = epsilons.get(j);
            predictionsOf[j] = predictions;
            int[] brokenBy = IntStream.range(0, examples)
                    .map(i -> predictions[i] == clean[i] ? -1 : i % attacks.size())
                    .toArray();
            successfulAttacks[j] = brokenBy;
            boolean broken = Arrays.stream(brokenBy).anyMatch(attack -> attack >= 0);
            results.add(new EpsilonResult(
                    epsilon,
                    Interval.of(correct, examples),
                    Interval.of(correct, examples),
                    0.8,
                    broken ? epsilon : 0));
            if (j > 0 && exhibits) {
                IntStream.range(0, examples)
                        .filter(i -> clean[i] == labels[i] && predictions[i] != labels[i])
                        .limit(10)
                        .mapToObj(i -> exhibit(i, epsilon, labels[i], predictions[i]))
                        .forEach(gallery::add);
            }
            int[] ofFirst =
                    IntStream.range(0, examples).filter(i -> brokenBy[i] == 0).toArray();
            for (int k = 0; k < Math.min(extremes.length, ofFirst.length); k++) {
                int i = ofFirst[k];
                GalleryExample drawn = exhibit(i, epsilon, labels[i], predictions[i]);
                gallery.add(new GalleryExample(
                        k == 0 ? GalleryExample.Choice.LEAST_CHANGED : GalleryExample.Choice.MOST_CHANGED,
                        epsilon,
                        drawn.id(),
                        drawn.label(),
                        drawn.cleanPrediction(),
                        drawn.cleanConfidence(),
                        drawn.prediction(),
                        drawn.confidence(),
                        extremes[k],
                        drawn.clean(),
                        drawn.adversarial()));
            }
        }
        ModelCard model = new ModelCard(
                modelName,
                architecture,
                OptionalLong.of(795_010),
                Optional.of("c".repeat(64)),
                location,
                "libtorch 2.10",
                training,
                contract,
                modelNotices,
                List.of(new CrossCheck("ONNX Runtime 1", "random images", 16, 2e-6, 1e-4)));
        DataOrigin origin =
                new DataOrigin(data, "test", "/data/pets", Map.of("b", "2".repeat(64), "a", "1".repeat(64)), notice);
        Norm measured = Norm.parse(norm);
        Outcomes outcomes = new Outcomes(new Outcomes.Columns(
                classes.size(),
                IntStream.range(0, examples).map(i -> 100 + i).toArray(),
                labels,
                distances(),
                predictionsOf,
                successfulAttacks));
        EvaluationRequest request = new EvaluationRequest(
                location.<ModelRef>map(file -> new ModelRef.File(file, Optional.empty(), contract, model.sha256()))
                        .orElseGet(() -> ModelRef.InProcess.of(model)),
                DataRef.InProcess.of(origin),
                Sampling.ALL.withSeed(42),
                new Threat(
                        epsilons.stream()
                                .map(epsilon -> new LpBall(measured, epsilon))
                                .toList(),
                        AttackGoal.of(Criterion.parse(criterion, classes.size()))),
                attacks.stream()
                        .map(attack -> new AttackRef(attack.name(), attack.options()))
                        .toList(),
                blackBox ? Access.BLACK_BOX : Access.WHITE_BOX,
                DiagnosticsBudget.AUTOMATIC,
                Limits.NONE,
                new Execution(OptionalInt.of(shardSize), OptionalInt.empty()));
        return new RobustnessReport(
                RobustnessReport.SCHEMA_VERSION,
                new RobustnessReport.Provenance("1.2.3", "Test 17", "Linux 6 amd64", "a processor"),
                model,
                origin,
                shape,
                classes,
                certified.isPresent()
                        ? request.withCertificates(new Certificates(Certificates.Moment.AFTER, "crown"))
                        : request,
                new RobustnessReport.PlanRecord(
                        name.orElseGet(() -> attacks.stream()
                                .map(RobustnessReport.AttackRecord::name)
                                .collect(Collectors.joining(", "))),
                        norm,
                        criterion,
                        blackBox,
                        42,
                        population,
                        shardSize,
                        remarks),
                attacks,
                outcomes,
                results,
                certified.map(largest -> CertificateRecord.of(
                        "crown",
                        "linear relaxations",
                        Map.of(),
                        Passes.NONE,
                        largest,
                        largest,
                        Arrays.stream(largest)
                                .mapToDouble(budget -> results.get(budget).epsilon())
                                .toArray(),
                        new long[largest.length],
                        outcomes)),
                ending.orElseGet(() -> Completion.complete(examples)),
                diagnostics,
                probes,
                gallery,
                timing);
    }

    private double[] distances() {
        return IntStream.range(0, examples)
                .mapToDouble(i -> {
                    int budget = (i + 2) / 3;
                    return i == 0 ? 0 : budget < epsilons.size() ? epsilons.get(budget) : -1;
                })
                .toArray();
    }

    private int[] predictions(int[] labels, int budget) {
        return IntStream.range(0, labels.length)
                .map(i -> i < 3 * budget + 1 ? (labels[i] + 1) % classes.size() : labels[i])
                .toArray();
    }

    private GalleryExample exhibit(int position, double epsilon, int label, int prediction) {
        float[] clean = new float[shape.size()];
        float[] adversarial = new float[shape.size()];
        for (int i = 0; i < clean.length; i++) {
            clean[i] = (position + i) % 11 / 10f;
            adversarial[i] = Math.max(0, Math.min(1, clean[i] + (i % 2 == 0 ? (float) epsilon : -(float) epsilon)));
        }
        return new GalleryExample(
                GalleryExample.Choice.DRAWN,
                epsilon,
                100 + position,
                label,
                label,
                0.9,
                prediction,
                0.75,
                epsilon,
                clean,
                adversarial);
    }

    private static TrainingHistory history() {
        return new TrainingHistory(
                new DataOrigin("pets", "train", "/data/pets", Map.of("t", "3".repeat(64)), Optional.empty()),
                "adam",
                0.001,
                128,
                7,
                Arrays.asList(
                        new TrainingHistory.Epoch(1, 0.9, 600, 1000, 0.7, 70, 100),
                        new TrainingHistory.Epoch(2, 0.4, 900, 1000, 0.5, 85, 100)));
    }
}
