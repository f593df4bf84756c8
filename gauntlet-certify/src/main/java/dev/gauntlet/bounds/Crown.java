package dev.gauntlet.bounds;

import dev.gauntlet.certify.Certification;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.Set;

/**
 * Linear relaxations: bounds every margin by an affine function of the pixels.
 *
 * <p>Zhang et al. 2018, "Efficient Neural Network Robustness Certification with General Activation Functions" (CROWN),
 * and Singh et al. 2019 (DeepPoly). An example that intervals certify is not examined further. For the others, the
 * inputs of ReLUs whose sign is open are bounded by a pass to the pixels each, then the margins, with adaptive slopes
 * and, where these are not enough, with slope 0. The best bound of each margin counts.
 *
 * <p>Cost: a pass of one row per open ReLU beyond the first layer and per class, in double precision.
 */
public record Crown() implements Certifier {
    @Override
    public String name() {
        return "crown";
    }

    @Override
    public String title() {
        return "linear relaxations (CROWN)";
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
                                .byPasses(Slope.ADAPTIVE, Slope.ZERO)
                                .proved()));
    }
}
