package dev.gauntlet.bounds;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.ApgdTargeted;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.certify.Certificate;
import dev.gauntlet.certify.Certification;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.AutoGradMode;

/**
 * Branch and bound on the signs of ReLUs: tries to decide every example.
 *
 * <p>Bunel et al. 2020, "Branch and Bound for Piecewise Linear Neural Network Verification", with the bounds of Wang et
 * al. 2021, "Beta-CROWN". An example that {@link Crown} certifies is not examined further. The others are attacked with
 * APGD-T if the model has a gradient, then the slopes of their relaxations are optimized, and their balls divided. The
 * points at which the bounds are smallest are tried as counterexamples.
 *
 * <p>A search that reaches a limit leaves its example undecided, as does one that gains nothing more. With a time limit this
 * depends on the speed of the machine, with a limit of domains it does not; what is certified or broken is true on all.
 *
 * <p>Cost: that of {@link Crown}; for each example that it leaves undecided, also that of APGD-T and a search up to the
 * limit.
 *
 * @param time the time limit of the search per example, above 0; absent for none
 * @param domains the maximum number of parts that are bounded per example, checked before each batch of up to 64; at least 1
 */
public record BranchAndBound(Optional<Duration> time, int domains) implements Certifier {
    /** The default time limit. */
    public static final Duration USUAL_TIME = Duration.ofSeconds(10);

    /** The default limit of domains, which takes seconds on a small network. */
    public static final int USUAL_DOMAINS = 1000;

    private static final String DOMAINS = "domains";

    public BranchAndBound {
        time.filter(limit -> limit.isZero() || limit.isNegative()).ifPresent(limit -> {
            throw new GauntletException("A time limit must be longer than 0, got %s; write, for example, 10s."
                    .formatted(limit.toString().substring(2).toLowerCase(Locale.ROOT)));
        });
        if (domains < 1) {
            throw new GauntletException("The limit of domains must be at least 1, got %d.".formatted(domains));
        }
    }

    /** Creates branch and bound with the default limit of domains, which does not depend on the speed of the machine. */
    public BranchAndBound() {
        this(Optional.empty(), USUAL_DOMAINS);
    }

    /**
     * Creates branch and bound with a time limit.
     *
     * @param time the time limit per example, above 0
     */
    public BranchAndBound(Duration time) {
        this(Optional.of(time), Integer.MAX_VALUE);
    }

    @Override
    public boolean isRepeatable() {
        return time.isEmpty();
    }

    @Override
    public Map<String, String> options() {
        return Map.of(DOMAINS, Integer.toString(domains));
    }

    @Override
    public Certifier withOptions(Map<String, String> changes) {
        Choices<String> known = Choices.of("option of " + name(), List.of(DOMAINS), name -> name);
        changes.keySet().forEach(known::parse);
        String text = changes.get(DOMAINS);
        try {
            return text == null ? this : new BranchAndBound(time, Integer.parseInt(text));
        } catch (NumberFormatException e) {
            throw new GauntletException(
                    "Option %s of %s must be a whole number, got '%s'.".formatted(DOMAINS, name(), text), e);
        }
    }

    @Override
    public String name() {
        return "complete";
    }

    @Override
    public String title() {
        return "branch and bound";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF, Norm.L2, Norm.L1);
    }

    @Override
    public Certification open(Classifier model) {
        return GraphCertification.open(
                this, model, (graph, batch, region, ball) -> certify(model, graph, batch, region, ball));
    }

    private List<Certificate> certify(Classifier model, BoundGraph graph, Batch batch, Region region, LpBall ball) {
        ProvedMargins[] proved = new LinearBounds(graph, region, batch.labels())
                .byIntervals()
                .byPasses(Slope.ADAPTIVE, Slope.ZERO)
                .proved();
        float[][] attacked = attack(model, batch, ball, proved);
        List<Certificate> certificates = new ArrayList<>();
        for (int row = 0; row < batch.size(); row++) {
            certificates.add(
                    attacked[row] != null
                            ? broken(batch.ids()[row], proved[row], attacked[row], 1)
                            : proved[row].isCertifiedInFloat32()
                                    ? Certificates.of(batch.ids()[row], proved[row], 1)
                                    : decide(
                                            model,
                                            graph,
                                            batch.select(new int[] {row}),
                                            region.of(row),
                                            ball,
                                            proved[row]));
        }
        return certificates;
    }

    /** Attacks the examples that are not certified; returns an adversarial image, or null, for each example. */
    private static float[][] attack(Classifier model, Batch batch, LpBall ball, ProvedMargins[] proved) {
        float[][] found = new float[batch.size()][];
        int[] open = IntStream.range(0, batch.size())
                .filter(row -> !proved[row].isCertified())
                .toArray();
        if (open.length > 0 && ball.epsilon() > 0 && model instanceof DifferentiableClassifier differentiable) {
            Batch clean = batch.select(open);
            AttackResult result;
            // bounds are computed without gradients
            try (AutoGradMode mode = new AutoGradMode(true)) {
                result = ApgdTargeted.defaults()
                        .prepare(differentiable, Problem.of(clean, ball.norm()))
                        .within(ball.epsilon());
            }
            Points points = new Points(model, ball);
            int length = batch.shape().size();
            for (int i = 0; i < open.length; i++) {
                float[] image = Arrays.copyOfRange(result.pixels(), i * length, (i + 1) * length);
                if (result.success()[i] && points.isBroken(clean.select(new int[] {i}), image)) {
                    found[open[i]] = image;
                }
            }
        }
        return found;
    }

    /** Checks counterexamples as an evaluation does: the image is in the ball, and the model misclassifies it. */
    private record Points(Classifier model, LpBall ball) {
        boolean isBroken(Batch clean, float[] image) {
            for (float pixel : image) {
                if (!(pixel >= 0 && pixel <= 1)) {
                    return false;
                }
            }
            if (!ball.allows(ball.norm().distance(clean.pixels(), image, 0, image.length))) {
                return false;
            }
            Logits logits = model.logits(clean.withPixels(image));
            return logits.isFinite(0) && logits.prediction(0) != clean.labels()[0];
        }

        /** Moves from the clean image against the coefficients as far as the ball allows. */
        float[] corner(Batch clean, double[] coefficients) {
            float[] direction = new float[coefficients.length];
            float[] narrow = new float[coefficients.length];
            for (int i = 0; i < narrow.length; i++) {
                narrow[i] = (float) coefficients[i];
            }
            ball.norm().steepest(narrow, 0, narrow.length, direction);
            float[] point = new float[narrow.length];
            for (int i = 0; i < point.length; i++) {
                point[i] = Math.max(0, Math.min(1, (float) (clean.pixels()[i] - ball.epsilon() * direction[i])));
            }
            ball.norm().project(clean.pixels(), point, 0, point.length, ball.epsilon());
            return point;
        }
    }

    private static Certificate broken(int id, ProvedMargins proved, float[] image, long domains) {
        return new Certificate(id, Certificate.Standing.BROKEN, proved.smallest(), false, Optional.of(image), domains);
    }

    private Certificate decide(
            Classifier model, BoundGraph graph, Batch example, Region region, LpBall ball, ProvedMargins proved) {
        Points points = new Points(model, ball);
        AtomicReference<float[]> counterexample = new AtomicReference<>();
        long begin = System.nanoTime();
        DomainSearch search = new DomainSearch(
                graph,
                region,
                Rows.margins(proved.label(), graph.classes()),
                proved.margins(),
                proved.allDeviations(),
                coefficients -> {
                    float[] point = points.corner(example, coefficients);
                    boolean isBroken = points.isBroken(example, point);
                    if (isBroken) {
                        counterexample.set(point);
                    }
                    return isBroken;
                },
                parts -> parts >= domains
                        || time.filter(limit -> System.nanoTime() - begin > limit.toNanos())
                                .isPresent());
        DomainSearch.Outcome outcome = search.run();
        int id = example.ids()[0];
        ProvedMargins found = proved.with(search.lower());
        return outcome == DomainSearch.Outcome.BROKEN
                ? broken(id, found, Objects.requireNonNull(counterexample.get()), search.domains())
                : Certificates.of(id, found, search.domains());
    }
}
