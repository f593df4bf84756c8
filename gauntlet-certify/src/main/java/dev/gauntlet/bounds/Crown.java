package dev.gauntlet.bounds;

import dev.gauntlet.certify.Certificate;
import dev.gauntlet.certify.Certification;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Linear relaxations: bounds every margin by an affine function of the pixels.
 *
 * <p>Zhang et al. 2018, "Efficient Neural Network Robustness Certification with General Activation Functions" (CROWN),
 * and Singh et al. 2019 (DeepPoly). An example that intervals certify is not examined further. For the others, the
 * inputs of ReLUs whose sign is open are bounded by a pass to the pixels each, then the margins, with adaptive slopes
 * and, where these are not enough, with slope 0. The best bound of each margin counts.
 * The points at which the bounds of an example that is not certified are smallest are tried as counterexamples.
 *
 * <p>Cost: a pass of one row per open ReLU beyond the first layer and per class, in double precision, and up to ten forward
 * passes of the model for each example that is not certified.
 *
 * <p>Example: {@code new Crown()}.
 *
 * @param bisections how often an evaluation halves the gap between two budgets to find the largest certified epsilon of each
 *     example, from 0 to 30
 */
public record Crown(int bisections) implements Certifier {
    public Crown {
        Bisections.requireValid(bisections);
    }

    /** Creates the certifier without bisections: an evaluation tries its budgets alone. */
    public Crown() {
        this(0);
    }

    @Override
    public String name() {
        return "crown";
    }

    @Override
    public String title() {
        return "linear relaxations (CROWN)";
    }

    @Override
    public Map<String, String> options() {
        return Bisections.options(bisections);
    }

    @Override
    public Certifier withOptions(Map<String, String> changes) {
        Bisections.requireKnown(changes, name(), List.of(Bisections.NAME));
        return new Crown(Bisections.whole(changes, Bisections.NAME, name(), bisections));
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

    private static List<Certificate> certify(
            Classifier model, BoundGraph graph, Batch batch, Region region, LpBall ball) {
        LinearBounds bounds =
                new LinearBounds(graph, region, batch.labels()).byIntervals().byPasses(Slope.ADAPTIVE, Slope.ZERO);
        return Certificates.of(batch, bounds.proved(), bounds.counterexamples(new Points(model, ball), batch));
    }
}
