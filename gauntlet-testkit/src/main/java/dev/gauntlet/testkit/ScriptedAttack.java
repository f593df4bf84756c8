package dev.gauntlet.testkit;

import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.Problem;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * An attack in every norm that returns what a test writes down, so that it is known what an evaluator has to make of it.
 *
 * @param script the attack
 */
public record ScriptedAttack(Script script) implements FixedBudgetAttack<Classifier> {
    /** What the attack does. */
    @FunctionalInterface
    public interface Script {
        /**
         * Returns the search within any budget.
         *
         * @param model the model under attack
         * @param problem what is asked
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
    public Map<String, String> options() {
        return Map.of();
    }

    @Override
    public Search prepare(Classifier model, Problem problem) {
        return script.prepare(model, problem);
    }
}
