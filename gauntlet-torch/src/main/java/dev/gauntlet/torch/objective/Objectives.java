package dev.gauntlet.torch.objective;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * Reads and writes objectives as text.
 *
 * <p>Example: {@code Objectives.parse("trades:beta=6", OptionalDouble.of(8 / 255.0))}.
 */
public final class Objectives {
    private static final Choices<Recipe> CHOICES = Choices.of("objective", List.of(Recipe.values()), Recipe::id);

    private static final double USUAL_SIGMA = 0.25;

    private Objectives() {}

    /**
     * Reads an objective: its name, and after a colon the options that differ from its defaults.
     *
     * @param text the text, such as {@code pgd:steps=10}
     * @param epsilon the budget in L-infinity, which every objective with an adversary requires
     * @return the objective
     * @throws GauntletException if the objective or an option does not exist (the message suggests the nearest name), a
     *     value is out of range, or epsilon is missing or out of place
     */
    public static TrainingObjective parse(String text, OptionalDouble epsilon) {
        int colon = text.indexOf(':');
        Recipe recipe = recipe(text);
        if (recipe.isAdversarial() && epsilon.isEmpty()) {
            throw new GauntletException("The objective %s needs an epsilon, the largest change of a pixel, such as 0.1."
                    .formatted(recipe.id()));
        }
        if (!recipe.isAdversarial() && epsilon.isPresent()) {
            throw new GauntletException(
                    "The objective %s has no epsilon, got %s; omit it.".formatted(recipe.id(), epsilon.getAsDouble()));
        }
        TrainingObjective defaults = recipe.within(epsilon.orElse(0));
        ObjectiveOptions options =
                ObjectiveOptions.read(recipe.id(), colon < 0 ? "" : text.substring(colon + 1), defaults.options());
        return recipe.with(defaults.epsilon(), options);
    }

    /**
     * Tells whether an objective needs an epsilon.
     *
     * @param text the text, such as {@code pgd:steps=10}
     * @return whether it has an adversary
     * @throws GauntletException if there is no such objective
     */
    public static boolean hasAdversary(String text) {
        return recipe(text).isAdversarial();
    }

    /**
     * Tells whether an objective is that of standard training.
     *
     * @param text the objective as a user writes it
     * @return whether it is
     * @throws GauntletException if there is none of this name
     */
    public static boolean isStandard(String text) {
        return recipe(text) == Recipe.STANDARD;
    }

    private static Recipe recipe(String text) {
        int colon = text.indexOf(':');
        return CHOICES.parse((colon < 0 ? text : text.substring(0, colon)).strip());
    }

    /**
     * Writes an objective with all its options except epsilon.
     *
     * @param objective the objective
     * @return the text, such as {@code noise:sigma=0.25}
     */
    public static String written(TrainingObjective objective) {
        String options = objective.options().entrySet().stream()
                .map(option -> option.getKey() + "=" + option.getValue())
                .collect(Collectors.joining(","));
        return options.isEmpty() ? objective.name() : objective.name() + ":" + options;
    }

    /**
     * Returns the names of all objectives.
     *
     * @return the names, the simple ones first
     */
    public static List<String> names() {
        return List.copyOf(CHOICES.byName().keySet());
    }

    /** The objectives by name. */
    private enum Recipe {
        STANDARD,
        FAST,
        PGD,
        TRADES,
        MART,
        IBP,
        CROWN_IBP,
        NOISE;

        String id() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        boolean isAdversarial() {
            return this != STANDARD && this != NOISE;
        }

        TrainingObjective within(double epsilon) {
            return switch (this) {
                case STANDARD -> new Standard();
                case FAST -> FastAdversarial.within(epsilon);
                case PGD -> PgdAdversarial.within(epsilon);
                case TRADES -> Trades.within(epsilon);
                case MART -> Mart.within(epsilon);
                case IBP -> IntervalBounds.within(epsilon);
                case CROWN_IBP -> CrownIntervalBounds.within(epsilon);
                case NOISE -> new GaussianAugmentation(USUAL_SIGMA);
            };
        }

        TrainingObjective with(double epsilon, ObjectiveOptions options) {
            return switch (this) {
                case STANDARD -> new Standard();
                case FAST ->
                    new FastAdversarial(epsilon, options.number("relative-step"), options.truth("clamp-start"));
                case PGD ->
                    new PgdAdversarial(epsilon, options.whole("steps"), options.relativeStep(), options.number("ramp"));
                case TRADES ->
                    new Trades(
                            epsilon,
                            options.whole("steps"),
                            options.relativeStep(),
                            options.number("beta"),
                            options.number("ramp"));
                case MART ->
                    new Mart(
                            epsilon,
                            options.whole("steps"),
                            options.relativeStep(),
                            options.number("beta"),
                            options.number("ramp"));
                case IBP -> intervals(epsilon, options);
                case CROWN_IBP -> new CrownIntervalBounds(intervals(epsilon, options), options.number("beta"));
                case NOISE -> new GaussianAugmentation(options.number("sigma"));
            };
        }

        private static IntervalBounds intervals(double epsilon, ObjectiveOptions options) {
            return new IntervalBounds(
                    epsilon,
                    options.number("kappa"),
                    options.number("warm-up"),
                    options.number("ramp"),
                    options.number("overshoot"));
        }
    }
}
