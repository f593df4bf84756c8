package dev.gauntlet.evaluate;

import dev.gauntlet.attack.Passes;
import dev.gauntlet.certify.ProvedAccuracy;
import dev.gauntlet.threat.LpBall;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What a certifier proved of each example: no change within its certified budgets makes the model misclassify it.
 *
 * <p>Together with the outcomes of the attacks each example is, for each budget, broken, certified or undecided. The
 * examples are in the order of {@link Outcomes}.
 *
 * @param method the name of the certifier
 * @param title what it does, in a few words
 * @param options its options by name, in the order of the names
 * @param forwards how many examples the certifier sent forward through the model
 * @param backwards for how many examples it asked for a gradient
 * @param certified the position in the results of the largest budget with which each example is certified; 0 if there is none.
 *     What is certified with a budget is certified with every smaller one
 * @param inFloat32 the same for the model as computed with 32-bit floats, in any order of summation
 * @param radius the largest epsilon with which each example is known to be certified for 32-bit arithmetic: the epsilon of that
 *     budget or, if the certifier bisected, one between it and the next; 0 if there is none
 * @param domains the number of parts into which the balls of each example were divided; 0 if no proof was tried
 * @param proved for each budget above 0 how many examples are broken, certified and undecided
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record CertificateRecord(
        String method,
        String title,
        Map<String, String> options,
        long forwards,
        long backwards,
        int[] certified,
        int[] inFloat32,
        double[] radius,
        long[] domains,
        List<ProvedAccuracy> proved) {
    public CertificateRecord {
        // Map.copyOf would iterate in another order in every process, and so would the JSON
        options = Collections.unmodifiableMap(new TreeMap<>(options));
        certified = certified.clone();
        inFloat32 = inFloat32.clone();
        radius = radius.clone();
        domains = domains.clone();
        proved = List.copyOf(proved);
        Rules.require(backwards >= 0, "certificates.backwards", "is %s", backwards);
        Rules.require(
                forwards >= backwards,
                "certificates.forwards",
                "is %s, each of %s gradients needs one",
                forwards,
                backwards);
    }

    /**
     * Counts what was proved.
     *
     * @param method the name of the certifier
     * @param title what it does, in a few words
     * @param options its options by name
     * @param passes how often it used the model
     * @param certified the position in the results of the largest budget with which each example is certified
     * @param inFloat32 the same for 32-bit floats
     * @param radius the largest epsilon with which each example is known to be certified for 32-bit arithmetic
     * @param domains the number of parts into which the balls of each example were divided
     * @param outcomes what the attacks achieved
     * @return the record
     */
    public static CertificateRecord of(
            String method,
            String title,
            Map<String, String> options,
            Passes passes,
            int[] certified,
            int[] inFloat32,
            double[] radius,
            long[] domains,
            Outcomes outcomes) {
        return new CertificateRecord(
                method,
                title,
                options,
                passes.forwards(),
                passes.backwards(),
                certified,
                inFloat32,
                radius,
                domains,
                IntStream.range(1, outcomes.budgets())
                        .mapToObj(budget -> counts(budget, certified, inFloat32, outcomes))
                        .toList());
    }

    private static ProvedAccuracy counts(int budget, int[] certified, int[] inFloat32, Outcomes outcomes) {
        int proved = count(certified, budget);
        int robust = outcomes.robust(budget);
        int mistakes = outcomes.size() - outcomes.robust(0);
        return new ProvedAccuracy(
                outcomes.size(),
                mistakes,
                outcomes.size() - mistakes - robust,
                proved,
                count(inFloat32, budget),
                robust - proved);
    }

    private static int count(int[] largest, int budget) {
        return (int)
                IntStream.of(largest).filter(position -> position >= budget).count();
    }

    /**
     * Tells whether an example is certified.
     *
     * @param example the position of the example in the outcomes
     * @param budget the position of the budget in the results
     * @return whether it is; no example is certified with budget 0, which is the clean image
     */
    public boolean isCertified(int example, int budget) {
        return budget > 0 && certified[example] >= budget;
    }

    /**
     * Requires that the certificates agree with the outcomes.
     *
     * @throws dev.gauntlet.GauntletException if an example is certified and broken, or a count is not that of the examples
     */
    void requireFit(Outcomes outcomes, List<LpBall> balls) {
        requireLength(certified.length, "certified", outcomes);
        requireLength(inFloat32.length, "inFloat32", outcomes);
        requireLength(radius.length, "radius", outcomes);
        requireLength(domains.length, "domains", outcomes);
        for (int i = 0; i < certified.length; i++) {
            String entry = "[" + i + "]";
            Rules.require(
                    certified[i] >= 0 && certified[i] < balls.size(),
                    "certificates.certified" + entry,
                    "is %s, there are %s results",
                    certified[i],
                    balls.size());
            Rules.require(
                    inFloat32[i] >= 0 && inFloat32[i] <= certified[i],
                    "certificates.inFloat32" + entry,
                    "is %s, certified is %s",
                    inFloat32[i],
                    certified[i]);
            double least = balls.get(inFloat32[i]).epsilon();
            boolean isLast = inFloat32[i] == balls.size() - 1;
            double next = isLast ? least : balls.get(inFloat32[i] + 1).epsilon();
            Rules.require(
                    radius[i] >= least && (isLast ? radius[i] <= least : radius[i] < next),
                    "certificates.radius" + entry,
                    "is %s, by the budgets it is from %s to %s",
                    radius[i],
                    least,
                    next);
            Rules.require(
                    radius[i] == 0
                            || outcomes.nearestSuccess(i).isEmpty()
                            || !new LpBall(balls.get(0).norm(), radius[i])
                                    .allows(outcomes.nearestSuccess(i).getAsDouble()),
                    "certificates.radius" + entry,
                    "is %s, but an attack misled the model within it",
                    radius[i]);
            Rules.require(domains[i] >= 0, "certificates.domains" + entry, "is %s", domains[i]);
            for (int budget = certified[i] == 0 ? 1 : 0; budget <= certified[i]; budget++) {
                Rules.require(
                        outcomes.isRobust(i, budget),
                        "certificates.certified" + entry,
                        "is %s, but the example is misclassified at epsilon %s",
                        certified[i],
                        balls.get(budget).epsilon());
            }
            if (certified[i] > 0 && outcomes.nearestSuccess(i).isPresent()) {
                double distance = outcomes.nearestSuccess(i).getAsDouble();
                Rules.require(
                        !balls.get(certified[i]).allows(distance),
                        "certificates.certified" + entry,
                        "is %s, but an attack misled the model at distance %s",
                        certified[i],
                        distance);
            }
        }
        List<ProvedAccuracy> expected = IntStream.range(1, outcomes.budgets())
                .mapToObj(budget -> counts(budget, certified, inFloat32, outcomes))
                .toList();
        Rules.require(
                proved.equals(expected), "certificates.proved", "is %s, by the examples it is %s", proved, expected);
    }

    private static void requireLength(int length, String name, Outcomes outcomes) {
        Rules.require(
                length == outcomes.size(),
                "certificates." + name,
                "has %s entries, outcomes has %s examples",
                length,
                outcomes.size());
    }
}
