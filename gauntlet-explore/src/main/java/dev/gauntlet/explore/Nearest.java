package dev.gauntlet.explore;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.data.Batch;
import dev.gauntlet.evaluate.shard.ShardWatch;
import dev.gauntlet.model.Logits;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Seeks the nearest wrong answer to one image with several attacks, one after the other. */
record Nearest(Exploration exploration, Subject subject, Adversary adversary, int position) {
    private static final List<String> WITH_GRADIENTS = List.of("deepfool", "fmn", "ddn", "cw", "fab");
    private static final List<String> WITHOUT = List.of("hop-skip-jump", "boundary", "salt-and-pepper");

    /**
     * What an attack found.
     *
     * @param attack its name
     * @param title its title
     * @param why why it was not run, or found nothing
     * @param shown the success, if there is one
     * @param lostByRounding whether it is not a success after rounding to 8 bits
     * @param forwards how many images it sent forward
     * @param backwards for how many of them it got a gradient
     * @param milliseconds how long it took
     */
    record Found(
            String attack,
            String title,
            @Nullable String why,
            Attacking.@Nullable Shown shown,
            boolean lostByRounding,
            long forwards,
            long backwards,
            double milliseconds) {}

    /**
     * The result.
     *
     * @param isMistake whether the clean image is misclassified, so that there is nothing to seek
     * @param found what each attack found
     */
    record Result(boolean isMistake, List<Found> found) {}

    Result run(Job job) {
        OpenModel model = exploration.models().get(position);
        Batch clean = subject.image();
        if (Answer.of(model.classifier(), clean).prediction() != subject.label()) {
            return new Result(true, List.of());
        }
        List<String> names = model.differentiable().isPresent() ? WITH_GRADIENTS : WITHOUT;
        List<Found> all = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            job.stage(i, names.size());
            Found found = run(model, names.get(i), job);
            all.add(found);
            job.part(found);
        }
        return new Result(false, all);
    }

    private Found run(OpenModel model, String name, Job job) {
        long start = System.nanoTime();
        Norm norm = adversary.norm();
        LpBall largest = new LpBall(norm, norm.largest(exploration.shape().size()));
        List<String> classes = exploration.data().classes();
        List<Attack<?>> attacks;
        try {
            attacks = adversary
                    .with(List.of(new AttackRef(name, Map.of())), largest.epsilon())
                    .known(model, exploration.reference());
        } catch (GauntletException e) {
            return new Found(name, Attacks.title(name), e.getMessage(), null, false, 0, 0, 0);
        }
        Criterion criterion = adversary.criterion(classes);
        if (!criterion.appliesTo(subject.label())) {
            return new Found(
                    name,
                    Attacks.title(name),
                    "The class of the image is the target, so it is not attacked.",
                    null,
                    false,
                    0,
                    0,
                    0);
        }
        Trial trial = new Trial(
                model, subject, classes, attacks, LpBall.growing(List.of(largest)), criterion, adversary.seed());
        Logits clean = trial.clean(ShardWatch.OfTask.NONE);
        Attack<?> attack = attacks.get(0);
        Trace trace = new Trace(
                subject.image(),
                criterion,
                largest,
                job,
                attack.passes(norm, List.of(largest.epsilon()), clean.classes()).forwards(),
                attack.title());
        Trial.Found found = trial.run(0, clean, List.of(true), trace);
        Attacking.@Nullable Shown shown = found.image()
                .map(image -> Attacking.Shown.of(model, subject.image(), image.adversarial(), largest))
                .orElse(null);
        return new Found(
                name,
                attack.title(),
                shown == null ? "It found no success." : null,
                shown,
                shown != null && !criterion.isMet(shown.answerIn8Bits().prediction(), subject.label()),
                found.cost().forwards(),
                found.cost().backwards(),
                Job.milliseconds(start));
    }
}
