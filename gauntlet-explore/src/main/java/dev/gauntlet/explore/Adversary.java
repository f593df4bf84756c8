package dev.gauntlet.explore;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.request.AttackGoal;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.Execution;
import dev.gauntlet.request.Limits;
import dev.gauntlet.request.Sampling;
import dev.gauntlet.request.Threat;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.util.List;
import java.util.OptionalInt;

/**
 * What the adversary on the page may do, and what it wants.
 *
 * @param attacks the attacks in their order, as a user writes them
 * @param ball the budget
 * @param goal what counts as success
 * @param seed the seed of every random choice
 */
record Adversary(List<AttackRef> attacks, LpBall ball, AttackGoal goal, long seed) {
    Norm norm() {
        return ball.norm();
    }

    Criterion criterion(List<String> classes) {
        return goal.criterion(classes);
    }

    /** Returns the same adversary with other attacks and another budget. */
    Adversary with(List<AttackRef> otherAttacks, double epsilon) {
        return new Adversary(otherAttacks, new LpBall(norm(), epsilon), goal, seed);
    }

    /** Returns the request of which a trial on the page is one example. */
    EvaluationRequest request(OpenModel model, DataRef data, OptionalInt examples) {
        return new EvaluationRequest(
                model.reference(),
                data,
                new Sampling(examples, seed),
                new Threat(List.of(ball), goal),
                attacks,
                model.access(),
                DiagnosticsBudget.AUTOMATIC,
                Limits.NONE,
                Execution.AUTOMATIC);
    }

    /**
     * Finds the attacks.
     *
     * @throws dev.gauntlet.GauntletException if one is unknown or fits neither the model nor the threat
     */
    List<Attack<?>> known(OpenModel model, DataRef data) {
        return request(model, data, OptionalInt.empty()).knownAttacks();
    }
}
