package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Dlr;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.math.BigDecimal;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
    private static final Every EVERY = new Every(3, .25, true, Pace.VERY_SLOW, new CrossEntropy());

    /** Options whose smallest value depends on another option. */
    private static final Set<String> RELATED = Set.of("hop-skip-jump:most-probes");

    /** An option of an attack of the catalogue. */
    record Option(Attack<?> attack, String name, String value) {
        boolean isWholeNumber() {
            return Attacks.values(attack).get(name).startsWith("a whole number");
        }

        boolean isNumber() {
            return isWholeNumber() || Attacks.values(attack).get(name).startsWith("a number");
        }

        /** Returns other values, of which at least one should do. */
        List<String> others() {
            if (isWholeNumber()) {
                int number = Integer.parseInt(value);
                return List.of(String.valueOf(number + 1), String.valueOf(number - 1), String.valueOf(number + 2));
            }
            if (isNumber()) {
                double number = Double.parseDouble(value);
                return List.of(String.valueOf(number / 2 + .125), String.valueOf(2 * number));
            }
            return Stream.of(Attacks.values(attack).get(name).split(" or "))
                    .filter(other -> !other.equals(value))
                    .toList();
        }

        String text(double number) {
            return isWholeNumber() ? String.valueOf((long) number) : new BigDecimal(number).toPlainString();
        }

        Attack<?> with(String other) {
            return Attacks.parse("%s:%s=%s".formatted(attack.name(), name, other));
        }

        @Override
        public String toString() {
            return attack.name() + ":" + name;
        }
    }

    static Stream<Option> options() {
        return Attacks.all().stream()
                .flatMap(attack -> attack.options().entrySet().stream()
                        .map(option -> new Option(attack, option.getKey(), option.getValue())));
    }

    static Stream<Option> numbers() {
        return options().filter(Option::isNumber);
    }

    @ParameterizedTest
    @MethodSource("options")
    void everyOptionCanBeChangedAndIsWrittenAndReadBack(Option option) {
        int accepted = 0;
        for (String other : option.others()) {
            Attack<?> changed;
            try {
                changed = option.with(other);
            } catch (GauntletException e) {
                continue;
            }
            accepted++;
            assertThat(changed).isNotEqualTo(option.attack());
            assertThat(changed.options()).containsEntry(option.name(), other);
            assertThat(Attacks.parse(written(changed))).isEqualTo(changed);
        }
        assertThat(accepted).isPositive();
    }

    @ParameterizedTest
    @MethodSource("options")
    void aValueThatCannotBeReadIsQuoted(Option option) {
        for (String bad : new String[] {"some", "", "1d", "0x1p-3", "NaN", "-Infinity", "1_000"}) {
            assertThatThrownBy(() -> option.with(bad))
                    .as("%s=%s", option, bad)
                    .isInstanceOf(GauntletException.class)
                    .hasMessageContaining("'" + bad + "'")
                    .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
        }
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void aNumberOutOfRangeIsQuoted(Option option) {
        assertThatThrownBy(() -> option.with("-7"))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("-7")
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
        assertThatThrownBy(() -> option.with("1e999"))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(option.isWholeNumber() ? "'1e999'" : "Infinity")
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
    }

    @ParameterizedTest
    @MethodSource("options")
    void everyOptionIsExplained(Option option) {
        assertThat(Attacks.meanings(option.attack()).get(option.name()))
                .matches("[A-Z].{8,}[a-z0-9]")
                .doesNotContain("\n");
    }

    /** What is said of a range is what the attack accepts: its bounds, and nothing beyond them. */
    @ParameterizedTest
    @MethodSource("numbers")
    void theRangeThatIsSaidIsTheRangeThatIsAccepted(Option option) {
        String values = Attacks.values(option.attack()).get(option.name());
        Matcher bounds =
                Pattern.compile("(at least|above|at most|below) ([0-9.]+)").matcher(values);
        int found = 0;
        while (bounds.find()) {
            found++;
            double bound = Double.parseDouble(bounds.group(2));
            double step = option.isWholeNumber() ? 1 : 1e-9;
            String at = option.text(bound);
            switch (bounds.group(1)) {
                case "at least" -> {
                    assertAccepted(option, at, true);
                    assertAccepted(option, option.text(bound - step), false);
                }
                case "above" -> assertAccepted(option, at, false);
                case "at most" -> {
                    assertAccepted(option, at, true);
                    assertAccepted(option, option.text(bound + step), false);
                }
                default -> assertAccepted(option, at, false);
            }
        }
        assertThat(found).as(values).isPositive();
    }

    private static void assertAccepted(Option option, String value, boolean accepted) {
        if (!accepted) {
            assertThatThrownBy(() -> option.with(value))
                    .as("%s=%s", option, value)
                    .isInstanceOf(GauntletException.class);
        } else if (!RELATED.contains(option.toString())) {
            assertThat(option.with(value).name()).isEqualTo(option.attack().name());
        }
    }

    @Test
    void readsAndWritesEveryKindOfOption() {
        assertThat(Options.of(EVERY))
                .containsExactly(
                        Map.entry("how-often", "3"),
                        Map.entry("is-loud", "true"),
                        Map.entry("loss", "cross-entropy"),
                        Map.entry("pace", "very-slow"),
                        Map.entry("share", "0.25"));
        assertThat(Options.with(
                        EVERY,
                        Map.of("how-often", "+4", "is-loud", "FALSE", "loss", "dlr", "pace", "Fast", "share", "1e-3")))
                .isEqualTo(new Every(4, .001, false, Pace.FAST, new Dlr()));
        assertThat(Options.with(EVERY, Map.of())).isEqualTo(EVERY);
        assertThat(Options.values(EVERY))
                .containsEntry("pace", "very-slow or fast")
                .containsEntry("is-loud", "true or false")
                .containsEntry("how-often", "a whole number")
                .containsEntry("share", "a number");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            how-often | 2147483648 | Option how-often of attack every must be a whole number, got '2147483648'.
            share     | 1.2.3      | Option share of attack every must be a number, got '1.2.3'.
            pace      | slow       | Unknown value of option pace 'slow'. Known: very-slow, fast.
            is-loud   | fals       | Unknown value of option is-loud 'fals'; did you mean false? Known: true, false.
            how-oft   | 1          | Unknown option of every 'how-oft'; did you mean how-often?
            how-often | 99         | More than 9: 99.
            """)
    void saysWhatIsWrongWithAnOption(String name, String value, String message) {
        assertThatThrownBy(() -> Options.with(EVERY, Map.of(name, value)))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"steps", ""})
    void anAttackWithoutOptionsTakesNone(String name) {
        assertThatThrownBy(() -> Options.with(new None(), Map.of(name, "1")))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The attack none has no options.");
        assertThat(Options.with(new None(), Map.of())).isEqualTo(new None());
    }

    @Test
    void onlyWhatHasATextIsAnOption() {
        assertThat(new Scripted(epsilon -> {}, .5, "a name").options()).containsExactly(Map.entry("share", "0.5"));
        assertThat(Options.with(new Scripted(epsilon -> {}, .5, "a name"), Map.of("share", ".25"))
                        .options())
                .containsExactly(Map.entry("share", "0.25"));
    }

    @Test
    void aClassThatIsNotARecordHasNoOptions() {
        Attack<?> plain = new Plain();
        assertThat(plain.options()).isEmpty();
        assertThat(Attacks.values(plain)).isEmpty();
        assertThat(Attacks.meanings(plain)).isEmpty();
        assertThat(Attacks.written(plain)).isEqualTo("plain");
        assertThat(Options.with(plain, Map.of())).isSameAs(plain);
    }

    @Test
    void anAttackThatSaysNothingElseIsCalledByItsName() {
        assertThat(EVERY.title()).isEqualTo("every");
        assertThat(EVERY.meaning()).isEqualTo("every");
    }

    private static String written(Attack<?> attack) {
        List<String> options = attack.options().entrySet().stream()
                .map(option -> option.getKey() + "=" + option.getValue())
                .toList();
        return attack.name() + ":" + String.join(",", options);
    }

    enum Pace {
        VERY_SLOW,
        FAST
    }

    /** An attack with an option of every kind. */
    record Every(int howOften, double share, boolean isLoud, Pace pace, Loss loss)
            implements FixedBudgetAttack<Classifier> {
        Every {
            if (howOften > 9) {
                throw new GauntletException("More than 9: " + howOften + ".");
            }
        }

        @Override
        public String name() {
            return "every";
        }

        @Override
        public Set<Norm> norms() {
            return EnumSet.allOf(Norm.class);
        }

        @Override
        public void search(Classifier model, Problem problem, double epsilon, Findings findings) {
            throw new UnsupportedOperationException();
        }
    }

    /** A record that nobody else may see and that holds more than options. */
    private record Scripted(DoubleConsumer script, double share, String name) implements FixedBudgetAttack<Classifier> {
        @Override
        public Set<Norm> norms() {
            return EnumSet.of(Norm.LINF);
        }

        @Override
        public void search(Classifier model, Problem problem, double epsilon, Findings findings) {
            script.accept(epsilon);
        }
    }

    /** An attack that is not a record. */
    private static final class Plain implements MinimalNormAttack<Classifier> {
        @Override
        public String name() {
            return "plain";
        }

        @Override
        public Set<Norm> norms() {
            return EnumSet.of(Norm.L2);
        }

        @Override
        public void search(Classifier model, Problem problem, Findings findings) {
            findings.copyTo(0, problem.clean().pixels(), 0);
        }
    }

    record None() implements FixedBudgetAttack<Classifier> {
        @Override
        public String name() {
            return "none";
        }

        @Override
        public Set<Norm> norms() {
            return EnumSet.allOf(Norm.class);
        }

        @Override
        public void search(Classifier model, Problem problem, double epsilon, Findings findings) {
            throw new UnsupportedOperationException();
        }
    }
}
