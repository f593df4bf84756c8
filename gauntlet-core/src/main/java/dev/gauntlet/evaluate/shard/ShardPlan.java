package dev.gauntlet.evaluate.shard;

import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.util.List;
import java.util.Optional;

/**
 * The part of a plan that the result of a task depends on.
 *
 * @param attacks the attacks in their order
 * @param balls the budgets in growing order, beginning with 0
 * @param criterion what counts as success
 * @param seed the seed of every random choice
 * @param certifier certifies the examples, if they are to be certified
 * @param <M> what the attacks need of a model
 */
public record ShardPlan<M extends Classifier>(
        List<Attack<? super M>> attacks,
        List<LpBall> balls,
        Criterion criterion,
        long seed,
        Optional<Certifier> certifier) {
    public ShardPlan {
        attacks = List.copyOf(attacks);
        balls = List.copyOf(balls);
    }

    /** Returns what a request whose attacks have all their options asks on some data. */
    @SuppressWarnings("unchecked") // the access of the request allows only attacks of such models
    static <M extends Classifier> ShardPlan<M> of(EvaluationRequest request, Dataset data) {
        return new ShardPlan<>(
                request.attacks().stream()
                        .flatMap(attack -> request
                                .access()
                                .parse(attack.toString(), request.threat().norm())
                                .stream())
                        .<Attack<? super M>>map(attack -> (Attack<? super M>) attack)
                        .toList(),
                request.threat().budgets(),
                request.threat().criterion(data.classes()),
                request.sampling().seed(),
                request.knownCertifier());
    }

    /**
     * Returns how distance is measured.
     *
     * @return the norm of all budgets
     */
    public Norm norm() {
        return balls.get(0).norm();
    }

    /**
     * Returns where the random choices of the diagnostics come from.
     *
     * @return the key
     */
    public RandomKey diagnosis() {
        return RandomKey.of(seed).with("diagnosis");
    }

    /** Returns a budget above 0 by its position among these. */
    LpBall budget(int position) {
        return balls.get(position + 1);
    }
}
