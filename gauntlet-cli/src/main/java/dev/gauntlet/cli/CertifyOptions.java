package dev.gauntlet.cli;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.bounds.BranchAndBound;
import dev.gauntlet.bounds.Crown;
import dev.gauntlet.bounds.Intervals;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.report.plan.PlanBinding;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is certified, and how. */
@Heading(Heading.Topic.ATTACK)
final class CertifyOptions {
    private static final int USUAL_EXAMPLES = 200;

    /** The methods, from the fastest to the most precise. */
    private enum Method {
        INTERVALS,
        CROWN,
        COMPLETE;

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
            paramLabel = "NORM",
            description = {"The norm of the change: linf, l2 or l1.", "Default: linf"})
    private @Nullable String norm;

    @Option(
            names = "--method",
            paramLabel = "METHOD",
            description = {
                "intervals, interval bounds; crown, linear relaxations; complete, branch and bound until an example is decided or its time is up.",
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
        if (property != null && (epsilons != null || norm != null || method != null || examples != null)) {
            throw new GauntletException(
                    "--vnnlib defines the inputs itself; omit --epsilon, --norm, --method and --examples.");
        }
        return Optional.ofNullable(property);
    }

    /** Returns the budgets in ascending order. */
    List<LpBall> balls() {
        if (epsilons == null) {
            throw new GauntletException("Which budget? Add --epsilon, such as --epsilon 0.1 or --epsilon 2/255,8/255.");
        }
        Norm chosen = norm == null ? Norm.LINF : Norm.parse(norm.strip());
        return Arrays.stream(epsilons.split(",", -1))
                .map(AttackOptions::epsilon)
                .sorted()
                .distinct()
                .map(epsilon -> new LpBall(chosen, epsilon))
                .toList();
    }

    /** Returns the time limit per example. */
    Duration time() {
        return time == null ? BranchAndBound.USUAL_TIME : PlanBinding.duration(time);
    }

    Certifier certifier() {
        Method chosen = method == null ? Method.CROWN : Method.CHOICES.parse(method.strip());
        if (time != null && chosen != Method.COMPLETE) {
            throw new GauntletException(
                    "--time limits --method complete; %s takes the time it needs.".formatted(chosen.id()));
        }
        return switch (chosen) {
            case INTERVALS -> new Intervals();
            case CROWN -> new Crown();
            case COMPLETE -> new BranchAndBound(time());
        };
    }

    int examples() {
        return examples == null ? USUAL_EXAMPLES : examples;
    }
}
