package dev.gauntlet.attack;

import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.Map;
import java.util.stream.Stream;

/** The attacks that are tested all alike: everything in {@link Attacks#all()}. */
final class Catalogue {
    /** By the name of an attack whose defaults do not do for many tiny tests: what runs in its place. */
    private static final Map<String, String> QUICK = Map.of(
            // by default it spends half of the budget at random, and so misses what is near
            "r-fgsm", "r-fgsm:relative-start=.1",
            // by default they take long
            "cw", "cw:steps=1000",
            "ead", "ead:steps=200",
            "boundary", "boundary:steps=300,draws=100",
            "hop-skip-jump", "hop-skip-jump:steps=5,draws=100");

    private Catalogue() {}

    /** Returns every attack with each of its norms, quick enough to be run many times. */
    static Stream<Case> cases() {
        return Attacks.all().stream()
                .map(attack -> Attacks.parse(QUICK.getOrDefault(attack.name(), attack.name())))
                .flatMap(Case::of);
    }

    /** Returns those that are told how far they may go. */
    static Stream<Case> fixedBudgets() {
        return cases().filter(each -> each.attack() instanceof FixedBudgetAttack);
    }

    /** Returns those that look for the nearest success. */
    static Stream<Case> minimalNorms() {
        return cases().filter(each -> each.attack() instanceof MinimalNormAttack);
    }

    /** An attack with one of its norms. */
    record Case(Attack<?> attack, Norm norm) {
        static Stream<Case> of(Attack<?> attack) {
            return attack.norms().stream().sorted().map(norm -> new Case(attack, norm));
        }

        /** Runs the attack; one that looks for the nearest success does not care how far it may go. */
        AttackResult run(DifferentiableClassifier model, Problem problem, double epsilon) {
            Attack<? super DifferentiableClassifier> runnable = runnable();
            if (runnable instanceof FixedBudgetAttack<? super DifferentiableClassifier> fixed) {
                return fixed.prepare(model, problem).within(epsilon);
            }
            if (runnable instanceof MinimalNormAttack<? super DifferentiableClassifier> minimal) {
                return minimal.nearest(model, problem);
            }
            throw new AssertionError(runnable);
        }

        /** Returns the attack as one that may ask for everything that there is. */
        @SuppressWarnings("unchecked") // an attack needs no more of a model than logits and gradients
        Attack<? super DifferentiableClassifier> runnable() {
            return (Attack<? super DifferentiableClassifier>) (Attack<? extends Classifier>) attack;
        }

        boolean isFixedBudget() {
            return attack instanceof FixedBudgetAttack;
        }

        /** Returns a share of the largest distance between two images of so many pixels, as a budget of this norm. */
        double budget(double share, int length) {
            double epsilon = share * norm.largest(length);
            return norm == Norm.L0 ? Math.rint(epsilon) : epsilon;
        }

        @Override
        public String toString() {
            return attack.name() + " " + norm.title();
        }
    }
}
