package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Numbers;
import dev.gauntlet.report.RepeatablePlan;
import dev.gauntlet.report.plan.PlanDocument;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Puts together what a plan says and what the options of a command say. */
final class Plans {
    static final String OPTION = "--plan";

    private static final String HEADERS = "model.headers";

    private Plans() {}

    /**
     * Puts them together.
     *
     * @param file the plan, or the record of a run; null if there is none
     * @param options what the options say
     * @param concerns which keys of the plan the command looks at
     * @throws GauntletException if there is no such plan, it cannot be read, or both say the same
     */
    static PlanDocument together(
            @Nullable Path file, PlanDocument options, Predicate<String> concerns, Console console) {
        if (file == null) {
            return options;
        }
        boolean isRecord = RepeatablePlan.isRecord(file);
        // what is wrong in the plan is named by its keys
        console.plan(PlanDocument.allKeys());
        PlanDocument plan = RepeatablePlan.read(file);
        Set<String> said = plan.keys();
        console.plan(said);
        Set<String> saidTwice = options.keys();
        said.stream()
                .filter(concerns)
                // a record has no values of headers, so they have to be given again
                .filter(key -> !isRecord || !key.equals(HEADERS))
                .filter(saidTwice::contains)
                .findFirst()
                .ifPresent(key -> {
                    String option = OptionNames.option(key).orElse(key);
                    throw new GauntletException(
                            isRecord
                                    ? "The run of %s, which --plan repeats, has its own %s; leave out %s, or name everything yourself instead of --plan."
                                            .formatted(file, option, option)
                                    : "The plan %s already has %s; leave out %s, or remove %s from the plan."
                                            .formatted(file, key, option, key));
                });
        return plan.and(options);
    }

    /** Says which budgets and attacks are named more than once, as they are tried once. */
    static void sayRepeated(PlanDocument asked, Console console) {
        repeated(asked.threat().flatMap(PlanDocument.Adversary::epsilons).orElse(List.of()))
                .forEach(epsilon -> console.warn("The epsilon %s is named more than once; it is tried once."
                        .formatted(Numbers.rounded(epsilon))));
        repeated(asked.attack().flatMap(PlanDocument.Attacks::list).orElse(List.of()))
                .forEach(attack -> console.warn(
                        "The attack %s is named more than once; the same attack does the same again, so it is run once."
                                .formatted(attack)));
    }

    private static <T> List<T> repeated(List<T> values) {
        return values.stream()
                .filter(value -> Collections.frequency(values, value) > 1)
                .distinct()
                .toList();
    }
}
