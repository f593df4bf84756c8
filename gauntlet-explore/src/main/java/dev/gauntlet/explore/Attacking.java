package dev.gauntlet.explore;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.data.Batch;
import dev.gauntlet.evaluate.shard.AdversarialExample;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardWatch;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Attacks one image on some of the models, and shows what was found to the others. */
record Attacking(Exploration exploration, Subject subject, Adversary adversary, List<Integer> models) {
    /** What came out for a model. */
    enum Standing {
        /** The clean image is misclassified, so there is nothing to attack. */
        MISTAKE,
        /** The class of the image is the target, so it is not attacked. */
        SPARED,
        /** The budget is 0. */
        UNCHANGED,
        /** An attack succeeded. */
        SUCCESS,
        /** No attack succeeded, which does not prove robustness. */
        ROBUST
    }

    /**
     * The success, as the evaluator judged it.
     *
     * @param attack the title of the attack
     * @param prediction the predicted class
     * @param confidence the confidence in it
     * @param distance the distance from the clean image, in double precision
     * @param predictionIn8Bits the predicted class after rounding to 8 bits
     * @param lostByRounding whether it is not a success after rounding
     */
    record Success(
            String attack,
            int prediction,
            double confidence,
            double distance,
            int predictionIn8Bits,
            boolean lostByRounding) {}

    /**
     * The image that is shown.
     *
     * @param pixels the image
     * @param distance its distance from the clean image
     * @param answer what the model says to it
     * @param answerIn8Bits what the model says to it after rounding to 8 bits
     */
    record Shown(String pixels, double distance, Answer answer, Answer answerIn8Bits) {
        static Shown of(OpenModel model, Batch clean, float[] pixels, LpBall ball) {
            return new Shown(
                    Pixels.text(pixels),
                    ball.norm().distance(clean.pixels(), pixels, 0, pixels.length),
                    Answer.of(model.classifier(), clean.withPixels(pixels)),
                    Answer.of(model.classifier(), clean.withPixels(Pixels.rounded(pixels))));
        }
    }

    /**
     * What another model says to the image that was found.
     *
     * @param model its position
     * @param answer what it says
     * @param succeeds whether the adversary succeeds against it, too
     */
    record Transfer(int model, Answer answer, boolean succeeds) {}

    /**
     * One query of the attack, for the scrubber.
     *
     * @param place where it is in the plane of the gradient and a random direction; absent without a plane
     */
    record Step(
            int number,
            int images,
            boolean withGradient,
            @Nullable Double loss,
            double margin,
            double distance,
            int prediction,
            double confidence,
            Plane.@Nullable Place place,
            String pixels) {}

    /**
     * The result for a model.
     *
     * @param model its position
     * @param standing what came out
     * @param clean what it says to the clean image
     * @param cleanIn8Bits what it says to the clean image after rounding to 8 bits
     * @param success the success, if there is one
     * @param shown the success; without one, the image nearest to a success among those the attacks tried within the budget
     * @param nearestSucceeds whether the image that is shown is a success though no attack returned it
     * @param transfers what the other models say to the image that is shown
     * @param steps the queries of the attack that succeeded, or of the last one
     * @param stepsOf the title of this attack
     * @param every of how many queries one is among the steps
     * @param queries how many queries this attack made
     * @param forwards how many images all attacks sent forward
     * @param backwards for how many of them they got a gradient
     * @param milliseconds how long it took
     */
    record Result(
            int model,
            Standing standing,
            Answer clean,
            Answer cleanIn8Bits,
            @Nullable Success success,
            @Nullable Shown shown,
            boolean nearestSucceeds,
            List<Transfer> transfers,
            List<Step> steps,
            String stepsOf,
            int every,
            int queries,
            long forwards,
            long backwards,
            double milliseconds) {}

    /** Refuses attacks that fit neither the models nor the threat, before anything is computed. */
    Attacking checked() {
        models.forEach(model -> adversary.known(exploration.models().get(model), exploration.reference()));
        adversary.criterion(exploration.data().classes());
        return this;
    }

    List<Result> run(Job job) {
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < models.size(); i++) {
            job.stage(i, models.size());
            results.add(attack(models.get(i), job));
        }
        return results;
    }

    private Result attack(int position, Job job) {
        long start = System.nanoTime();
        OpenModel model = exploration.models().get(position);
        List<String> classes = exploration.data().classes();
        Criterion criterion = adversary.criterion(classes);
        List<Attack<?>> attacks = adversary.known(model, exploration.reference());
        Trial trial = new Trial(
                model,
                subject,
                classes,
                attacks,
                LpBall.growing(List.of(adversary.ball())),
                criterion,
                adversary.seed());
        Logits clean = trial.clean(ShardWatch.OfTask.NONE);
        Answer cleanIn8Bits =
                Answer.of(model.classifier(), subject.image().withPixels(Pixels.rounded(subject.pixels())));
        Standing standing = before(clean, criterion);
        ShardResult.Cost cost = ShardResult.Cost.NONE;
        Success success = null;
        float[] shown = standing == Standing.UNCHANGED ? subject.pixels() : null;
        Trace.@Nullable Query nearest = null;
        @Nullable Trace trace = null;
        String stepsOf = "";
        for (int i = 0; standing == Standing.ROBUST && i < attacks.size(); i++) {
            Attack<?> attack = attacks.get(i);
            stepsOf = attack.title();
            trace = new Trace(
                    subject.image(), criterion, adversary.ball(), job, expected(attack, clean), working(model, attack));
            Trial.Found found = trial.run(i, clean, List.of(true), trace);
            cost = cost.plus(found.cost());
            Optional<Trace.Query> best = trace.nearest();
            if (found.success().isPresent()) {
                trace.forgetRepeated();
                standing = Standing.SUCCESS;
                success = success(attack, found.success().get(), found.image().orElseThrow());
                shown = found.image().orElseThrow().adversarial();
            } else if (best.isPresent() && (nearest == null || best.get().margin() < nearest.margin())) {
                nearest = best.get();
                shown = nearest.pixels();
            }
        }
        Optional<Plane> plane = trace == null ? Optional.empty() : plane(model, criterion);
        return new Result(
                position,
                standing,
                Answer.of(clean, 0),
                cleanIn8Bits,
                success,
                shown == null ? null : Shown.of(model, subject.image(), shown, adversary.ball()),
                standing == Standing.ROBUST
                        && nearest != null
                        && criterion.isMet(nearest.answer().prediction(), subject.label()),
                shown == null ? List.of() : transfers(position, shown, criterion),
                trace == null ? List.of() : steps(trace, clean, plane),
                stepsOf,
                trace == null ? 1 : trace.every(),
                trace == null ? 0 : trace.queries(),
                cost.forwards(),
                cost.backwards(),
                Job.milliseconds(start));
    }

    private static String working(OpenModel model, Attack<?> attack) {
        return "%s on %s".formatted(attack.title(), model.title());
    }

    private long expected(Attack<?> attack, Logits clean) {
        return attack.passes(adversary.norm(), List.of(adversary.ball().epsilon()), clean.classes())
                .forwards();
    }

    private Standing before(Logits clean, Criterion criterion) {
        if (clean.prediction(0) != subject.label()) {
            return Standing.MISTAKE;
        }
        if (!criterion.appliesTo(subject.label())) {
            return Standing.SPARED;
        }
        return adversary.ball().epsilon() == 0 ? Standing.UNCHANGED : Standing.ROBUST;
    }

    private static Success success(Attack<?> attack, ShardResult.Success measured, AdversarialExample image) {
        return new Success(
                attack.title(),
                measured.prediction(),
                measured.confidence(),
                measured.distance(),
                image.predictionAfterRounding(),
                measured.lostByRounding());
    }

    private List<Transfer> transfers(int from, float[] pixels, Criterion criterion) {
        List<Transfer> transfers = new ArrayList<>();
        for (int other = 0; other < exploration.models().size(); other++) {
            if (other != from) {
                Answer answer = Answer.of(
                        exploration.models().get(other).classifier(),
                        subject.image().withPixels(pixels));
                transfers.add(new Transfer(other, answer, criterion.isMet(answer.prediction(), subject.label())));
            }
        }
        return transfers;
    }

    private Optional<Plane> plane(OpenModel model, Criterion criterion) {
        return model.differentiable()
                .flatMap(differentiable -> Plane.ofGradient(differentiable, subject, criterion, adversary.seed()));
    }

    private List<Step> steps(Trace trace, Logits clean, Optional<Plane> plane) {
        List<Step> steps = new ArrayList<>();
        Answer answer = Answer.of(clean, 0);
        steps.add(step(new Trace.Query(0, 1, false, null, trace.margin(clean, 0), answer, subject.pixels()), plane));
        trace.kept().forEach(query -> steps.add(step(query, plane)));
        return steps;
    }

    private Step step(Trace.Query query, Optional<Plane> plane) {
        float[] pixels = query.pixels();
        return new Step(
                query.number(),
                query.images(),
                query.withGradient(),
                query.loss(),
                query.margin(),
                adversary.norm().distance(subject.pixels(), pixels, 0, pixels.length),
                query.answer().prediction(),
                query.answer().confidences()[query.answer().prediction()],
                plane.map(any -> any.place(pixels)).orElse(null),
                Pixels.text(pixels));
    }
}
