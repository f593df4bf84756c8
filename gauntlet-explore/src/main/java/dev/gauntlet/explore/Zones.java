package dev.gauntlet.explore;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.certify.Certificate;
import dev.gauntlet.certify.Certification;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.certify.Certifiers;
import dev.gauntlet.evaluate.shard.ShardWatch;
import dev.gauntlet.model.Logits;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Up to which epsilon one image is proved robust, and from which on a success is known; in between, neither is known.
 *
 * <p>The proof is CROWN's, sought by bisection: what is proved within a ball is proved within every smaller one. A success at a
 * distance breaks every ball of at least this radius.
 */
record Zones(Exploration exploration, Subject subject, Adversary adversary, int position, boolean search) {
    private static final String CERTIFIER = "crown";
    private static final String SEARCH = "fmn";

    /** A bisection ends when what is proved is known to this share of itself. */
    private static final double PRECISION = 1e-3;

    private static final int MOST_HALVINGS = 30;

    /**
     * The zones.
     *
     * @param isMistake whether the clean image is misclassified, so that there are none
     * @param proved the largest epsilon with a proof; 0 if none was found
     * @param provedIn32Bits the largest epsilon with a proof that holds for 32-bit arithmetic, too
     * @param whyNotProved why the image could not be certified; absent if the search for a proof was completed
     * @param broken the distance of the nearest success that was found; absent if none was
     * @param brokenBy the title of the attack that found it
     * @param whyNotSearched why no success was sought; empty if the page did not ask, absent if one was sought
     * @param milliseconds how long it took
     */
    record Result(
            boolean isMistake,
            double proved,
            double provedIn32Bits,
            @Nullable String whyNotProved,
            @Nullable Double broken,
            @Nullable String brokenBy,
            @Nullable String whyNotSearched,
            double milliseconds) {}

    Result run(Job job) {
        long start = System.nanoTime();
        OpenModel model = exploration.models().get(position);
        Criterion criterion = adversary.criterion(exploration.data().classes());
        Trial trial = trial(model, criterion);
        Logits clean = trial.clean(ShardWatch.OfTask.NONE);
        if (clean.prediction(0) != subject.label()) {
            return new Result(true, 0, 0, null, null, null, null, Job.milliseconds(start));
        }
        job.stage(0, 2);
        @Nullable Double broken = null;
        @Nullable String brokenBy = null;
        @Nullable String whyNotSearched = whyNotSearched(model, criterion);
        if (whyNotSearched == null) {
            Attack<?> attack = attacks(model).get(0);
            Trace trace = new Trace(
                    subject.image(),
                    criterion,
                    largest(),
                    job,
                    attack.passes(adversary.norm(), List.of(largest().epsilon()), clean.classes())
                            .forwards(),
                    "nearest success");
            Trial.Found found = trial.run(0, clean, List.of(true), trace);
            if (found.distance().isPresent()) {
                broken = found.distance().getAsDouble();
                brokenBy = attack.title();
            }
        }
        job.stage(1, 2);
        Proof proof = proof(model, broken, job);
        return new Result(
                false,
                proof.epsilon,
                proof.in32Bits,
                proof.obstacle,
                broken,
                brokenBy,
                whyNotSearched,
                Job.milliseconds(start));
    }

    private LpBall largest() {
        Norm norm = adversary.norm();
        return new LpBall(norm, norm.largest(exploration.shape().size()));
    }

    private List<Attack<?>> attacks(OpenModel model) {
        return adversary
                .with(List.of(new AttackRef(SEARCH, Map.of())), largest().epsilon())
                .known(model, exploration.reference());
    }

    private Trial trial(OpenModel model, Criterion criterion) {
        return new Trial(
                model,
                subject,
                exploration.data().classes(),
                whyNotSearched(model, criterion) == null ? attacks(model) : List.of(),
                LpBall.growing(List.of(largest())),
                criterion,
                adversary.seed());
    }

    private @Nullable String whyNotSearched(OpenModel model, Criterion criterion) {
        if (!criterion.appliesTo(subject.label())) {
            return "The class of the image is the target, so it is not attacked.";
        }
        if (model.differentiable().isEmpty()) {
            return "%s has no gradients, with which the nearest success is sought; only what the attacks above find is marked."
                    .formatted(model.title());
        }
        return search ? null : "";
    }

    /** What is proved. */
    private record Proof(
            double epsilon, double in32Bits, @Nullable String obstacle) {}

    private Proof proof(OpenModel model, @Nullable Double broken, Job job) {
        Certifier certifier;
        try {
            certifier = Certifiers.parse(CERTIFIER);
            certifier.requireFit(new LpBall(adversary.norm(), 1));
        } catch (GauntletException e) {
            return new Proof(0, 0, e.getMessage());
        }
        try (Certification certification = certifier.open(model.classifier())) {
            return bisect(certification, broken == null ? largest().epsilon() : broken, job);
        } catch (GauntletException e) {
            return new Proof(0, 0, e.getMessage());
        }
    }

    private Proof bisect(Certification certification, double end, Job job) {
        double proved = 0;
        double in32Bits = 0;
        double open = end;
        for (int i = 0; i < MOST_HALVINGS && isOpen(proved, open); i++) {
            double middle = (proved + open) / 2;
            Certificate certificate = certificate(certification, middle);
            if (isProved(certificate)) {
                proved = middle;
                in32Bits = certificate.inFloat32() ? middle : in32Bits;
            } else {
                open = middle;
            }
            job.progress((i + 1.0) / MOST_HALVINGS, "proof by %s".formatted(CERTIFIER));
        }
        // what is proved may be so in exact arithmetic only
        double openIn32Bits = proved;
        for (int i = 0; i < MOST_HALVINGS && isOpen(in32Bits, openIn32Bits); i++) {
            double middle = (in32Bits + openIn32Bits) / 2;
            Certificate certificate = certificate(certification, middle);
            if (isProved(certificate) && certificate.inFloat32()) {
                in32Bits = middle;
            } else {
                openIn32Bits = middle;
            }
            job.progress((i + 1.0) / MOST_HALVINGS, "proof by %s in 32-bit arithmetic".formatted(CERTIFIER));
        }
        return new Proof(proved, in32Bits, null);
    }

    private static boolean isOpen(double proved, double open) {
        return open - proved > PRECISION * open;
    }

    private Certificate certificate(Certification certification, double epsilon) {
        return certification
                .certify(subject.image(), new LpBall(adversary.norm(), epsilon))
                .get(0);
    }

    private static boolean isProved(Certificate certificate) {
        return certificate.standing() == Certificate.Standing.CERTIFIED;
    }
}
