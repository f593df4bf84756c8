package dev.gauntlet.explore;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.evaluate.shard.AdversarialExample;
import dev.gauntlet.evaluate.shard.OpenEvaluation;
import dev.gauntlet.evaluate.shard.ShardComputer;
import dev.gauntlet.evaluate.shard.ShardId;
import dev.gauntlet.evaluate.shard.ShardPlan;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import dev.gauntlet.evaluate.shard.ShardWatch;
import dev.gauntlet.evaluate.shard.TimeUp;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Attacks on one image. They are the tasks of an evaluation, computed and judged by the code that does so in every evaluation:
 * success, distance and range are recomputed, and no attack is believed.
 *
 * <p>A random number depends on the seed, the attack and the number of the example, so an example is attacked as in an
 * evaluation. Its last digits may differ where an engine rounds differently in larger batches.
 */
final class Trial {
    private static final String NAME = "page";

    private final OpenModel model;
    private final Subject subject;
    private final List<String> classes;
    private final List<Attack<?>> attacks;
    private final List<LpBall> balls;
    private final Criterion criterion;
    private final long seed;

    /**
     * Prepares a trial.
     *
     * @param attacks the attacks, which fit the model and the threat
     * @param balls the budgets, growing from 0
     */
    Trial(
            OpenModel model,
            Subject subject,
            List<String> classes,
            List<Attack<?>> attacks,
            List<LpBall> balls,
            Criterion criterion,
            long seed) {
        this.model = model;
        this.subject = subject;
        this.classes = classes;
        this.attacks = attacks;
        this.balls = balls;
        this.criterion = criterion;
        this.seed = seed;
    }

    /**
     * What an attack achieved on the image.
     *
     * @param nearest how far the nearest success is, whatever the budget; infinite if there is none
     * @param successes the successes, by budget
     * @param images the same with their images
     * @param cost how often the attack used the model
     */
    record Found(
            double nearest,
            List<ShardResult.Success> successes,
            List<AdversarialExample> images,
            ShardResult.Cost cost) {
        Optional<ShardResult.Success> success() {
            return successes.stream().findFirst();
        }

        Optional<AdversarialExample> image() {
            return images.stream().findFirst();
        }

        OptionalDouble distance() {
            return Double.isFinite(nearest) ? OptionalDouble.of(nearest) : OptionalDouble.empty();
        }
    }

    /** Asks the model about the clean image. */
    Logits clean(ShardWatch.OfTask watch) {
        ShardResult result = compute(new ShardTask.AskClean(new int[] {subject.id()}), 0, watch);
        return ((ShardResult.CleanAnswers) result.outcome()).logits();
    }

    /**
     * Runs one of the attacks.
     *
     * @param attack its position
     * @param clean what the model says to the clean image
     * @param wanted for each budget above 0 whether a success within it is wanted
     * @param watch watches the queries
     */
    Found run(int attack, Logits clean, List<Boolean> wanted, ShardWatch.OfTask watch) {
        List<int[]> robust =
                wanted.stream().map(is -> is ? new int[] {0} : new int[0]).toList();
        ShardResult result =
                compute(new ShardTask.RunAttack(attack, new int[] {subject.id()}, clean, robust), attack + 1, watch);
        ShardResult.Attacked attacked = result.attacked().orElseThrow();
        return new Found(attacked.nearest()[0], attacked.successes(), attacked.images(), attacked.cost());
    }

    private ShardResult compute(ShardTask.Work work, int stage, ShardWatch.OfTask watch) {
        ShardResult result = open(task -> watch).compute(new ShardTask(NAME, new ShardId(0, stage, 0), work, true));
        if (!result.isFinished()) {
            throw new TimeUp();
        }
        return result;
    }

    private ShardComputer open(ShardWatch watch) {
        Optional<DifferentiableClassifier> differentiable = model.differentiable();
        if (differentiable.isPresent()) {
            ShardPlan<DifferentiableClassifier> plan = plan();
            return OpenEvaluation.whiteBox(differentiable.get(), subject.examples(classes), plan, watch);
        }
        ShardPlan<Classifier> plan = plan();
        return OpenEvaluation.blackBox(model.classifier(), subject.examples(classes), plan, watch);
    }

    @SuppressWarnings("unchecked") // the access of the model allows only attacks of such models
    private <M extends Classifier> ShardPlan<M> plan() {
        return new ShardPlan<>(
                attacks.stream()
                        .<Attack<? super M>>map(attack -> (Attack<? super M>) attack)
                        .toList(),
                balls,
                criterion,
                seed,
                Optional.empty());
    }
}
