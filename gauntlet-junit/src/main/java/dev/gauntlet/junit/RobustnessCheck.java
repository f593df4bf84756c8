package dev.gauntlet.junit;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.LpBall;
import java.util.List;
import java.util.function.Function;
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
        return run(RobustnessAssertion.assertRobust(model)
                .on(data)
                .with(parsed(text -> Attacks.parseAll(text, ball().norm()).stream())));
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
        return run(RobustnessAssertion.assertRobust(model)
                .on(data)
                .with(parsed(text -> Stream.of(Attacks.parseBlackBox(text)))));
    }

    boolean isUsed() {
        return used;
    }

    private <A extends Attack<?>> List<A> parsed(Function<String, Stream<A>> parser) {
        used = true;
        return Stream.of(required.with()).flatMap(parser).toList();
    }

    private LpBall ball() {
        return LpBall.parse(required.against());
    }

    private RobustnessReport run(RobustnessAssertion<?> assertion) {
        RobustnessAssertion<?> complete =
                assertion.against(ball()).onExamples(required.examples()).withSeed(required.seed());
        if (required.forbid() != Trust.TRUSTWORTHY) {
            complete = complete.forbidding(required.forbid());
        }
        if (required.allowInconclusive()) {
            complete = complete.allowInconclusive();
        }
        return complete.atLeast(required.atLeast());
    }
}
