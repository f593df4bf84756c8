package dev.gauntlet.cli;

import dev.gauntlet.FilePath;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Numbers;
import dev.gauntlet.RandomKey;
import dev.gauntlet.bounds.BranchAndBound;
import dev.gauntlet.bounds.PropertySearch;
import dev.gauntlet.bounds.VnnLib;
import dev.gauntlet.certify.Certificate;
import dev.gauntlet.certify.Certificate.Standing;
import dev.gauntlet.certify.Certification;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.certify.ProvedAccuracy;
import dev.gauntlet.certify.Smoothing;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.data.Sample;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.onnx.OnnxModels;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.threat.LpBall;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Proves how robust a model at least is. */
@Command(
        name = "certify",
        description = {
            "Proves for each image that no change within epsilon makes the model misclassify it, as far as a method can.",
            "An attack gives an upper bound on the robust accuracy, a certificate a lower bound."
        },
        footer = {
            "Examples:",
            "  gauntlet certify model.safetensors --epsilon 0.01,0.02",
            "  gauntlet certify model.onnx --epsilon 0.1 --method complete --time 30s --examples 100",
            "  gauntlet certify model.onnx --norm l2 --epsilon 0.5 --data digits.npz",
            "  gauntlet certify model.onnx --method smoothing --sigma 0.25 --epsilon 0.1,0.5 --examples 50",
            "  gauntlet certify --vnnlib property.vnnlib model.onnx"
        })
final class CertifyCommand implements Callable<Integer> {
    /** Enough for a batch, and few enough for the progress to move. */
    private static final int SLICE = 64;

    /** The same for methods that take seconds for an example. */
    private static final int SLOW_SLICE = 8;

    @Mixin
    private ModelOptions model;

    @Mixin
    private OwnDataOptions data;

    @Mixin
    private CertifyOptions options;

    @Mixin
    private SeedOption seed;

    @Mixin
    private Console console;

    @Spec
    private CommandSpec spec;

    /**
     * The certificate of an example, for machines.
     *
     * @param example its number
     * @param standing what was proved
     * @param lowerBound a proved lower bound of the margin, if one is known
     * @param inFloat32 whether the certificate holds for 32-bit arithmetic
     * @param domains into how many parts the ball was divided
     * @param radius the radius that smoothing certifies
     */
    record ExampleResult(
            int example,
            Standing standing,
            OptionalDouble lowerBound,
            boolean inFloat32,
            long domains,
            OptionalDouble radius) {
        static ExampleResult of(Certificate certificate, Certifier certifier, LpBall ball) {
            Optional<Smoothing> smoothing = smoothing(certifier);
            return new ExampleResult(
                    certificate.id(),
                    certificate.standing(),
                    smoothing.isEmpty() && Double.isFinite(certificate.lowerBound())
                            ? OptionalDouble.of(certificate.lowerBound())
                            : OptionalDouble.empty(),
                    certificate.inFloat32(),
                    certificate.domains(),
                    smoothing.map(method -> method.radius(certificate, ball)).orElse(OptionalDouble.empty()));
        }
    }

    /** The result at one budget. */
    record BudgetResult(
            double epsilon,
            ProvedAccuracy counts,
            double lower,
            double upper,
            double confidenceLower,
            double confidenceUpper,
            double seconds,
            List<ExampleResult> examples) {}

    /** The result of the command. */
    record Result(
            String model,
            Optional<String> sha256,
            String data,
            String method,
            String norm,
            long seed,
            Optional<Smoothing> smoothing,
            List<BudgetResult> budgets) {}

    /** The answer to a property. */
    record PropertyResult(String verdict, Optional<float[]> inputs, Optional<float[]> outputs, long domains) {}

    @Override
    public Integer call() {
        PlanDocument asked = data.in(model.in(PlanDocument.EMPTY))
                .withModel(model.named()
                        .orElseThrow(() ->
                                new ParameterException(spec.commandLine(), "Missing required parameter: 'MODEL'")));
        Optional<Path> property = options.property();
        if (property.isPresent()) {
            decide(property.get());
            return ExitCode.PASS.code();
        }
        List<LpBall> balls = options.balls();
        Certifier certifier = options.certifier(seed.value());
        certifier.requireFit(balls.get(0));
        // the others read the layers, which only this access shows
        Access access = smoothing(certifier).isPresent() ? Access.BLACK_BOX : Access.WHITE_BOX;
        ModelOpening opening = ModelOpening.of(asked.model().orElseThrow(), console);
        Dataset given = opening.laidOut(data.opening(console)
                .test(
                        asked.data()
                                .map(PlanDocument.Data::reference)
                                .orElseGet(() -> new DataRef.Named(Optional.empty(), Optional.empty(), Map.of())),
                        opening.description()::shape));
        try (Classifier opened = opening.on(given, access)) {
            EvaluationOutput.sayNotices(opened.card(), console);
            Dataset test = DataOpening.fitted(ModelOpening.laidOut(given, opened), opened);
            DataOpening.sayNotice(console, test.origin().notice());
            int[] ids = Sample.stratified(test, options.examples(), RandomKey.of(seed.value()));
            console.say("Model      %s", opened.card().name());
            console.say(
                    "Data       %s, %s of %s images",
                    test.origin().name(), Numbers.count(ids.length), Numbers.count(test.size()));
            console.say(
                    "Method     %s, in %s",
                    certifier.title(), balls.get(0).norm().title());
            smoothing(certifier).ifPresent(method -> sayNoise(method, balls));
            List<BudgetResult> budgets = certify(certifier, opened, test, ids, balls);
            print(certifier, budgets);
            console.result(new Result(
                    opened.card().name(),
                    opened.card().sha256(),
                    test.origin().name(),
                    certifier.name(),
                    balls.get(0).norm().id(),
                    seed.value(),
                    smoothing(certifier),
                    budgets));
        }
        return ExitCode.PASS.code();
    }

    private static Optional<Smoothing> smoothing(Certifier certifier) {
        return certifier instanceof Smoothing smoothing ? Optional.of(smoothing) : Optional.empty();
    }

    private void sayNoise(Smoothing method, List<LpBall> balls) {
        console.say(
                "Noise      sigma %s; %s noisy copies of each image, and %s to choose its class",
                Numbers.exact(method.sigma()), Numbers.count(method.samples()), Numbers.count(method.selection()));
        double largest = method.largestRadius();
        if (balls.get(balls.size() - 1).epsilon() >= largest) {
            console.warn("With sigma %s and %s samples, no radius of %s or more can be certified."
                    .formatted(
                            Numbers.exact(method.sigma()), Numbers.count(method.samples()), Numbers.rounded(largest)));
        }
    }

    private List<BudgetResult> certify(
            Certifier certifier, Classifier opened, Dataset test, int[] ids, List<LpBall> balls) {
        List<BudgetResult> results = new ArrayList<>();
        int slice = certifier instanceof Smoothing ? 1 : certifier instanceof BranchAndBound ? SLOW_SLICE : SLICE;
        Certificate[] before = new Certificate[ids.length];
        try (Certification certification = certifier.open(opened)) {
            for (LpBall ball : balls) {
                long start = System.nanoTime();
                Certificate[] certificates = new Certificate[ids.length];
                try (ProgressView.Task task =
                        console.task("certifying at epsilon %s".formatted(Numbers.rounded(ball.epsilon())))) {
                    for (int from = 0; from < ids.length; from += slice) {
                        int to = Math.min(ids.length, from + slice);
                        certify(certification, test, ids, from, to, ball, before, certificates);
                        task.isDone((double) to / ids.length);
                    }
                }
                before = certificates;
                ProvedAccuracy counts = ProvedAccuracy.of(List.of(certificates));
                results.add(new BudgetResult(
                        ball.epsilon(),
                        counts,
                        counts.lower(),
                        counts.upper(),
                        counts.confidenceLower(),
                        counts.confidenceUpper(),
                        (System.nanoTime() - start) / 1e9,
                        Arrays.stream(certificates)
                                .map(certificate -> ExampleResult.of(certificate, certifier, ball))
                                .toList()));
            }
        }
        return results;
    }

    /** Certifies a slice; what is broken at a smaller budget is broken at this one. */
    private static void certify(
            Certification certification,
            Dataset test,
            int[] ids,
            int from,
            int to,
            LpBall ball,
            Certificate[] before,
            Certificate[] certificates) {
        int[] open = IntStream.range(from, to)
                .filter(i -> {
                    boolean isKnown = before[i] != null
                            && (before[i].standing() == Standing.BROKEN || before[i].standing() == Standing.MISTAKE);
                    if (isKnown) {
                        certificates[i] = before[i];
                    }
                    return !isKnown;
                })
                .toArray();
        if (open.length > 0) {
            Batch batch = test.batch(Arrays.stream(open).map(i -> ids[i]).toArray());
            List<Certificate> found = certification.certify(batch, ball);
            for (int i = 0; i < open.length; i++) {
                certificates[open[i]] = found.get(i);
            }
        }
    }

    private void print(Certifier certifier, List<BudgetResult> budgets) {
        console.say("");
        console.say(
                "%8s  %10s  %10s  %8s  %9s  %8s  %-28s %s",
                "epsilon", "certified", "as float32", "broken", "undecided", "mistakes", "robust accuracy", "time");
        for (BudgetResult budget : budgets) {
            ProvedAccuracy counts = budget.counts();
            String accuracy = counts.isExact()
                    ? String.format(Locale.ROOT, "exactly %.1f %%", 100 * budget.lower())
                    : String.format(
                            Locale.ROOT, "between %.1f and %.1f %%", 100 * budget.lower(), 100 * budget.upper());
            console.say(
                    "%8s  %10d  %10s  %8d  %9d  %8d  %-28s %.1f s",
                    Numbers.rounded(budget.epsilon()),
                    counts.certified(),
                    certifier instanceof Smoothing ? "-" : counts.inFloat32(),
                    counts.broken(),
                    counts.undecided(),
                    counts.mistakes(),
                    accuracy,
                    budget.seconds());
        }
        BudgetResult last = budgets.get(budgets.size() - 1);
        console.say("");
        console.say(
                "At epsilon %s, %d of %d images are proved robust; on all such images the robust accuracy is between %.1f and %.1f %% (95 %% confidence).",
                Numbers.rounded(last.epsilon()),
                last.counts().certified(),
                last.counts().examples(),
                100 * last.confidenceLower(),
                100 * last.confidenceUpper());
        smoothing(certifier)
                .ifPresentOrElse(
                        method -> console.say(
                                "Certified is the classifier that takes the most likely answer under this noise, not the model itself; each certificate by itself holds with %s %% confidence: see docs/certify.md.",
                                Numbers.rounded(100 * (1 - method.errorRate()))),
                        () -> console.say(
                                "A certificate also covers rounding: see docs/certify.md for what is proved and what is not."));
    }

    /** Decides a property; the first line is the verdict, as verifiers print it. */
    private void decide(Path file) {
        VnnLib property = VnnLib.read(file);
        Path onnx = FilePath.of(model.named().orElseThrow());
        // in this order the numbers are those of the file
        InputSpec contract = InputSpec.RAW.withLayout(Layout.NCHW);
        PropertySearch.Answer answer;
        try (ProgressView.Task task = console.task("deciding the property")) {
            ImageShape shape = shape(onnx, contract);
            Batch sample = new Batch(shape, new int[2], new int[2], new float[2 * shape.size()]);
            try (Classifier bounded = OnnxModels.whiteBox(onnx, contract, sample);
                    Classifier runtime = OnnxModels.blackBox(onnx, contract, sample)) {
                requireOutputs(property, bounded);
                answer = new PropertySearch(options.time()).decide(property, bounded, runtime, shape);
            }
        }
        console.say("%s", answer.verdict());
        answer.inputs()
                .ifPresent(inputs -> say('X', '(', inputs, answer.outputs().isEmpty()));
        answer.outputs().ifPresent(outputs -> say('Y', ' ', outputs, true));
        console.result(
                new PropertyResult(answer.verdict().toString(), answer.inputs(), answer.outputs(), answer.domains()));
    }

    /**
     * A softmax at the end, which is left out, does not change which output is larger, but it does change the numbers.
     */
    private void requireOutputs(VnnLib property, Classifier bounded) {
        boolean comparesNumbers = property.violations().stream()
                .anyMatch(comparison -> comparison.larger() < 0 || comparison.smaller() < 0);
        List<String> notices = bounded.card().notices();
        if (comparesNumbers && !notices.isEmpty()) {
            throw new GauntletException(
                    "The property compares outputs with numbers, but the outputs of %s are not used as they are: %s"
                            .formatted(bounded.card().name(), notices.get(0)));
        }
        notices.forEach(console::warn);
    }

    /** Prints the numbers of a counterexample as the format prescribes. */
    private void say(char letter, char first, float[] values, boolean isLast) {
        for (int i = 0; i < values.length; i++) {
            console.say(
                    "%s(%s_%d %s)%s",
                    i == 0 ? first : ' ', letter, i, values[i], isLast && i + 1 == values.length ? ")" : "");
        }
    }

    private static ImageShape shape(Path onnx, InputSpec contract) {
        return OnnxModels.describe(onnx, contract)
                .shape()
                .orElseThrow(() -> new GauntletException(
                        "%s does not define the shape of its input, so the property does not fit it.".formatted(onnx)));
    }
}
