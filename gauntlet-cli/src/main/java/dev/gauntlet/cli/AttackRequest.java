package dev.gauntlet.cli;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.Sampling;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Misclassified;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a user wants to try, checked as far as that goes without the data.
 *
 * @param attacks the attacks as the user wrote them, in their order; {@code autoattack} stands for its four
 * @param norm how distance is measured
 * @param target the wanted class as the user wrote it; empty if any wrong answer counts
 * @param blackBox whether the attacks see nothing but logits
 * @param epsilons the budgets
 * @param seed the seed of every random choice
 * @param examples how many examples are drawn; absent for all
 * @param shardSize how many examples are attacked together at most; absent for as many as fit their size
 */
record AttackRequest(
        List<String> attacks,
        Norm norm,
        Optional<String> target,
        boolean blackBox,
        List<Double> epsilons,
        long seed,
        OptionalInt examples,
        OptionalInt shardSize) {
    private static final String NEXT = "next";

    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

    AttackRequest {
        Norm measured = norm;
        attacks = attacks.stream()
                .flatMap(written -> isAutoAttack(written, blackBox)
                        ? Attacks.parseAll(written, measured).stream().map(Attacks::written)
                        : Stream.of(written))
                .distinct()
                .toList();
        epsilons = List.copyOf(epsilons);
        for (String written : attacks) {
            Attack<?> attack = blackBox ? Attacks.parseBlackBox(written) : Attacks.parse(written);
            if (!attack.norms().contains(norm)) {
                throw new GauntletException("The attack %s has no %s form; it has %s.%s"
                        .formatted(
                                attack.name(),
                                norm.title(),
                                attack.norms().stream()
                                        .sorted()
                                        .map(Norm::title)
                                        .collect(Collectors.joining(", ")),
                                others(blackBox, other -> other.norms().contains(norm))));
            }
            if (target.isPresent() && !attack.isTargetable()) {
                throw new GauntletException("The attack %s has no targeted form.%s"
                        .formatted(attack.name(), others(blackBox, Attack::isTargetable)));
            }
        }
        for (double epsilon : epsilons) {
            new LpBall(norm, epsilon);
        }
    }

    private static boolean isAutoAttack(String written, boolean blackBox) {
        // a black box refuses it by the name that the user wrote, and not by that of one of its attacks
        return !blackBox
                && written.split(":", 2)[0].strip().toLowerCase(Locale.ROOT).equals(AutoAttack.NAME);
    }

    /** Tells whether none of the attacks needs more of a model than its logits. */
    boolean needsLogitsOnly() {
        return attacks.stream()
                .map(Attacks::parse)
                .allMatch(attack -> Attacks.blackBox().stream()
                        .anyMatch(other -> other.name().equals(attack.name())));
    }

    /** Returns the same request for a model of which the attacks see nothing but logits. */
    AttackRequest asBlackBox() {
        return new AttackRequest(attacks, norm, target, true, epsilons, seed, examples, shardSize);
    }

    /** Plans the evaluation on data of these classes. */
    Evaluation evaluation(List<String> classes) {
        Criterion criterion = criterion(classes);
        return blackBox
                ? new Evaluation.BlackBox(plan(
                        attacks.stream()
                                .<Attack<? super Classifier>>map(Attacks::parseBlackBox)
                                .toList(),
                        criterion))
                : new Evaluation.WhiteBox(plan(
                        attacks.stream()
                                .<Attack<? super DifferentiableClassifier>>map(Attacks::parse)
                                .toList(),
                        criterion));
    }

    private <M extends Classifier> Plan<M> plan(List<Attack<? super M>> read, Criterion criterion) {
        return new Plan<>(
                read,
                Stream.concat(Stream.of(0.0), epsilons.stream())
                        .map(epsilon -> new LpBall(norm, epsilon))
                        .toList(),
                criterion,
                new Sampling(examples, seed),
                shardSize);
    }

    private Criterion criterion(List<String> classes) {
        if (target.isEmpty()) {
            return new Misclassified();
        }
        String wanted = target.get().strip();
        return wanted.equalsIgnoreCase(NEXT) ? Targeted.next(classes.size()) : towards(wanted, classes);
    }

    /** Finds a class by its name or, where no class is called so, by its number. */
    private static Targeted towards(String wanted, List<String> classes) {
        Map<String, Integer> numbers = new LinkedHashMap<>();
        for (int i = 0; i < classes.size(); i++) {
            numbers.putIfAbsent(classes.get(i).toLowerCase(Locale.ROOT), i);
        }
        boolean number = NUMBER.matcher(wanted).matches() && !numbers.containsKey(wanted);
        return Targeted.at(
                number ? Integer.parseInt(wanted) : new Choices<>("class", numbers).parse(wanted), classes.size());
    }

    /** Names the attacks that would do, if there are any. */
    private static String others(boolean blackBox, Predicate<Attack<?>> suits) {
        List<? extends Attack<?>> all = blackBox ? Attacks.blackBox() : Attacks.all();
        List<String> names = all.stream().filter(suits).map(Attack::name).toList();
        return names.isEmpty() ? "" : " Of this form there are: %s.".formatted(String.join(", ", names));
    }
}
