package dev.gauntlet.certify;

import dev.gauntlet.GauntletException;
import dev.gauntlet.certify.Certificate.Standing;
import java.util.List;
import org.apache.commons.statistics.interval.BinomialConfidenceInterval;

/**
 * What the certificates of a sample prove about the robust accuracy at one budget.
 *
 * @param examples the number of examples
 * @param mistakes how many are misclassified when clean
 * @param broken how many have a known adversarial example
 * @param certified how many are certified
 * @param inFloat32 how many of these are certified for 32-bit arithmetic, too
 * @param undecided how many are neither
 */
public record ProvedAccuracy(int examples, int mistakes, int broken, int certified, int inFloat32, int undecided) {
    /** The confidence of {@link #confidenceLower()} and {@link #confidenceUpper()} together. */
    public static final double CONFIDENCE = 0.95;

    public ProvedAccuracy {
        boolean isNegative = mistakes < 0 || broken < 0 || certified < 0 || inFloat32 < 0 || undecided < 0;
        if (isNegative || examples < 1 || mistakes + broken + certified + undecided != examples) {
            throw new GauntletException(
                    "%d mistakes, %d broken, %d certified and %d undecided examples do not make %d examples."
                            .formatted(mistakes, broken, certified, undecided, examples));
        }
        if (inFloat32 > certified) {
            throw new GauntletException("%d examples are certified for 32-bit arithmetic, but only %d are certified."
                    .formatted(inFloat32, certified));
        }
    }

    /**
     * Counts certificates.
     *
     * @param certificates the certificates of one budget, at least one
     * @return the counts
     */
    public static ProvedAccuracy of(List<Certificate> certificates) {
        return new ProvedAccuracy(
                certificates.size(),
                count(certificates, Standing.MISTAKE),
                count(certificates, Standing.BROKEN),
                count(certificates, Standing.CERTIFIED),
                (int) certificates.stream().filter(Certificate::inFloat32).count(),
                count(certificates, Standing.UNDECIDED));
    }

    private static int count(List<Certificate> certificates, Standing standing) {
        return (int) certificates.stream()
                .filter(certificate -> certificate.standing() == standing)
                .count();
    }

    /**
     * Returns the share of the sample that is certified: the robust accuracy on the sample is at least this.
     *
     * @return a share
     */
    public double lower() {
        return (double) certified / examples;
    }

    /**
     * Returns the share of the sample that is certified or undecided: the robust accuracy on the sample is at most
     * this.
     *
     * @return a share
     */
    public double upper() {
        return (double) (certified + undecided) / examples;
    }

    /**
     * Tells whether the robust accuracy on the sample is known exactly.
     *
     * @return whether no example is undecided
     */
    public boolean isExact() {
        return undecided == 0;
    }

    /**
     * Returns a lower limit of the robust accuracy on all data that the sample represents, of Clopper and Pearson.
     *
     * @return the limit of the certified share
     */
    public double confidenceLower() {
        return Math.max(
                0,
                BinomialConfidenceInterval.CLOPPER_PEARSON
                        .fromErrorRate(examples, certified, 1 - CONFIDENCE)
                        .getLowerBound());
    }

    /**
     * Returns an upper limit of the robust accuracy on all data that the sample represents, of Clopper and Pearson.
     *
     * @return the limit of the share that is certified or undecided
     */
    public double confidenceUpper() {
        return Math.min(
                1,
                BinomialConfidenceInterval.CLOPPER_PEARSON
                        .fromErrorRate(examples, certified + undecided, 1 - CONFIDENCE)
                        .getUpperBound());
    }
}
