package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.Sample;
import dev.gauntlet.format.ModelDescription;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.CrossCheck;
import dev.gauntlet.model.InputScaleCheck;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.request.Access;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows the properties of a model and which attacks it supports. */
@Command(
        name = "inspect",
        description = {
            "Shows the inputs, outputs and layers of a model, and which attacks it supports.",
            "With --data or --dataset, also checks the preprocessing and the order of the classes."
        },
        footer = {
            "Examples:",
            "  gauntlet inspect model.onnx",
            "  gauntlet inspect model.onnx --data images --resize 256 --crop 224 --input-max 255"
        })
final class InspectCommand implements Callable<Integer> {
    private static final int SAMPLE = 200;

    private static final int LISTED_LAYERS = 60;

    @Mixin
    private ModelOptions model;

    @Mixin
    private OwnDataOptions data;

    @Mixin
    private Console console;

    /** The findings. */
    record Findings(
            ModelCard model,
            ModelDescription description,
            List<String> layers,
            Optional<String> input,
            Optional<Integer> outputs,
            boolean whiteBox,
            Optional<Double> accuracy,
            List<String> warnings) {}

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PlanDocument asked = data.in(model.in(PlanDocument.EMPTY))
                .withModel(model.named()
                        .orElseThrow(() ->
                                new ParameterException(spec.commandLine(), "Missing required parameter: 'MODEL'")));
        ModelOpening opening = ModelOpening.of(asked.model().orElseThrow(), console);
        ModelDescription description = opening.description();
        Optional<Dataset> given = data.isGiven()
                ? Optional.of(opening.laidOut(
                        data.opening(console).test(asked.data().orElseThrow().reference(), description::shape)))
                : Optional.empty();
        boolean whiteBox = description.obstacle().isEmpty();
        if (given.isEmpty() && description.needsData()) {
            print(description);
            console.say("The model was not run; add --data to check it with your data.");
            return ExitCode.PASS.code();
        }
        try (Classifier opened = given.<Classifier>map(
                        all -> whiteBox ? whiteBoxIfThereIsOne(opening, all) : opening.on(all, Access.BLACK_BOX))
                .orElseGet(opening::alone)) {
            Optional<Dataset> examples = given.map(all -> ModelOpening.laidOut(all, opened));
            Optional<Integer> outputs =
                    examples.map(all -> opened.logits(all.batch(0)).classes());
            Optional<InputDiagnostics> feeding = examples.map(all -> feeding(opened, all, outputs.orElseThrow()));
            examples.ifPresent(all -> DataOpening.sayNotice(
                    console,
                    feeding.flatMap(InputDiagnostics::data).orElse(all).origin().notice()));
            Findings findings = new Findings(
                    opened.card(),
                    description,
                    description.layers().isEmpty() ? opened.layers() : description.layers(),
                    examples.map(all -> all.shape().toString()),
                    outputs,
                    whiteBox && !opened.givesOnlyClasses(),
                    feeding.flatMap(InputDiagnostics::accuracy),
                    feeding.map(InputDiagnostics::warnings).orElse(List.of()));
            print(findings, feeding.map(InputDiagnostics::images).orElse(0));
            console.result(findings);
        }
        return ExitCode.PASS.code();
    }

    /**
     * The result of running the model on data.
     *
     * @param data the examples with the classes of the model; empty if they are incompatible
     * @param images the number of examples
     * @param accuracy the accuracy on them, if the labels correspond to its outputs and these are numbers
     * @param warnings the warnings
     */
    private record InputDiagnostics(
            Optional<Dataset> data, int images, Optional<Double> accuracy, List<String> warnings) {}

    private static InputDiagnostics feeding(Classifier opened, Dataset all, int outputs) {
        Dataset fitted;
        try {
            fitted = DataOpening.fitted(all, opened, outputs);
        } catch (GauntletException e) {
            // no accuracy, because the labels do not correspond to the model's outputs
            return new InputDiagnostics(Optional.empty(), 0, Optional.empty(), List.of(String.valueOf(e.getMessage())));
        }
        Batch sample = fitted.batch(Sample.stratified(fitted, SAMPLE, RandomKey.of(0)));
        Optional<String> broken = brokenOutputs(opened, sample);
        return new InputDiagnostics(
                Optional.of(fitted),
                sample.size(),
                broken.isPresent() ? Optional.empty() : Optional.of(InputScaleCheck.accuracy(opened, sample)),
                broken.or(() -> InputScaleCheck.find(opened, sample, fitted.classes())
                                .map(suspicion -> OptionNames.explained(suspicion.sentence(), suspicion.settings())))
                        .map(List::of)
                        .orElse(List.of()));
    }

    /** Reports images whose outputs are not finite; empty if there are none. */
    private static Optional<String> brokenOutputs(Classifier opened, Batch batch) {
        Logits logits = opened.logits(batch);
        int[] broken = IntStream.range(0, batch.size())
                .filter(row -> !logits.isFinite(row))
                .toArray();
        return broken.length == 0
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "the outputs for %,d of %,d images (first image %d) are NaN or infinite, so 'evaluate' will refuse the model; check its weights and its preprocessing.",
                        broken.length,
                        batch.size(),
                        batch.ids()[broken[0]]));
    }

    /** Opens the model; whether it returns only classes may show only when it runs. */
    private static Classifier whiteBoxIfThereIsOne(ModelOpening opening, Dataset all) {
        try {
            return opening.on(all, Access.WHITE_BOX);
        } catch (GauntletException e) {
            return classesOnly(opening, all).orElseThrow(() -> e);
        }
    }

    private static Optional<Classifier> classesOnly(ModelOpening opening, Dataset all) {
        Classifier queried;
        try {
            queried = opening.on(all, Access.BLACK_BOX);
        } catch (GauntletException e) {
            // the error of the white box is more informative
            return Optional.empty();
        }
        if (queried.givesOnlyClasses()) {
            return Optional.of(queried);
        }
        queried.close();
        return Optional.empty();
    }

    private void print(Findings findings, int images) {
        ModelCard card = findings.model();
        String parameters = card.parameters().isPresent()
                ? String.format(
                        Locale.ROOT, "%,d parameters, ", card.parameters().getAsLong())
                : "";
        console.say("Model      %s, %sengine %s", card.name(), parameters, card.engine());
        card.sha256().ifPresent(sum -> console.say("SHA-256    %s", sum));
        print(findings.description());
        if (findings.description().input().isEmpty()) {
            // then it comes from the data
            findings.input().ifPresent(shape -> console.say("Input      images of %s", shape));
            findings.outputs().ifPresent(count -> console.say("Output     %,d logits", count));
        }
        if (!findings.layers().isEmpty()) {
            console.say("Layers");
            findings.layers().stream().limit(LISTED_LAYERS).forEach(layer -> console.say("  %s", layer));
            if (findings.layers().size() > LISTED_LAYERS) {
                console.say("  and %,d more", findings.layers().size() - LISTED_LAYERS);
            }
        }
        String given = card.contract().toString();
        console.say("Receives   %s", given.isEmpty() ? "pixels in [0,1], unchanged" : given);
        for (CrossCheck check : card.crossChecks()) {
            console.say(
                    "Checked    outputs differ by at most %s from those of %s on %,d %s",
                    String.format(Locale.ROOT, "%.2g", check.largestDifference()),
                    check.reference(),
                    check.examples(),
                    check.inputs());
        }
        findings.accuracy()
                .ifPresent(accuracy -> console.say("Accuracy   %.1f %% of %,d images", 100 * accuracy, images));
        console.say(
                "Attacks    %s",
                findings.whiteBox()
                        ? "all (the model has a gradient)"
                        : "black-box only (--black-box), because the model has no gradient here");
        card.notices().forEach(console::warn);
        findings.warnings().forEach(console::warn);
    }

    private void print(ModelDescription description) {
        console.say("Format     %s", description.format());
        description.input().ifPresent(input -> console.say("Input      %s", input));
        description.output().ifPresent(output -> console.say("Output     %s", output));
        description
                .otherOutputs()
                .forEach(output -> console.say("           %s (ignored; select it with --logits)", output));
        description.obstacle().ifPresent(console::warn);
    }
}
