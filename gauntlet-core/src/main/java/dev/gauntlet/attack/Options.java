package dev.gauntlet.attack;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.loss.Losses;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Converts the options of an attack to names and texts and back.
 *
 * <p>The options of a record are its components that are numbers, booleans, enum constants or losses. Other components, such
 * as functions, are not options, and a class that is not a record has no options.
 */
final class Options {
    private Options() {}

    /** Returns the value of every component by its option's name. */
    static Map<String, String> of(Attack<?> attack) {
        Map<String, String> options = new TreeMap<>();
        for (RecordComponent component : options(attack)) {
            options.put(name(component), text(value(component, attack)));
        }
        return options;
    }

    /**
     * Copies an attack with some options changed.
     *
     * @throws GauntletException if the attack does not have the option or does not allow the value
     */
    static <A extends Attack<?>> A with(A attack, Map<String, String> changes) {
        List<String> names = options(attack).stream().map(Options::name).toList();
        if (names.isEmpty() && !changes.isEmpty()) {
            throw new GauntletException("The attack %s has no options.".formatted(attack.name()));
        }
        Choices<String> known = Choices.of("option of " + attack.name(), names, name -> name);
        changes.keySet().forEach(known::parse);
        if (changes.isEmpty()) {
            return attack;
        }
        RecordComponent[] components = attack.getClass().getRecordComponents();
        Object[] values = Arrays.stream(components)
                .map(component -> {
                    String text = changes.get(name(component));
                    return text == null ? value(component, attack) : parse(attack, component, text);
                })
                .toArray();
        return copy(attack, components, values);
    }

    /**
     * Refuses an attack whose options can neither be set nor recorded: two runs with other options would look the same.
     *
     * @throws GauntletException if it is not a record but has fields
     */
    static void requireRecordable(Attack<?> attack) {
        Class<?> type = attack.getClass();
        boolean hasFields = Stream.<Class<?>>iterate(type, each -> each != null, Class::getSuperclass)
                .flatMap(each -> Arrays.stream(each.getDeclaredFields()))
                .anyMatch(field -> !Modifier.isStatic(field.getModifiers()));
        if (hasFields && !type.isRecord()) {
            throw new GauntletException(
                    "The attack %s has fields but is not a record, so its options can neither be set nor recorded; make it a record."
                            .formatted(type.getName()));
        }
    }

    /** Describes the values of every option, by name. */
    static Map<String, String> values(Attack<?> attack) {
        Map<String, String> values = new TreeMap<>();
        for (RecordComponent component : options(attack)) {
            values.put(name(component), values(component.getType()) + range(component));
        }
        return values;
    }

    /** Returns the meaning of every option, by name. */
    static Map<String, String> meanings(Attack<?> attack) {
        Map<String, String> meanings = new TreeMap<>();
        for (RecordComponent component : options(attack)) {
            OptionMeaning explained = component.getAnnotation(OptionMeaning.class);
            if (explained != null) {
                meanings.put(name(component), explained.value());
            }
        }
        return meanings;
    }

    private static List<RecordComponent> options(Attack<?> attack) {
        return attack.getClass().isRecord()
                ? Arrays.stream(attack.getClass().getRecordComponents())
                        .filter(component -> isOption(component.getType()))
                        .toList()
                : List.of();
    }

    private static boolean isOption(Class<?> type) {
        return type == int.class
                || type == double.class
                || type == boolean.class
                || type == Loss.class
                || type.isEnum();
    }

    /** Describes the range of a number, such as ", above 0 and at most 1". */
    private static String range(RecordComponent component) {
        OptionMeaning explained = component.getAnnotation(OptionMeaning.class);
        if (explained == null) {
            return "";
        }
        List<String> bounds = Stream.of(
                        bound("at least", explained.min()),
                        bound("above", explained.above()),
                        bound("at most", explained.max()),
                        bound("below", explained.below()))
                .flatMap(Optional::stream)
                .toList();
        return bounds.isEmpty() ? "" : ", " + String.join(" and ", bounds);
    }

    private static Optional<String> bound(String relation, double bound) {
        return Double.isNaN(bound)
                ? Optional.empty()
                : Optional.of("%s %s"
                        .formatted(
                                relation,
                                new BigDecimal(bound).stripTrailingZeros().toPlainString()));
    }

    private static String values(Class<?> type) {
        if (type == int.class) {
            return "a whole number";
        }
        if (type == double.class) {
            return "a number";
        }
        return String.join(" or ", choices("value", type).byName().keySet());
    }

    @SuppressWarnings("unchecked")
    private static <A extends Attack<?>> A copy(A attack, RecordComponent[] components, Object[] values) {
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = attack.getClass().getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return (A) constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object parse(Attack<?> attack, RecordComponent component, String text) {
        Class<?> type = component.getType();
        try {
            if (type == int.class) {
                return Integer.valueOf(text);
            }
            if (type == double.class) {
                // Java's parser also accepts 1d, 0x1p-3 and NaN
                if (!text.matches("[-+0-9.eE]+")) {
                    throw new NumberFormatException(text);
                }
                return Double.valueOf(text);
            }
        } catch (NumberFormatException e) {
            throw new GauntletException(
                    "Option %s of attack %s must be %s, got '%s'."
                            .formatted(
                                    name(component),
                                    attack.name(),
                                    type == int.class ? "a whole number" : "a number",
                                    text),
                    e);
        }
        return choices("value of option " + name(component), type).parse(text);
    }

    private static Choices<?> choices(String kind, Class<?> type) {
        if (type == boolean.class) {
            return Choices.of(kind, List.of(true, false), String::valueOf);
        }
        if (type == Loss.class) {
            return Losses.CHOICES;
        }
        return Choices.of(kind, Arrays.asList(type.getEnumConstants()), Options::text);
    }

    private static Object value(RecordComponent component, Attack<?> attack) {
        try {
            // the method is public, but its class may not be
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(attack);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String text(Object value) {
        if (value instanceof Loss loss) {
            return loss.name();
        }
        if (value instanceof Enum<?> constant) {
            return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
        return String.valueOf(value);
    }

    /** Writes relativeStep as relative-step. */
    private static String name(RecordComponent component) {
        return component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
}
