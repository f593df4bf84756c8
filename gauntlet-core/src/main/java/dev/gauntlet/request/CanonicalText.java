package dev.gauntlet.request;

import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Writes records line by line, by their components. */
final class CanonicalText {
    private final StringBuilder lines = new StringBuilder();

    private CanonicalText() {}

    static String of(Record value) {
        CanonicalText text = new CanonicalText();
        text.components("", value);
        return text.lines.toString();
    }

    private void components(String prefix, Record value) {
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            try {
                write(prefix + component.getName(), component.getAccessor().invoke(value));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("%s of %s".formatted(component, value.getClass()), e);
            }
        }
    }

    private void write(String name, Object value) {
        if (value instanceof Optional<?> optional) {
            optional.ifPresent(present -> write(name, present));
        } else if (value instanceof OptionalInt optional) {
            optional.ifPresent(present -> line(name, Integer.toString(present)));
        } else if (value instanceof OptionalLong optional) {
            optional.ifPresent(present -> line(name, Long.toString(present)));
        } else if (value instanceof OptionalDouble optional) {
            optional.ifPresent(present -> line(name, shortest(present)));
        } else if (value instanceof AttackRef attack) {
            line(name, attack.toString());
        } else if (value instanceof HttpExchange.Header header) {
            line(name, header.toString());
        } else if (value instanceof Record record) {
            // which of several kinds it is
            line(name, record.getClass().getSimpleName());
            components(name + ".", record);
        } else if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                write("%s[%d]".formatted(name, i), list.get(i));
            }
        } else if (value instanceof Map<?, ?> map) {
            map.forEach((key, entry) -> write("%s[%s]".formatted(name, plain(String.valueOf(key))), entry));
        } else if (value instanceof Double number) {
            line(name, shortest(number));
        } else {
            line(name, value.toString());
        }
    }

    private void line(String name, String value) {
        lines.append(name).append(" = ").append(plain(value)).append('\n');
    }

    /** Keeps a value on its line. */
    private static String plain(String value) {
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }

    /** Writes the fewest digits that are read as this number; Double.toString gives others before Java 19 than after. */
    private static String shortest(double value) {
        BigDecimal exact = new BigDecimal(value);
        for (int digits = 1; ; digits++) {
            BigDecimal rounded = exact.round(new MathContext(digits));
            if (rounded.doubleValue() == value) {
                return rounded.stripTrailingZeros().toString();
            }
        }
    }
}
