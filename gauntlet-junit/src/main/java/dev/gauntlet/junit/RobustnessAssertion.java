package dev.gauntlet.junit;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Gate;
import dev.gauntlet.gate.Verdict;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.Sampling;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Misclassified;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Assumptions;

/**
 * Asserts that a model is robust: attacks it and decides on the 95 % interval of its robust accuracy.
 *
 * <p>The test passes if the whole interval reaches the minimum. It fails if none of it does, and also if the examples are
 * too few to say; see {@link #allowInconclusive()}. The message says what was measured and how to repeat it.
 *
 * <p>Cost: that of the evaluation, see {@link Evaluator}.
 *
 * <p>Example:
 *
 * <pre>{@code
 * assertRobust(model).on(testData).against(linf(8 / 255.0)).with(Pgd.defaults()).atLeast(0.4);
 * }</pre>
 *
 * @param <M> what the attacks may see of the model
 */
public final class RobustnessAssertion<M extends Classifier> {
    private final Evaluation<M> evaluation;
    private final Optional<Dataset> data;
    private final Optional<LpBall> ball;
    private final List<Attack<? super M>> attacks;
    private final int examples;
    private final long seed;
    private final Optional<Trust> forbidden;
    private final boolean inconclusiveAllowed;

    private RobustnessAssertion(
            Evaluation<M> evaluation,
            Optional<Dataset> data,
            Optional<LpBall> ball,
            List<Attack<? super M>> attacks,
            int examples,
            long seed,
            Optional<Trust> forbidden,
            boolean inconclusiveAllowed) {
        this.evaluation = evaluation;
        this.data = data;
        this.ball = ball;
        this.attacks = attacks;
        this.examples = examples;
        this.seed = seed;
        this.forbidden = forbidden;
        this.inconclusiveAllowed = inconclusiveAllowed;
    }

    /** How a model is evaluated: with its gradients or without. */
    @FunctionalInterface
    private interface Evaluation<M extends Classifier> {
        RobustnessReport run(Dataset data, Plan<M> plan);
    }

    /**
     * Begins an assertion about a model whose gradients the attacks may use.
     *
     * @param model the model; not closed
     * @return the assertion, which still needs data, a budget, attacks and a minimum
     */
    public static RobustnessAssertion<DifferentiableClassifier> assertRobust(DifferentiableClassifier model) {
        return about((data, plan) -> evaluator().evaluate(model, data, plan));
    }

    /**
     * Begins an assertion about a model that gives nothing but logits.
     *
     * @param model the model; not closed
     * @return the assertion, which still needs data, a budget, attacks and a minimum
     */
    public static RobustnessAssertion<Classifier> assertRobust(Classifier model) {
        return about((data, plan) -> evaluator().evaluate(model, data, plan));
    }

    private static <M extends Classifier> RobustnessAssertion<M> about(Evaluation<M> evaluation) {
        return new RobustnessAssertion<>(
                evaluation,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Integer.MAX_VALUE,
                0,
                Optional.empty(),
                false);
    }

    private static Evaluator evaluator() {
        return Evaluator.on(LocalRunner.onAllProcessors());
    }

    /**
     * Says on which examples.
     *
     * @param examplesToAttack the data set
     * @return the assertion
     */
    public RobustnessAssertion<M> on(Dataset examplesToAttack) {
        return new RobustnessAssertion<>(
                evaluation,
                Optional.of(examplesToAttack),
                ball,
                attacks,
                examples,
                seed,
                forbidden,
                inconclusiveAllowed);
    }

    /**
     * Says what the adversary may change.
     *
     * @param budget the norm and the radius, such as {@code LpBall.linf(8 / 255.0)}
     * @return the assertion
     */
    public RobustnessAssertion<M> against(LpBall budget) {
        return new RobustnessAssertion<>(
                evaluation, data, Optional.of(budget), attacks, examples, seed, forbidden, inconclusiveAllowed);
    }

    /**
     * Says with which attacks, which are one worst case: each goes on with the examples that still stand.
     *
     * @param worstCase the attacks in their order, the cheap ones first
     * @return the assertion
     */
    @SafeVarargs
    @SuppressWarnings("varargs") // the list is a copy
    public final RobustnessAssertion<M> with(Attack<? super M>... worstCase) {
        return with(List.of(worstCase));
    }

    /**
     * Says with which attacks, such as those of AutoAttack.
     *
     * @param worstCase the attacks in their order, the cheap ones first
     * @return the assertion
     */
    public RobustnessAssertion<M> with(List<? extends Attack<? super M>> worstCase) {
        return new RobustnessAssertion<>(
                evaluation, data, ball, List.copyOf(worstCase), examples, seed, forbidden, inconclusiveAllowed);
    }

    /**
     * Attacks a sample only, drawn with the seed and from each class its share.
     *
     * @param count the number of examples, at least 1; all if there are no more
     * @return the assertion
     */
    public RobustnessAssertion<M> onExamples(int count) {
        return new RobustnessAssertion<>(evaluation, data, ball, attacks, count, seed, forbidden, inconclusiveAllowed);
    }

    /**
     * Sets the seed of every random choice, which is 0 otherwise.
     *
     * @param number any number
     * @return the assertion
     */
    public RobustnessAssertion<M> withSeed(long number) {
        return new RobustnessAssertion<>(
                evaluation, data, ball, attacks, examples, number, forbidden, inconclusiveAllowed);
    }

    /**
     * Fails also if the evaluation itself is not to be trusted. Without this, an invalid evaluation is inconclusive.
     *
     * @param trust limited, suspect or invalid; worse levels are forbidden, too
     * @return the assertion
     */
    public RobustnessAssertion<M> forbidding(Trust trust) {
        return new RobustnessAssertion<>(
                evaluation, data, ball, attacks, examples, seed, Optional.of(trust), inconclusiveAllowed);
    }

    /**
     * Aborts the test instead of failing it when nothing can be said; build tools show it as skipped, with the message.
     *
     * @return the assertion
     */
    public RobustnessAssertion<M> allowInconclusive() {
        return new RobustnessAssertion<>(evaluation, data, ball, attacks, examples, seed, forbidden, true);
    }

    /**
     * Attacks the model and asserts its robust accuracy.
     *
     * @param minimum the share of the examples that have to be classified correctly clean and under attack, in [0,1]
     * @return the record of the run
     * @throws AssertionError if the model is not robust enough, or that cannot be said
     * @throws GauntletException if data, budget or attacks were not given, or do not fit each other
     */
    public RobustnessReport atLeast(double minimum) {
        return satisfies(Gate.requiring(required(ball, "the budget, .against(...)"), minimum));
    }

    /**
     * Attacks the model and asserts everything that a gate requires, such as a minimum of every class.
     *
     * @param gate what is required, with the budget of {@link #against} or epsilon 0
     * @return the record of the run
     * @throws AssertionError if the model does not fulfil it, or that cannot be said
     * @throws GauntletException if data, budget or attacks were not given, or do not fit each other or the gate
     */
    public RobustnessReport satisfies(Gate gate) {
        LpBall budget = required(ball, "the budget, .against(...)");
        Dataset examplesToAttack = required(data, "the data set, .on(...)");
        if (attacks.isEmpty()) {
            throw missing("the attacks, .with(...)");
        }
        Plan<M> plan = new Plan<>(
                attacks,
                List.of(budget),
                new Misclassified(),
                new Sampling(OptionalInt.of(examples), seed),
                OptionalInt.empty());
        Gate complete = forbidden.map(gate::forbidding).orElse(gate);
        RobustnessReport report = evaluation.run(examplesToAttack, plan);
        Gate.Decision decision = complete.judge(report);
        if (decision.verdict() != Verdict.PASS) {
            String message = Explanation.of(report, plan, decision);
            if (decision.verdict() == Verdict.INCONCLUSIVE && inconclusiveAllowed) {
                Assumptions.abort(message);
            }
            throw new AssertionError(message);
        }
        return report;
    }

    private static <T> T required(Optional<T> part, String what) {
        return part.orElseThrow(() -> missing(what));
    }

    private static GauntletException missing(String what) {
        return new GauntletException("The assertion lacks " + what + ".");
    }
}
