package dev.gauntlet.threat;

/** Defines what an adversary may change, and judges every result. */
public sealed interface ThreatModel permits LpBall {
    /**
     * Computes in double precision how far an example was moved.
     *
     * @param clean the clean pixels of a batch
     * @param changed the changed pixels of the same batch
     * @param offset the index of the example's first pixel, in both
     * @param length the number of pixels of the example
     * @return the distance
     */
    double distance(float[] clean, float[] changed, int offset, int length);

    /**
     * Tells whether an example of this distance, with all pixels in [0,1], is allowed.
     *
     * @param distance the distance, as {@link #distance} measures it
     * @return whether the adversary may do that
     */
    boolean allows(double distance);
}
