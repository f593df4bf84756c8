package dev.gauntlet.request;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.Misclassified;
import dev.gauntlet.threat.Targeted;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What the adversary wants, said without knowing the classes of the data. */
public sealed interface AttackGoal {
    /**
     * Reads a target as a user writes it.
     *
     * @param text the name of a class, its number from 0 on, one number for each class, such as {@code 1,2,0}, or 'next' for
     *     the class after the true one
     * @return the goal
     * @throws GauntletException if the text is empty
     */
    static AttackGoal parse(String text) {
        String target = text.strip();
        if (target.equalsIgnoreCase(NextClass.WORD)) {
            return new NextClass();
        }
        return EachClass.WRITTEN.matcher(target).matches()
                ? new EachClass(Arrays.stream(target.split(",", -1))
                        .map(Integer::valueOf)
                        .toList())
                : new OneClass(target);
    }

    /**
     * Returns the goal that a criterion comes from.
     *
     * @param criterion the criterion
     * @return the goal
     */
    static AttackGoal of(Criterion criterion) {
        if (!(criterion instanceof Targeted targeted)) {
            return new AnyError();
        }
        boolean next = targeted.equals(Targeted.next(targeted.targetOfClass().size()));
        return next ? new NextClass() : new EachClass(targeted.targetOfClass());
    }

    /**
     * Tells whether the adversary wants certain answers.
     *
     * @return false if any wrong answer will do
     */
    default boolean isTargeted() {
        return true;
    }

    /**
     * Returns what counts as success on data with these classes.
     *
     * @param classes the names of the classes
     * @return the criterion
     * @throws GauntletException if the goal names a class that is not one of them
     */
    Criterion criterion(List<String> classes);

    /** Any wrong answer. */
    record AnyError() implements AttackGoal {
        @Override
        public boolean isTargeted() {
            return false;
        }

        @Override
        public Criterion criterion(List<String> classes) {
            return new Misclassified();
        }

        @Override
        public String toString() {
            return "any error";
        }
    }

    /** For each class the one after it. */
    record NextClass() implements AttackGoal {
        private static final String WORD = "next";

        @Override
        public Criterion criterion(List<String> classes) {
            return Targeted.next(classes.size());
        }

        @Override
        public String toString() {
            return WORD;
        }
    }

    /**
     * One class.
     *
     * @param name its name, or its number from 0 on where no class has that name
     */
    record OneClass(String name) implements AttackGoal {
        private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

        public OneClass {
            if (name.isBlank()) {
                throw new GauntletException(
                        "The target is empty; write the name of a class, its number from 0 on, or next.");
            }
        }

        @Override
        public Criterion criterion(List<String> classes) {
            Map<String, Integer> numbers = new LinkedHashMap<>();
            for (int i = 0; i < classes.size(); i++) {
                numbers.putIfAbsent(classes.get(i).toLowerCase(Locale.ROOT), i);
            }
            boolean isNumber = NUMBER.matcher(name).matches() && !numbers.containsKey(name);
            return Targeted.at(
                    isNumber ? Integer.parseInt(name) : new Choices<>("class", numbers).parse(name), classes.size());
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * A class for each true class.
     *
     * @param targets the wanted number for each class, in the order of the classes
     */
    record EachClass(List<Integer> targets) implements AttackGoal {
        private static final Pattern WRITTEN = Pattern.compile("\\d{1,9}(,\\d{1,9})+");

        public EachClass {
            targets = List.copyOf(targets);
        }

        @Override
        public Criterion criterion(List<String> classes) {
            if (targets.size() != classes.size()) {
                throw new GauntletException(
                        "The target names %d classes, but the data has %d.".formatted(targets.size(), classes.size()));
            }
            return new Targeted(targets);
        }

        @Override
        public String toString() {
            return targets.stream().map(String::valueOf).collect(Collectors.joining(","));
        }
    }
}
