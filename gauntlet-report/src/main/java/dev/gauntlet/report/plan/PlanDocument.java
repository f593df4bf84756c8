package dev.gauntlet.report.plan;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Setting;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.AttackGoal;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.request.Certificates;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.DecisionGoal;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.Execution;
import dev.gauntlet.request.HttpExchange;
import dev.gauntlet.request.Limits;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.request.NetworkSpec;
import dev.gauntlet.request.Sampling;
import dev.gauntlet.request.Suite;
import dev.gauntlet.request.Threat;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * What a plan says. Whatever it leaves out has its default, or is said elsewhere, such as on the command line; {@link
 * #request} is the whole.
 *
 * <p>The components are the sections of a plan, and theirs are the keys, written {@code query-budget} for {@code queryBudget}.
 *
 * <p>Example: {@code PlanFile.read(Path.of("robustness.toml")).request()}.
 *
 * @param model the model in a file, behind an address or in a program
 * @param training the network that the evaluation trains itself, instead of a model
 * @param data the examples
 * @param sample which of the examples
 * @param threat what the adversary may change, and what it wants
 * @param attack the attacks
 * @param certify when and how examples are certified
 * @param diagnostics what may be spent on finding out what the number is worth
 * @param limit when the evaluation may end early
 * @param run how the work is divided
 * @param gate what is required of the result
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record PlanDocument(
        Optional<Model> model,
        Optional<Training> training,
        Optional<Data> data,
        Optional<Sample> sample,
        Optional<Adversary> threat,
        Optional<Attacks> attack,
        Optional<Certify> certify,
        Optional<Diagnostics> diagnostics,
        Optional<Limit> limit,
        Optional<Run> run,
        Optional<Gate> gate) {
    /** A plan that says nothing. */
    public static final PlanDocument EMPTY = new PlanDocument(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    private static final String DEFAULT_CERTIFIER = "crown";

    private static final String DEFAULT_ATTACK = "fgsm";

    /** A section of a plan. */
    public sealed interface Section
            permits Model, Training, Data, Sample, Adversary, Attacks, Certify, Diagnostics, Limit, Run, Gate {}

    /**
     * The model in a file, behind an address or in a program.
     *
     * @param file the file, or an address of HTTP or HTTPS
     * @param sha256 the checksum of its weights
     * @param network the architecture of weights that do not say it: a name, a line of layers, or a file in TOML
     * @param networkInput the shape of an image of that architecture
     * @param networkWeights the names of the weights of its layers
     * @param inputMax the input value of a white pixel
     * @param mean the means that are subtracted then
     * @param std the standard deviations that divide then
     * @param layout the order of the model's input
     * @param logits the output that holds the logits
     * @param request the body that is posted to an address
     * @param response the place of the outputs in the answer
     * @param headers the headers that are sent along
     * @param timeout how many seconds an answer may take
     * @param retries how often a request is repeated
     * @param rate the most requests in a second
     * @param queryBudget how many images may be asked about in all
     * @param send how many images are sent at once
     * @param inProcess the name of a model that a program had made
     * @param architecture its layers in words
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    public record Model(
            @JsonPropertyDescription("The file of the model, or its http:// or https:// address.")
            Optional<String> file,

            @JsonPropertyDescription("The SHA-256 of the weights; a model with another one is refused.")
            Optional<String> sha256,

            @JsonPropertyDescription(
                    "The architecture of externally trained weights: a name such as mlp:784-1000-10, a line of layers, or a TOML file.")
            Optional<String> network,

            @JsonPropertyDescription(
                    "The image shape of that architecture, such as 3x32x32. Default: that of the data.")
            Optional<ImageShape> networkInput,

            @JsonPropertyDescription("The names of the weights of its layers, in order. Default: those of the file.")
            Optional<List<String>> networkWeights,

            @JsonPropertyDescription(
                    "The input value of a white pixel: 1, or 255 if the model takes bytes. Default: 1.")
            @Range(from = 0, above = true)
            OptionalDouble inputMax,

            @JsonPropertyDescription("The mean that the model's preprocessing subtracts, for each channel.")
            Optional<List<Double>> mean,

            @JsonPropertyDescription("The standard deviation by which it divides, for each channel.")
            @Range(from = 0, above = true)
            Optional<List<Double>> std,

            @JsonPropertyDescription("The order of the model's input. Default: what the file suggests.")
            Optional<Layout> layout,

            @JsonPropertyDescription("The output that holds the logits: its name, its key, or its place from 0.")
            Optional<String> logits,

            @JsonPropertyDescription("The JSON that is posted to an address, with {{images}} or {{image}} in it.")
            Optional<String> request,

            @JsonPropertyDescription("The JSON pointer of the outputs in the answer. Default: /predictions.")
            Optional<String> response,

            @JsonPropertyDescription("Headers, each NAME:VALUE or NAME:$VARIABLE for an environment variable.")
            Optional<List<String>> headers,

            @JsonPropertyDescription("How many seconds an answer may take. Default: 10.")
            @Range(from = 0, above = true, to = Model.LONGEST_TIMEOUT)
            OptionalDouble timeout,

            @JsonPropertyDescription("How often a request is repeated after a failure that may pass. Default: 3.")
            @Range(from = 0)
            OptionalInt retries,

            @JsonPropertyDescription("The most requests in a second. Default: no limit.") @Range(from = 0, above = true)
            OptionalDouble rate,

            @JsonPropertyDescription("How many images may be sent in all. Default: no limit.") @Range(from = 1)
            OptionalLong queryBudget,

            @JsonPropertyDescription("How many images are sent in one request. Default: 32.") @Range(from = 1)
            OptionalInt send,

            @JsonPropertyDescription("In the record of a run: the name of a model that a Java program had made.")
            Optional<String> inProcess,

            @JsonPropertyDescription("In the record of a run: the layers of that model in words.")
            Optional<String> architecture)
            implements Section {
        private static final double LONGEST_TIMEOUT = 1e6;

        private static final List<String> ADDRESSES = List.of("http://", "https://");

        static Model of(ModelRef reference) {
            if (reference instanceof ModelRef.InProcess made) {
                return new Model(
                        Optional.empty(),
                        made.sha256(),
                        Optional.empty(),
                        InputSpec.RAW,
                        HttpExchange.DEFAULT,
                        Optional.of(made.name()),
                        Optional.of(made.architecture()));
            }
            if (reference instanceof ModelRef.Http http) {
                return new Model(
                        Optional.of(http.address()),
                        Optional.empty(),
                        Optional.empty(),
                        http.input(),
                        http.exchange(),
                        Optional.empty(),
                        Optional.empty());
            }
            ModelRef.File file = (ModelRef.File) reference;
            return new Model(
                    Optional.of(file.path()),
                    file.sha256(),
                    file.network(),
                    file.input(),
                    HttpExchange.DEFAULT,
                    Optional.empty(),
                    Optional.empty());
        }

        /** Says nothing of what is as usual. */
        Model(
                Optional<String> file,
                Optional<String> sha256,
                Optional<NetworkSpec> network,
                InputSpec input,
                HttpExchange exchange,
                Optional<String> inProcess,
                Optional<String> architecture) {
            this(
                    file,
                    sha256,
                    network.map(NetworkSpec::layers),
                    network.flatMap(NetworkSpec::input),
                    network.map(NetworkSpec::weights).filter(weights -> !weights.isEmpty()),
                    input.inputMax() == 1 ? OptionalDouble.empty() : OptionalDouble.of(input.inputMax()),
                    filled(input.mean()),
                    filled(input.std()),
                    input.layout(),
                    input.logits(),
                    unless(exchange.request(), HttpExchange.DEFAULT.request()),
                    unless(exchange.response(), HttpExchange.DEFAULT.response()),
                    filled(exchange.headers().stream()
                            .map(HttpExchange.Header::toString)
                            .toList()),
                    exchange.timeout().equals(HttpExchange.DEFAULT.timeout())
                            ? OptionalDouble.empty()
                            : OptionalDouble.of(exchange.timeout().toMillis() / 1000.0),
                    exchange.retries() == HttpExchange.DEFAULT.retries()
                            ? OptionalInt.empty()
                            : OptionalInt.of(exchange.retries()),
                    exchange.requestsPerSecond(),
                    exchange.queryBudget(),
                    exchange.batch() == HttpExchange.DEFAULT.batch()
                            ? OptionalInt.empty()
                            : OptionalInt.of(exchange.batch()),
                    inProcess,
                    architecture);
        }

        /**
         * Tells whether a text is an address and not a file.
         *
         * @param text the text
         * @return whether it begins as an address of HTTP or HTTPS does
         */
        public static boolean isAddress(String text) {
            return ADDRESSES.stream().anyMatch(text::startsWith);
        }

        /** Returns the same for another file, whose checksum is not known. */
        Model with(String otherFile) {
            return new Model(
                    Optional.of(otherFile),
                    Optional.empty(),
                    network,
                    networkInput,
                    networkWeights,
                    inputMax,
                    mean,
                    std,
                    layout,
                    logits,
                    request,
                    response,
                    headers,
                    timeout,
                    retries,
                    rate,
                    queryBudget,
                    send,
                    Optional.empty(),
                    Optional.empty());
        }

        /**
         * Returns which model is meant.
         *
         * @return the reference
         * @throws GauntletException if none is named, or two values contradict each other
         */
        public ModelRef reference() {
            if (inProcess.isPresent()) {
                return new ModelRef.InProcess(inProcess.get(), architecture.orElse(""), sha256);
            }
            String place =
                    file.orElseThrow(() -> new GauntletException("No model is named; name its file or its address."));
            if (!isAddress(place)) {
                return new ModelRef.File(place, architectureOfWeights(), input(), sha256);
            }
            if (network.isPresent()) {
                throw new GauntletException(
                        "%s is an address, for which an architecture has no meaning; leave it out.".formatted(place),
                        Setting.NETWORK);
            }
            return new ModelRef.Http(place, exchange(), input());
        }

        private Optional<NetworkSpec> architectureOfWeights() {
            return network.map(NetworkFile::read)
                    .map(read -> new NetworkSpec(
                            read.layers(), networkInput.or(read::input), networkWeights.orElse(read.weights())));
        }

        private InputSpec input() {
            return new InputSpec(inputMax.orElse(1), mean.orElse(List.of()), std.orElse(List.of()), layout, logits);
        }

        private HttpExchange exchange() {
            if (timeout.isPresent() && !(timeout.getAsDouble() > 0 && timeout.getAsDouble() <= LONGEST_TIMEOUT)) {
                throw new GauntletException("The time for an answer must be above 0 and at most %.0f seconds, got %s."
                        .formatted(LONGEST_TIMEOUT, timeout.getAsDouble()));
            }
            HttpExchange usual = HttpExchange.DEFAULT;
            return new HttpExchange(
                    request.orElse(usual.request()),
                    response.orElse(usual.response()),
                    headers.orElse(List.of()).stream()
                            .map(HttpExchange.Header::parse)
                            .toList(),
                    timeout.isPresent()
                            ? Duration.ofMillis((long) Math.ceil(1000 * timeout.getAsDouble()))
                            : usual.timeout(),
                    retries.orElse(usual.retries()),
                    rate,
                    queryBudget,
                    send.orElse(usual.batch()));
        }
    }

    /**
     * A network that the evaluation trains itself, on the training examples of its data.
     *
     * @param network the architecture: a name or a line of layers
     * @param epochs how often each training example is seen
     * @param batchSize how many examples a step sees
     * @param learningRate the step size
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    public record Training(
            @JsonPropertyDescription("The architecture: a name such as mlp or lenet, or a line of layers.")
            Optional<String> network,

            @JsonPropertyDescription("Passes over the training data.") @Range(from = 1)
            OptionalInt epochs,

            @JsonPropertyDescription("Examples in a step.") @Range(from = 1)
            OptionalInt batchSize,

            @JsonPropertyDescription("The step size of Adam.") @Range(from = 0, above = true)
            OptionalDouble learningRate)
            implements Section {
        private static Training of(ModelRef.Trained trained) {
            return new Training(
                    Optional.of(trained.network()),
                    OptionalInt.of(trained.epochs()),
                    OptionalInt.of(trained.batchSize()),
                    OptionalDouble.of(trained.learningRate()));
        }

        private ModelRef reference() {
            ModelRef.Trained usual = ModelRef.Trained.DEFAULT;
            return new ModelRef.Trained(
                    network.orElse(usual.network()),
                    epochs.orElse(usual.epochs()),
                    batchSize.orElse(usual.batchSize()),
                    learningRate.orElse(usual.learningRate()));
        }
    }

    /**
     * The examples.
     *
     * @param name a data set with a name
     * @param folder the folder of its files
     * @param path the user's own file or folder
     * @param labels the file with the labels
     * @param classes the names of the classes
     * @param labelColumn the column with the labels
     * @param strict whether a folder with files that would be left out is refused
     * @param layout the order of the pixels in an array
     * @param imageShape the shape of the images that rows of numbers stand for
     * @param resize the length of the shorter side after resizing
     * @param crop the side of the square that is kept of the middle
     * @param channels in how many channels images are read
     * @param sha256 the checksums by file name
     * @param inProcess the name of data that a program had made
     * @param split which part of it
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    public record Data(
            @JsonPropertyDescription("A data set by its name. Default: mnist or, where that is not available, digits.")
            Optional<NamedDataset> name,

            @JsonPropertyDescription("The folder of its files. Default: GAUNTLET_DATA, the cache, a download.")
            Optional<String> folder,

            @JsonPropertyDescription("Your own file or folder, instead of a name.")
            Optional<String> path,

            @JsonPropertyDescription("The .npy file with the labels. Default: they are in the same file.")
            Optional<String> labels,

            @JsonPropertyDescription("The class names in the order of the model's outputs, or each NAME=NUMBER.")
            Optional<List<String>> classes,

            @JsonPropertyDescription(
                    "The column of a CSV file with the labels: its name, its number from 1 on, or last.")
            Optional<String> labelColumn,

            @JsonPropertyDescription("Whether a folder is refused that holds files which would be left out.")
            Optional<Boolean> strict,

            @JsonPropertyDescription("The order of the pixels in an array. Default: what the sides suggest.")
            Optional<Layout> layout,

            @JsonPropertyDescription("The image shape that rows of numbers stand for, such as 1x28x28.")
            Optional<ImageShape> imageShape,

            @JsonPropertyDescription("Resize images so that the shorter side has this many pixels.") @Range(from = 1)
            OptionalInt resize,

            @JsonPropertyDescription("Keep a square of this many pixels from the center.") @Range(from = 1)
            OptionalInt crop,

            @JsonPropertyDescription("Read images in color (3) or in grayscale (1).") @Range(from = 1)
            OptionalInt channels,

            @JsonPropertyDescription("The SHA-256 of each file; data with another one is refused.")
            Optional<Map<String, String>> sha256,

            @JsonPropertyDescription("In the record of a run: the name of data that a Java program had made.")
            Optional<String> inProcess,

            @JsonPropertyDescription("In the record of a run: the split of that data.")
            Optional<String> split)
            implements Section {
        private static final Data NONE = named(Optional.empty(), Optional.empty());

        public Data {
            if (labelColumn.isPresent() && labelColumn.get().isBlank()) {
                throw new GauntletException(
                        "The label column is empty; write its name, its number from 1 on, or last.");
            }
        }

        /**
         * Returns a section that names a data set and says nothing else.
         *
         * @param name the data set, if any
         * @param folder the folder of its files, if any
         * @return the section
         */
        public static Data named(Optional<NamedDataset> name, Optional<String> folder) {
            return withoutFiles(name, folder, Optional.empty(), Optional.empty(), Optional.empty());
        }

        private static Data withoutFiles(
                Optional<NamedDataset> name,
                Optional<String> folder,
                Optional<Map<String, String>> sha256,
                Optional<String> inProcess,
                Optional<String> split) {
            return new Data(
                    name,
                    folder,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    OptionalInt.empty(),
                    OptionalInt.empty(),
                    OptionalInt.empty(),
                    sha256,
                    inProcess,
                    split);
        }

        private static Data of(DataRef reference) {
            Optional<Map<String, String>> sums = Optional.of(reference.sha256()).filter(known -> !known.isEmpty());
            if (reference instanceof DataRef.Files files) {
                return new Data(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(files.path()),
                        files.labels(),
                        filled(files.classes()),
                        files.labelColumn(),
                        files.images().strict() ? Optional.of(true) : Optional.empty(),
                        files.layout(),
                        files.imageShape(),
                        files.images().resize(),
                        files.images().crop(),
                        files.images().channels(),
                        sums,
                        Optional.empty(),
                        Optional.empty());
            }
            Optional<DataRef.Named> named =
                    reference instanceof DataRef.Named known ? Optional.of(known) : Optional.empty();
            Optional<DataRef.InProcess> made =
                    reference instanceof DataRef.InProcess known ? Optional.of(known) : Optional.empty();
            return withoutFiles(
                    named.flatMap(DataRef.Named::dataset),
                    named.flatMap(DataRef.Named::folder),
                    sums,
                    made.map(DataRef.InProcess::name),
                    made.map(DataRef.InProcess::split));
        }

        /**
         * Returns which data is meant.
         *
         * @return the reference
         * @throws GauntletException if two values contradict each other
         */
        public DataRef reference() {
            Map<String, String> sums = sha256.orElse(Map.of());
            if (inProcess.isPresent()) {
                return new DataRef.InProcess(inProcess.get(), split.orElse("test"), sums);
            }
            if (path.isPresent()) {
                if (name.isPresent()) {
                    throw new GauntletException(
                            "Your own data and a data set by its name exclude each other; leave one out.",
                            Setting.DATA,
                            Setting.DATASET);
                }
                return new DataRef.Files(
                        path.get(),
                        labels,
                        classes.orElse(List.of()),
                        labelColumn,
                        layout,
                        imageShape,
                        new DataRef.ImageFiles(resize, crop, channels, strict.orElse(false)),
                        sums);
            }
            ofFilesOnly().findFirst().ifPresent(setting -> {
                throw new GauntletException(
                        "This is for your own data, but none is named; name its file or folder, or leave it out.",
                        setting,
                        Setting.DATA);
            });
            return new DataRef.Named(name, folder, sums);
        }

        private Stream<Setting> ofFilesOnly() {
            return Stream.of(
                            labels.map(given -> Setting.LABELS),
                            imageShape.map(given -> Setting.IMAGE_SHAPE),
                            labelColumn.map(given -> Setting.LABEL_COLUMN),
                            strict.filter(given -> given).map(given -> Setting.STRICT),
                            classes.map(given -> Setting.CLASSES),
                            layout.map(given -> Setting.DATA_LAYOUT),
                            present(resize).map(given -> Setting.RESIZE),
                            present(crop).map(given -> Setting.CROP),
                            present(channels).map(given -> Setting.CHANNELS))
                    .flatMap(Optional::stream);
        }

        private static Optional<Integer> present(OptionalInt number) {
            return number.isPresent() ? Optional.of(number.getAsInt()) : Optional.empty();
        }
    }

    /**
     * Which of the examples.
     *
     * @param examples how many are drawn
     * @param seed the seed of every random choice
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    public record Sample(
            @JsonPropertyDescription("The size of the stratified random sample. Default: all examples.")
            @Range(from = 1)
            OptionalInt examples,

            @JsonPropertyDescription("The seed of every random choice. Default: 0.")
            OptionalLong seed)
            implements Section {
        private static Sample of(Sampling sampling) {
            return new Sample(sampling.examples(), OptionalLong.of(sampling.seed()));
        }
    }

    /**
     * What the adversary may change, and what it wants.
     *
     * @param norm how distance is measured
     * @param epsilons the budgets
     * @param target the class that counts as success
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    public record Adversary(
            @JsonPropertyDescription("How the size of a change is measured. Default: linf.")
            Optional<Norm> norm,

            @JsonPropertyDescription("How large a change may be, where black is 0 and white is 1; also \"8/255\".")
            @Range(from = 0)
            Optional<List<Double>> epsilons,

            @JsonPropertyDescription(
                    "The class that counts as success, by its name or number; or next. Default: any wrong answer.")
            Optional<String> target)
            implements Section {
        private static Adversary of(Threat threat) {
            return new Adversary(
                    Optional.of(threat.norm()),
                    Optional.of(threat.budgets().stream().map(LpBall::epsilon).toList()),
                    threat.goal().isTargeted() ? Optional.of(threat.goal().toString()) : Optional.empty());
        }

        private Threat threat() {
            Norm measured = norm.orElse(Norm.LINF);
            return new Threat(
                    Stream.concat(Stream.of(0.0), epsilons.orElse(Threat.usualEpsilons(measured)).stream())
                            .map(epsilon -> new LpBall(measured, epsilon))
                            .toList(),
                    target.map(AttackGoal::parse).orElseGet(AttackGoal.AnyError::new));
        }
    }

    /**
     * The attacks.
     *
     * @param list the attacks with their options
     * @param suite a suite of attacks, instead of a list
     * @param blackBox whether the attacks see only the outputs of the model
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    public record Attacks(
            @JsonPropertyDescription("The attacks with their options, such as pgd:steps=100,restarts=5. Default: fgsm.")
            Optional<List<String>> list,

            @JsonPropertyDescription("A suite of attacks, instead of a list.")
            Optional<Suite> suite,

            @JsonPropertyDescription("Whether the attacks see only the outputs of the model, not its gradients.")
            Optional<Boolean> blackBox)
            implements Section {
        private static Attacks of(EvaluationRequest request) {
            return new Attacks(
                    Optional.of(
                            request.attacks().stream().map(AttackRef::toString).toList()),
                    Optional.empty(),
                    request.access() == Access.BLACK_BOX ? Optional.of(true) : Optional.empty());
        }

        private Access access() {
            return blackBox.orElse(false) ? Access.BLACK_BOX : Access.WHITE_BOX;
        }

        private List<AttackRef> attacks(Threat threat) {
            if (suite.isEmpty()) {
                return list.orElse(List.of(DEFAULT_ATTACK)).stream()
                        .map(AttackRef::parse)
                        .distinct()
                        .toList();
            }
            if (list.isPresent()) {
                throw new GauntletException(
                        "Both a suite and attacks are named; leave one of them out.", Setting.SUITE, Setting.ATTACK);
            }
            if (access() == Access.BLACK_BOX) {
                throw new GauntletException(
                        "The suite %s has attacks that need gradients, which a black box does not give; name the attacks yourself, such as square."
                                .formatted(suite.get().id()),
                        Setting.ACCESS,
                        Setting.SUITE);
            }
            if (threat.goal().isTargeted()) {
                throw new GauntletException(
                        "The suite %s has attacks without a targeted variant; leave out the target, or name the attacks yourself, such as pgd."
                                .formatted(suite.get().id()),
                        Setting.TARGET,
                        Setting.SUITE);
            }
            return suite.get().attacks(threat.norm()).stream()
                    .map(AttackRef::of)
                    .toList();
        }
    }

    /**
     * When and how examples are certified.
     *
     * @param when before or after the attacks
     * @param method the certifier with its options
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    public record Certify(
            @JsonPropertyDescription(
                    "Prove which images are robust: first, before the attacks, which are not run on what is certified; or after, on the images that withstand them. Default: no certificates.")
            Optional<Certificates.Moment> when,

            @JsonPropertyDescription(
                    "The method with its options: intervals, crown or complete, such as complete:domains=500. Default: crown.")
            Optional<String> method)
            implements Section {
        private static Certify of(Certificates certificates) {
            return new Certify(Optional.of(certificates.moment()), Optional.of(certificates.certifier()));
        }

        private Optional<Certificates> certificates() {
            if (when.isEmpty() && method.isPresent()) {
                throw new GauntletException(
                        "A method of certificates is named, but not when they are made; say first or after.",
                        Setting.CERTIFY);
            }
            return when.map(moment -> new Certificates(moment, method.orElse(DEFAULT_CERTIFIER)));
        }
    }

    /**
     * What may be spent on finding out what the number is worth.
     *
     * @param effort how much
     * @param tolerance the overstatement of the robust accuracy that is tolerated
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    public record Diagnostics(
            @JsonPropertyDescription(
                    "What the diagnostics may spend: off, auto (a quarter of the cost of the attacks) or full. Default: auto.")
            Optional<DiagnosticsBudget.Effort> effort,

            @JsonPropertyDescription(
                    "The overstatement of the robust accuracy above which an evaluation is suspect. Default: 0.005.")
            @Range(from = 0, above = true, to = DiagnosticsBudget.RESOLUTION)
            OptionalDouble tolerance)
            implements Section {
        private static Diagnostics of(DiagnosticsBudget budget) {
            return new Diagnostics(
                    Optional.of(budget.effort()),
                    budget.tolerance() == DiagnosticsBudget.DEFAULT_TOLERANCE
                            ? OptionalDouble.empty()
                            : OptionalDouble.of(budget.tolerance()));
        }

        private DiagnosticsBudget budget() {
            return new DiagnosticsBudget(
                    effort.orElse(DiagnosticsBudget.Effort.AUTO),
                    tolerance.orElse(DiagnosticsBudget.DEFAULT_TOLERANCE));
        }
    }

    /**
     * When the evaluation may end early.
     *
     * @param time after which time
     * @param gradients after how many backward passes
     * @param decide what is to be settled
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    public record Limit(
            @JsonPropertyDescription("End after this time with the results so far, such as 90s, 30m or 2h.")
            Optional<Duration> time,

            @JsonPropertyDescription("Begin nothing new after this many backward passes.") @Range(from = 1)
            OptionalLong gradients,

            @JsonPropertyDescription(
                    "End once it is settled whether the accuracy at an epsilon is at least a share, such as 8/255=0.4.")
            Optional<DecisionGoal> decide)
            implements Section {
        private static Limit of(Limits limits) {
            return new Limit(limits.time(), limits.backwards(), limits.question());
        }

        private Limits limits() {
            return new Limits(time, gradients, decide);
        }
    }

    /**
     * How the work is divided.
     *
     * @param shardSize how many examples are computed together at most
     * @param workers how many threads compute
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    public record Run(
            @JsonPropertyDescription(
                    "How many images are computed together at most. Default: 1000, large images fewer.")
            @Range(from = 1)
            OptionalInt shardSize,

            @JsonPropertyDescription("The number of threads; it never changes a result. Default: one per processor.")
            @Range(from = 1)
            OptionalInt workers)
            implements Section {
        private static Run of(Execution execution) {
            return new Run(execution.shardSize(), execution.workers());
        }

        private Execution execution() {
            return new Execution(shardSize, workers);
        }
    }

    /**
     * What is required of the result.
     *
     * @param dataset the data set that the report has to be on
     * @param at the budgets at which something is required
     * @param minRobustAccuracy the robust accuracy that is required, one for all budgets or one for each
     * @param perClassMin the robust accuracy that is required of every class
     * @param minCertifiedAccuracy the certified accuracy that is required
     * @param baseline the report of another model
     * @param noWorseThan how much may be lost against it
     * @param maxOverstatement how much the robust accuracy may be overstated
     * @param forbid the trust at which the gate fails
     */
    @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
    public record Gate(
            @JsonPropertyDescription("The data set that the report must be on. Default: any.")
            Optional<String> dataset,

            @JsonPropertyDescription(
                    "Where robustness is required, such as linf:8/255; epsilon 0 is the clean accuracy.")
            Optional<List<LpBall>> at,

            @JsonPropertyDescription("The required robust accuracy, one for all budgets or one for each.")
            @Range(from = 0, to = 1)
            Optional<List<Double>> minRobustAccuracy,

            @JsonPropertyDescription("The robust accuracy that every class must have.") @Range(from = 0, to = 1)
            OptionalDouble perClassMin,

            @JsonPropertyDescription("The certified accuracy that is required: the share that is proved robust.")
            @Range(from = 0, to = 1)
            OptionalDouble minCertifiedAccuracy,

            @JsonPropertyDescription("The report of another model, or an older one, on the same data.")
            Optional<String> baseline,

            @JsonPropertyDescription("How much of the baseline's robust accuracy may be lost. Default: 0.")
            @Range(from = 0, to = 1)
            OptionalDouble noWorseThan,

            @JsonPropertyDescription(
                    "How much lower the robust accuracy under a stronger attack may be at most, with 95 % confidence.")
            @Range(from = 0, to = 1)
            OptionalDouble maxOverstatement,

            @JsonPropertyDescription("Fail if the evaluation's trust is this or worse.")
            Optional<Trust> forbid)
            implements Section {}

    /**
     * Writes a request as a plan that says everything that is not as usual.
     *
     * @param request the request
     * @return the plan, whose {@link #request} is equal to the request but for values of headers, which may be secret
     */
    public static PlanDocument of(EvaluationRequest request) {
        Optional<Training> training = request.model() instanceof ModelRef.Trained trained
                ? Optional.of(Training.of(trained))
                : Optional.empty();
        return new PlanDocument(
                training.isPresent() ? Optional.empty() : Optional.of(Model.of(request.model())),
                training,
                Optional.of(Data.of(request.data())),
                Optional.of(Sample.of(request.sampling())),
                Optional.of(Adversary.of(request.threat())),
                Optional.of(Attacks.of(request)),
                request.certificates().map(Certify::of),
                request.diagnostics().equals(DiagnosticsBudget.AUTOMATIC)
                        ? Optional.empty()
                        : Optional.of(Diagnostics.of(request.diagnostics())),
                request.limits().equals(Limits.NONE) ? Optional.empty() : Optional.of(Limit.of(request.limits())),
                request.execution().equals(Execution.AUTOMATIC)
                        ? Optional.empty()
                        : Optional.of(Run.of(request.execution())),
                Optional.empty());
    }

    /**
     * Returns the whole request, with the defaults where the plan says nothing.
     *
     * @return the request
     * @throws GauntletException if no model is named, a value is out of range, or two contradict each other
     */
    public EvaluationRequest request() {
        if (training.isPresent() && keys().stream().anyMatch(key -> key.startsWith("model."))) {
            throw new GauntletException(
                    "Both a model and the training of a network are described; leave one of them out.");
        }
        Attacks attacks = attack.orElse(new Attacks(Optional.empty(), Optional.empty(), Optional.empty()));
        Threat adversary = threat.orElse(new Adversary(Optional.empty(), Optional.empty(), Optional.empty()))
                .threat();
        OptionalInt examples = sample.map(Sample::examples).orElse(OptionalInt.empty());
        return new EvaluationRequest(
                training.isPresent()
                        ? training.get().reference()
                        : model.orElseThrow(
                                        () -> new GauntletException("No model is named; name its file or its address."))
                                .reference(),
                data.orElse(Data.NONE).reference(),
                new Sampling(
                        examples.isPresent()
                                ? examples
                                : attacks.suite().map(Suite::examples).orElse(OptionalInt.empty()),
                        sample.map(Sample::seed).orElse(OptionalLong.empty()).orElse(0)),
                adversary,
                attacks.attacks(adversary),
                attacks.access(),
                certify.flatMap(Certify::certificates),
                diagnostics.map(Diagnostics::budget).orElse(DiagnosticsBudget.AUTOMATIC),
                limit.map(Limit::limits).orElse(Limits.NONE),
                run.map(Run::execution).orElse(Execution.AUTOMATIC));
    }

    /**
     * Returns every key that a plan may have.
     *
     * @return the keys with their sections, in the order of the components
     */
    public static Set<String> allKeys() {
        return PlanKey.all().stream().map(PlanKey::path).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /**
     * Returns which keys are said.
     *
     * @return the keys with their sections, such as {@code sample.seed}, in the order of the components
     */
    public Set<String> keys() {
        return PlanKey.said(this).keySet();
    }

    /**
     * Returns the same plan for another model.
     *
     * @param file the file of the model, or its address
     * @return the plan, without what was known of its own model but how it is fed and asked
     */
    public PlanDocument withModel(String file) {
        Model none = new Model(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                InputSpec.RAW,
                HttpExchange.DEFAULT,
                Optional.empty(),
                Optional.empty());
        return new PlanDocument(
                Optional.of(model.orElse(none).with(file)),
                Optional.empty(),
                data,
                sample,
                threat,
                attack,
                certify,
                diagnostics,
                limit,
                run,
                gate);
    }

    /**
     * Returns what two plans say together.
     *
     * @param other the other plan; where both say something, it counts
     * @return both
     */
    public PlanDocument and(PlanDocument other) {
        return PlanKey.merged(this, other);
    }

    /**
     * Returns what a plan and a section say together.
     *
     * @param section the section; where both say something, it counts
     * @return both
     */
    public PlanDocument and(Section section) {
        return and(PlanKey.only(section));
    }

    private static <T> Optional<List<T>> filled(List<T> list) {
        return list.isEmpty() ? Optional.empty() : Optional.of(list);
    }

    private static Optional<String> unless(String text, String usual) {
        return text.equals(usual) ? Optional.empty() : Optional.of(text);
    }
}
