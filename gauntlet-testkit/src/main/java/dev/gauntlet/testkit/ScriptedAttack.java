package dev.gauntlet.testkit;

import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.Set;

/**
 * An attack for every norm that returns the results that a test prescribes.
 *
 * @param script the attack
 */
public record ScriptedAttack(Script script) implements FixedBudgetAttack<Classifier> {
    /** The behaviour of the attack. */
    @FunctionalInterface
    public interface Script {
        /**
         * Returns the search within any budget.
         *
         * @param model the model under attack
         * @param problem the problem
         * @return the search
         */
        Search prepare(Classifier model, Problem problem);
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.allOf(Norm.class);
    }

    @Override
    public Search prepare(Classifier model, Problem problem) {
        return script.prepare(model, problem);
    }

    @Override
    public void search(Classifier model, Problem problem, double epsilon, Findings findings) {
        throw new AssertionError("The script is the search.");
    }
}
