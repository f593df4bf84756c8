package dev.gauntlet.cli;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.bounds.BranchAndBound;
import dev.gauntlet.bounds.Crown;
import dev.gauntlet.bounds.Intervals;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.certify.Smoothing;
import dev.gauntlet.report.plan.PlanBinding;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is certified, and how. */
@Heading(Heading.Topic.ATTACK)
final class CertifyOptions {
    private static final int USUAL_EXAMPLES = 200;

    /** The methods; the first three from the fastest to the most precise. */
    private enum Method {
        INTERVALS,
        CROWN,
        COMPLETE,
        SMOOTHING;

        static final Choices<Method> CHOICES = Choices.of("method", List.of(values()), Method::id);

        String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = {"-e", "--epsilon"},
            paramLabel = "LIST",
            description = {
                "The budgets, where black is 0 and white is 1, separated by commas; fractions such as 8/255 are allowed."
            })
    private @Nullable String epsilons;

    @Option(
            names = "--norm",
            completionCandidates = Candidates.Norms.class,
            paramLabel = "NORM",
            description = {"The norm of the change: linf, l2 or l1.", "Default: linf; l2 for --method smoothing."})
    private @Nullable String norm;

    @Option(
            names = "--method",
            paramLabel = "METHOD",
            description = {
                "intervals, interval bounds; crown, linear relaxations; complete, branch and bound until an example is decided or its time is up;",
                "smoothing, randomized smoothing, which certifies any classifier, but under noise and in l2 only.",
                "Default: crown"
            })
    private @Nullable String method;

    @Option(
            names = "--time",
            paramLabel = "TIME",
            description = {
                "The time limit per example of --method complete, or of --vnnlib, such as 30s or 5m.",
                "Default: 10s"
            })
    private @Nullable String time;

    @Option(
            names = "--sigma",
            paramLabel = "S",
            description = {"The standard deviation of the noise of --method smoothing, such as 0.25."})
    private @Nullable Double sigma;

    @Option(
            names = "--samples",
            paramLabel = "N",
            description = {
                "How many noisy copies of each image certify the radius of --method smoothing.",
                "Default: 100000"
            })
    private @Nullable Integer samples;

    @Option(
            names = "--selection-samples",
            paramLabel = "N",
            description = {
                "How many noisy copies of each image choose the class that --method smoothing certifies.",
                "Default: 100"
            })
    private @Nullable Integer selection;

    @Option(
            names = "--error-rate",
            paramLabel = "P",
            description = {
                "The probability that a certificate of --method smoothing is wrong, for each image by itself.",
                "Default: 0.001"
            })
    private @Nullable Double errorRate;

    @Option(
            names = "--examples",
            paramLabel = "N",
            description = {"Certify a stratified random sample of N test images, drawn with the seed.", "Default: 200."
            })
    private @Nullable Integer examples;

    @Option(
            names = "--vnnlib",
            paramLabel = "FILE",
            description = {
                "Instead of images, decide a property in the format VNN-LIB for an ONNX model: a box of inputs and a disjunction of comparisons of outputs.",
                "Prints sat with a counterexample, unsat, timeout or unknown."
            })
    private @Nullable Path property;

    /** Returns the property, if the user names one. */
    Optional<Path> property() {
        if (property != null
                && (epsilons != null
                        || norm != null
                        || method != null
                        || examples != null
                        || ofSmoothing().isPresent())) {
            throw new GauntletException(
                    "--vnnlib defines the inputs itself; omit --epsilon, --norm, --method, --examples and the options of smoothing.");
        }
        return Optional.ofNullable(property);
    }

    private Method chosen() {
        return method == null ? Method.CROWN : Method.CHOICES.parse(method.strip());
    }

    /** Returns the first given option that only smoothing has. */
    private Optional<String> ofSmoothing() {
        return Stream.of(
                        Optional.ofNullable(sigma).map(value -> "--sigma"),
                        Optional.ofNullable(samples).map(value -> "--samples"),
                        Optional.ofNullable(selection).map(value -> "--selection-samples"),
                        Optional.ofNullable(errorRate).map(value -> "--error-rate"))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** Returns the budgets in ascending order. */
    List<LpBall> balls() {
        if (epsilons == null) {
            throw new GauntletException("Which budget? Add --epsilon, such as --epsilon 0.1 or --epsilon 2/255,8/255.");
        }
        Norm usual = chosen() == Method.SMOOTHING ? Norm.L2 : Norm.LINF;
        Norm asked = norm == null ? usual : Norm.parse(norm.strip());
        return Arrays.stream(epsilons.split(",", -1))
                .map(AttackOptions::epsilon)
                .sorted()
                .distinct()
                .map(epsilon -> new LpBall(asked, epsilon))
                .toList();
    }

    /** Returns the time limit per example. */
    Duration time() {
        return time == null ? BranchAndBound.DEFAULT_TIME : PlanBinding.duration(time);
    }

    /** Returns the method; the seed is that of the noise, if it needs any. */
    Certifier certifier(long seed) {
        Method chosen = chosen();
        if (time != null && chosen != Method.COMPLETE) {
            throw new GauntletException(
                    "--time limits --method complete; %s takes the time it needs.".formatted(chosen.id()));
        }
        ofSmoothing().filter(option -> chosen != Method.SMOOTHING).ifPresent(option -> {
            throw new GauntletException(
                    "%s belongs to --method smoothing; %s has no such option.".formatted(option, chosen.id()));
        });
        return switch (chosen) {
            case INTERVALS -> new Intervals();
            case CROWN -> new Crown();
            case COMPLETE -> new BranchAndBound(time());
            case SMOOTHING -> smoothing(seed);
        };
    }

    private Smoothing smoothing(long seed) {
        if (sigma == null) {
            throw new GauntletException(
                    "--method smoothing needs --sigma, the standard deviation of the noise, such as --sigma 0.25; it works best with the noise that the model was trained with.");
        }
        Smoothing usual = Smoothing.of(sigma);
        return new Smoothing(
                sigma,
                selection == null ? usual.selection() : selection,
                samples == null ? usual.samples() : samples,
                errorRate == null ? usual.errorRate() : errorRate,
                seed);
    }

    int examples() {
        return examples == null ? USUAL_EXAMPLES : examples;
    }
}
