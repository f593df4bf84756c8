package dev.gauntlet.bounds;

import dev.gauntlet.certify.Certification;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.Set;

/**
 * Interval bound propagation: bounds every layer's numbers from those of the layer before.
 *
 * <p>Gowal et al. 2018, "On the Effectiveness of Interval Bound Propagation for Training Verifiably Robust Models". The
 * margins are merged with the last layer. The fastest method, and useless for networks that were not trained for it.
 * In L2 and L1 the first layer is bounded over the ball, the others over boxes.
 *
 * <p>Cost: about three forward passes in double precision.
 */
public record Intervals() implements Certifier {
    @Override
    public String name() {
        return "intervals";
    }

    @Override
    public String title() {
        return "interval bounds";
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
