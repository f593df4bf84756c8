package dev.gauntlet.junit;

import dev.gauntlet.data.Dataset;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Gate;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.AttackGoal;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.Execution;
import dev.gauntlet.request.Limits;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.request.Sampling;
import dev.gauntlet.request.Threat;
import dev.gauntlet.threat.LpBall;
import java.util.List;
import java.util.stream.Stream;

/** The requirement of a {@link RobustnessTest}, to be checked on a model. */
public final class RobustnessCheck {
    private final RobustnessTest required;
    private boolean used;

    RobustnessCheck(RobustnessTest required) {
        this.required = required;
    }

    /**
     * Attacks a model with gradients (white box), and asserts the requirement of the annotation.
     *
     * @param model the model; not closed
     * @param data the examples
     * @return the record of the run
     * @throws AssertionError if the model is not robust enough, or the result is inconclusive
     * @throws dev.gauntlet.GauntletException if the annotation is invalid, or model and data are incompatible
     */
    public RobustnessReport of(DifferentiableClassifier model, Dataset data) {
        return run(model, data, Access.WHITE_BOX);
    }

    /**
     * Attacks a model that returns only logits (black box), and asserts the requirement of the annotation.
     *
     * @param model the model; not closed
     * @param data the examples
     * @return the record of the run
     * @throws AssertionError if the model is not robust enough, or the result is inconclusive
     * @throws dev.gauntlet.GauntletException if the annotation is invalid, or model and data are incompatible
     */
    public RobustnessReport of(Classifier model, Dataset data) {
        return run(model, data, Access.BLACK_BOX);
    }

    boolean isUsed() {
        return used;
    }

    private RobustnessReport run(Classifier model, Dataset data, Access access) {
        used = true;
        LpBall ball = LpBall.parse(required.against());
        EvaluationRequest request = new EvaluationRequest(
                ModelRef.InProcess.of(model.card()),
                DataRef.InProcess.of(data.origin()),
                sampling(),
                new Threat(List.of(ball), new AttackGoal.AnyError()),
                Stream.of(required.with()).map(AttackRef::parse).toList(),
                access,
                DiagnosticsBudget.AUTOMATIC,
                Limits.NONE,
                Execution.AUTOMATIC);
        return conclusion()
                .of(
                        RobustnessAssertion.evaluator().evaluate(model, data, request),
                        Gate.requiring(ball, required.atLeast()));
    }

    private Sampling sampling() {
        Sampling all = Sampling.ALL.withSeed(required.seed());
        return required.examples() == Integer.MAX_VALUE ? all : all.withExamples(required.examples());
    }

    private Conclusion conclusion() {
        Conclusion conclusion =
                required.allowInconclusive() ? Conclusion.DEFAULT.allowingInconclusive() : Conclusion.DEFAULT;
        return required.forbid() == Trust.TRUSTWORTHY ? conclusion : conclusion.forbidding(required.forbid());
    }
}
