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

/** What a {@link RobustnessTest} requires, to be asked of a model. */
public final class RobustnessCheck {
    private final RobustnessTest required;
    private boolean used;

    RobustnessCheck(RobustnessTest required) {
        this.required = required;
    }

    /**
     * Attacks a model whose gradients the attacks may use, and asserts what the annotation says.
     *
     * @param model the model; not closed
     * @param data the examples
     * @return the record of the run
     * @throws AssertionError if the model is not robust enough, or that cannot be said
     * @throws dev.gauntlet.GauntletException if the annotation names what there is not, or model and data do not fit
     */
    public RobustnessReport of(DifferentiableClassifier model, Dataset data) {
        return run(RobustnessAssertion.assertRobust(model)
                .on(data)
                .with(parsed(text -> Attacks.parseAll(text, ball().norm()).stream())));
    }

    /**
     * Attacks a model that gives nothing but logits, and asserts what the annotation says.
     *
     * @param model the model; not closed
     * @param data the examples
     * @return the record of the run
     * @throws AssertionError if the model is not robust enough, or that cannot be said
     * @throws dev.gauntlet.GauntletException if the annotation names what there is not, or model and data do not fit
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
