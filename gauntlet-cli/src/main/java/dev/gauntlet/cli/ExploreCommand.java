package dev.gauntlet.cli;

import dev.gauntlet.FilePath;
import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.explore.Exploration;
import dev.gauntlet.explore.ExploreServer;
import dev.gauntlet.explore.ExportedPage;
import dev.gauntlet.explore.OpenModel;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.report.ReportJson;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.ModelRef;
import java.awt.AWTError;
import java.awt.Desktop;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Serves the interactive page. */
@Command(
        name = "explore",
        description = {
            "Serves an interactive page for one or more models, or for a report: pick or draw an image, attack it, and see what the model says and what is proved.",
            "Without MODEL it shows the demo's network, plain and defended, which are trained at the first start and then kept in the cache.",
            "The page is on this machine only, at an address with a random token, which is printed on standard output. Ctrl-C ends it."
        },
        footer = {
            "Examples:",
            "  gauntlet explore",
            "  gauntlet explore model.onnx --data pictures --resize 256 --crop 224",
            "  gauntlet explore plain.safetensors defended.safetensors --dataset mnist",
            "  gauntlet explore --report runs/demo",
            "  gauntlet explore plain.safetensors defended.safetensors --export page.html"
        })
final class ExploreCommand implements Callable<Integer> {
    private static final int LARGEST_PORT = 65_535;

    @Mixin
    private ModelOptions model;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "MODEL",
            description = "More models for the same images; the model options hold for all.")
    private @Nullable List<String> more;

    @Heading(Heading.Topic.MODEL)
    @Option(names = "--black-box", description = "Give the attacks only the models' outputs, not their gradients.")
    private boolean blackBox;

    @Heading(Heading.Topic.MODEL)
    @Option(
            names = "--report",
            paramLabel = "REPORT",
            description = {
                "The directory of a report, or its report.json: shows its examples, with its model and data.",
                "Default: none."
            })
    private @Nullable Path report;

    @Mixin
    private OwnDataOptions data;

    @Heading(Heading.Topic.OUTPUT)
    @Option(
            names = "--port",
            paramLabel = "N",
            description = {"The port of the page on this machine.", "Default: any that is free."})
    private int port;

    @Heading(Heading.Topic.OUTPUT)
    @Option(names = "--open", description = "Open the page in the browser of the desktop.")
    private boolean open;

    @Heading(Heading.Topic.OUTPUT)
    @Option(
            names = "--export",
            paramLabel = "FILE",
            description = {
                "Write the page as one HTML file that works without Gauntlet, instead of serving it: models of at most 2,000,000 parameters, up to 100 examples, FGSM and PGD in L-infinity.",
                "Default: none."
            })
    private @Nullable Path export;

    @Heading(Heading.Topic.OUTPUT)
    @Option(names = "--force", description = "Replace the file of --export if it exists.")
    private boolean force;

    @Mixin
    private Console console;

    @Override
    public Integer call() {
        if (port < 0 || port > LARGEST_PORT) {
            throw new GauntletException("--port must be from 0 to %d, got %d.".formatted(LARGEST_PORT, port));
        }
        if (export != null) {
            return export(new OutputFile(export, "--export"));
        }
        if (force) {
            throw new GauntletException("--force replaces the file of --export, which is not given.");
        }
        try (var interruption = Interruption.says(console, "the page is closed.")) {
            Exploration exploration = exploration();
            try (ExploreServer server = ExploreServer.start(exploration, port)) {
                DataOpening.sayNotice(console, exploration.data().origin().notice());
                console.endProgress();
                console.say("Page      %s", server.address());
                console.say("It is for this machine only; Ctrl-C ends it.");
                console.result(Map.of("address", server.address().toString()));
                if (open) {
                    open(server.address());
                }
                waitForTheEnd();
            } finally {
                exploration.models().forEach(each -> each.classifier().close());
            }
        }
        return ExitCode.PASS.code();
    }

    /** Writes the page as a file instead of serving it. */
    private int export(OutputFile file) {
        if (blackBox) {
            throw new GauntletException(
                    "--export writes the weights of the model into the page; leave out --black-box.");
        }
        if (open || port != 0) {
            throw new GauntletException("%s is for a page that is served; leave it out, or --export."
                    .formatted(open ? "--open" : "--port"));
        }
        file.requireWritable(force);
        try (var interruption = Interruption.says(console, "no page was written.")) {
            Exploration exploration = exploration();
            try {
                DataOpening.sayNotice(console, exploration.data().origin().notice());
                file.createFolder();
                ExportedPage.write(exploration, file.path());
                console.endProgress();
                console.say("Page      %s", file.path());
                console.result(Map.of("page", file.path().toString()));
            } finally {
                exploration.models().forEach(each -> each.classifier().close());
            }
        }
        return ExitCode.PASS.code();
    }

    /** Waits until the process ends, or this thread is interrupted. */
    private static void waitForTheEnd() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void open(URI address) {
        try {
            if (Desktop.isDesktopSupported() && Desktop.getDesktop().isSupported(Desktop.Action.BROWSE)) {
                // the command line of a browser is visible to other users, and the address contains the token
                Desktop.getDesktop().browse(AddressFile.of(address).toUri());
                return;
            }
        } catch (IOException | UnsupportedOperationException | AWTError | LinkageError e) {
            // a display that does not answer and a Java without a desktop are errors, which must not end the server
            console.warn("The browser cannot be opened (%s); open the address in a browser.".formatted(e));
            return;
        }
        console.warn("Java cannot open a browser on this machine; open the address in a browser.");
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        model.named().ifPresent(names::add);
        if (more != null) {
            names.addAll(more);
        }
        return names;
    }

    private Exploration exploration() {
        if (names().isEmpty() && model.isFed()) {
            throw new GauntletException("Options of the model need a MODEL.");
        }
        if (report != null) {
            return ofReport(report);
        }
        return names().isEmpty() ? ofDemo() : ofModels();
    }

    private Exploration ofDemo() {
        TrainTest found = data.opening(console).trainTest(reference(options()));
        List<OpenModel> models = DemoNetworks.open(found, blackBox ? Access.BLACK_BOX : Access.WHITE_BOX, console);
        try {
            return opened(models, found.test(), reference(options()), Optional.empty());
        } catch (RuntimeException e) {
            models.forEach(each -> each.classifier().close());
            throw e;
        }
    }

    private Exploration ofModels() {
        PlanDocument options = options();
        return open(names().stream().map(options::withModel).toList(), names(), reference(options), Optional.empty());
    }

    private Exploration ofReport(Path place) {
        RobustnessReport record = ReportJson.read(place);
        if (data.isGiven()) {
            throw new GauntletException("A report has its own data; leave out --data and --dataset, or --report.");
        }
        PlanDocument first = PlanDocument.of(
                record.request().withModel(modelOf(record, Files.isDirectory(place) ? place : folder(place))));
        List<PlanDocument> plans = new ArrayList<>();
        List<String> titles = new ArrayList<>();
        plans.add(first);
        titles.add(record.model().name());
        for (String name : names()) {
            plans.add(options().withModel(name));
            titles.add(name);
        }
        return open(plans, titles, record.request().data(), Optional.of(record));
    }

    private static Path folder(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        return folder == null ? Path.of("") : folder;
    }

    /**
     * Finds the model of a record: where it was or, if it is not there any more or the run trained it, next to the report. Its checksum
     * is that of the run, so another one is refused.
     */
    private static ModelRef modelOf(RobustnessReport record, Path home) {
        ModelRef recorded = record.request().model();
        if (recorded instanceof ModelRef.Trained) {
            Path weights = home.resolve(ReportOptions.WEIGHTS);
            if (!Files.exists(weights)) {
                throw new GauntletException(
                        "The network of the report was trained by its run, and its weights %s are not next to the report any more."
                                .formatted(weights));
            }
            return new ModelRef.File(
                    weights.toString(),
                    Optional.empty(),
                    InputSpec.RAW,
                    record.model().sha256());
        }
        if (recorded instanceof ModelRef.File file && Files.notExists(FilePath.of(file.path()))) {
            Path beside = home.resolve(fileName(file.path()));
            return Files.exists(beside)
                    ? new ModelRef.File(beside.toString(), file.network(), file.input(), file.sha256())
                    : file;
        }
        return recorded;
    }

    private PlanDocument options() {
        return data.in(model.in(PlanDocument.EMPTY));
    }

    private static DataRef reference(PlanDocument options) {
        return options.data()
                .map(PlanDocument.Data::reference)
                .orElseGet(() -> new DataRef.Named(Optional.empty(), Optional.empty(), Map.of()));
    }

    private Exploration open(
            List<PlanDocument> plans, List<String> titles, DataRef reference, Optional<RobustnessReport> record) {
        List<ModelOpening> openings = plans.stream()
                .map(plan -> ModelOpening.of(plan.model().orElseThrow(), console))
                .toList();
        ModelOpening first = openings.get(0);
        Dataset given = first.laidOut(data.opening(console).test(reference, first.description()::shape));
        reference.requireSame(given.origin());
        List<OpenModel> models = new ArrayList<>();
        try {
            for (int i = 0; i < openings.size(); i++) {
                models.add(open(openings.get(i), title(titles, i), given));
            }
            return opened(models, given, reference, record);
        } catch (RuntimeException e) {
            models.forEach(each -> each.classifier().close());
            throw e;
        }
    }

    private OpenModel open(ModelOpening opening, String title, Dataset given) {
        Access access = blackBox || opening.obstacle().isPresent() ? Access.BLACK_BOX : Access.WHITE_BOX;
        try (ProgressView.Task task = console.task("loading the model")) {
            Classifier opened = opening.on(given, access);
            try {
                opening.reference().requireSame(opened.card());
                // before what may be refused because of them
                EvaluationOutput.sayNotices(opened.card(), console);
            } catch (RuntimeException e) {
                opened.close();
                throw e;
            }
            return new OpenModel(title, opened, opening.reference(), access);
        }
    }

    /** Returns the name of a model's file, or as much more of it as tells it from the others. */
    private static String title(List<String> names, int position) {
        List<String> titles = names.stream().map(ExploreCommand::fileName).toList();
        if (Collections.frequency(titles, titles.get(position)) == 1) {
            return titles.get(position);
        }
        String name = names.get(position);
        return Collections.frequency(names, name) == 1 ? name : "%s (%d)".formatted(name, position + 1);
    }

    private static String fileName(String name) {
        return PlanDocument.Model.isAddress(name)
                ? name
                : String.valueOf(FilePath.of(name).getFileName());
    }

    private static Exploration opened(
            List<OpenModel> models, Dataset given, DataRef reference, Optional<RobustnessReport> record) {
        Dataset test = given;
        OptionalInt expected = OptionalInt.empty();
        for (OpenModel model : models) {
            test = ModelOpening.laidOut(test, model.classifier());
            int outputs = model.classifier().logits(test.batch(0)).classes();
            if (expected.orElse(outputs) != outputs) {
                throw new GauntletException(
                        "The models have %d and %d outputs; explore models of the same classes together."
                                .formatted(expected.getAsInt(), outputs));
            }
            expected = OptionalInt.of(outputs);
            test = DataOpening.fitted(test, model.classifier(), outputs);
        }
        return new Exploration(models, test, reference, record);
    }
}
