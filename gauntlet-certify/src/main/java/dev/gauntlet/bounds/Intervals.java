package dev.gauntlet.bounds;

import dev.gauntlet.certify.Certification;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Interval bound propagation: bounds every layer's numbers from those of the layer before.
 *
 * <p>Gowal et al. 2018, "On the Effectiveness of Interval Bound Propagation for Training Verifiably Robust Models". The
 * margins are merged with the last layer. The fastest method, and useless for networks that were not trained for it.
 * In L2 and L1 the first layer is bounded over the ball, the others over boxes.
 *
 * <p>Cost: about three forward passes in double precision.
 *
 * <p>Example: {@code new Intervals()}.
 *
 * @param bisections how often an evaluation halves the gap between two budgets to find the largest certified epsilon of each
 *     example, from 0 to 30
 */
public record Intervals(int bisections) implements Certifier {
    public Intervals {
        Bisections.requireValid(bisections);
    }

    /** Creates the certifier without bisections: an evaluation tries its budgets alone. */
    public Intervals() {
        this(0);
    }

    @Override
    public String name() {
        return "intervals";
    }

    @Override
    public String title() {
        return "interval bounds";
    }

    @Override
    public Map<String, String> options() {
        return Bisections.options(bisections);
    }

    @Override
    public Certifier withOptions(Map<String, String> changes) {
        Bisections.requireKnown(changes, name(), List.of(Bisections.NAME));
        return new Intervals(Bisections.whole(changes, Bisections.NAME, name(), bisections));
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF, Norm.L2, Norm.L1);
    }

    @Override
    public Certification open(Classifier model) {
        return GraphCertification.open(
                this,
                model,
                (graph, batch, region, ball) -> Certificates.of(
                        batch,
                        new LinearBounds(graph, region, batch.labels())
                                .byIntervals()
                                .proved()));
    }
}
