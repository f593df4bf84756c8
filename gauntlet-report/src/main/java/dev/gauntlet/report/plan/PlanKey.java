package dev.gauntlet.report.plan;

import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * A key of a plan: a component of a section of {@link PlanDocument}.
 *
 * @param path the section and the key, such as {@code sample.seed}
 * @param component the component
 */
record PlanKey(String path, RecordComponent component) {
    private static final Pattern CAPITAL = Pattern.compile("(?<=[a-z])(?=[A-Z])");

    /** Returns the keys of all sections, in the order of the components. */
    static List<PlanKey> all() {
        List<PlanKey> keys = new ArrayList<>();
        for (RecordComponent section : PlanDocument.class.getRecordComponents()) {
            for (RecordComponent component : sectionType(section).getRecordComponents()) {
                keys.add(new PlanKey(name(section) + "." + name(component), component));
            }
        }
        return keys;
    }

    /** Returns the record of a section. */
    static Class<?> sectionType(RecordComponent section) {
        return (Class<?>) ((ParameterizedType) section.getGenericType()).getActualTypeArguments()[0];
    }

    /** Returns how a plan writes the name of a component. */
    static String name(RecordComponent component) {
        return CAPITAL.matcher(component.getName()).replaceAll("-").toLowerCase(Locale.ROOT);
    }

    /** Returns what is said, by key. */
    static Map<String, Object> said(PlanDocument plan) {
        Map<String, Object> said = new LinkedHashMap<>();
        for (RecordComponent section : PlanDocument.class.getRecordComponents()) {
            ((Optional<?>) value(section, plan)).ifPresent(present -> {
                for (RecordComponent component : present.getClass().getRecordComponents()) {
                    content(value(component, present))
                            .ifPresent(value -> said.put(name(section) + "." + name(component), value));
                }
            });
        }
        return said;
    }

    /** Puts two plans together; where both say something, the second counts. */
    static PlanDocument merged(PlanDocument first, PlanDocument second) {
        return (PlanDocument) merged((Record) first, second);
    }

    /** Returns a plan that says only one section. */
    static PlanDocument only(PlanDocument.Section section) {
        Object[] values = Arrays.stream(PlanDocument.class.getRecordComponents())
                .map(component -> sectionType(component).isInstance(section) ? Optional.of(section) : Optional.empty())
                .toArray();
        return (PlanDocument) constructed(PlanDocument.class, values);
    }

    private static Record merged(Record first, Record second) {
        RecordComponent[] components = first.getClass().getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            Object ofFirst = value(components[i], first);
            Object ofSecond = value(components[i], second);
            Optional<Object> before = content(ofFirst);
            Optional<Object> after = content(ofSecond);
            boolean both = before.isPresent() && after.isPresent();
            values[i] =
                    both && before.get() instanceof Record one && after.get() instanceof Record two && isSection(one)
                            ? Optional.of(merged(one, two))
                            : after.isPresent() ? ofSecond : ofFirst;
        }
        return constructed(first.getClass(), values);
    }

    private static Record constructed(Class<? extends Record> type, Object... values) {
        try {
            Constructor<? extends Record> canonical =
                    type.getDeclaredConstructor(Arrays.stream(type.getRecordComponents())
                            .map(RecordComponent::getType)
                            .toArray(Class<?>[]::new));
            return canonical.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type.getName(), e);
        }
    }

    private static boolean isSection(Record value) {
        return value instanceof PlanDocument.Section;
    }

    private static Object value(RecordComponent component, Object of) {
        try {
            return component.getAccessor().invoke(of);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(component.toString(), e);
        }
    }

    private static Optional<Object> content(Object optional) {
        if (optional instanceof OptionalInt number) {
            return number.isPresent() ? Optional.of(number.getAsInt()) : Optional.empty();
        }
        if (optional instanceof OptionalLong number) {
            return number.isPresent() ? Optional.of(number.getAsLong()) : Optional.empty();
        }
        if (optional instanceof OptionalDouble number) {
            return number.isPresent() ? Optional.of(number.getAsDouble()) : Optional.empty();
        }
        return ((Optional<?>) optional).map(value -> value);
    }
}
