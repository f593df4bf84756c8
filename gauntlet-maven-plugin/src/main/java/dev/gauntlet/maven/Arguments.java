package dev.gauntlet.maven;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Builds the arguments of a command from the parameters of a goal; absent parameters are omitted. */
final class Arguments {
    private final List<String> words = new ArrayList<>();

    Arguments(String command) {
        words.add(command);
    }

    Arguments add(@Nullable Object word) {
        if (word != null) {
            words.add(word.toString());
        }
        return this;
    }

    Arguments option(String name, @Nullable Object value) {
        if (value != null) {
            words.add(name);
            words.add(value.toString());
        }
        return this;
    }

    Arguments option(String name, @Nullable File value) {
        return option(name, value == null ? null : (Object) value.getPath());
    }

    Arguments flag(String name, boolean wanted) {
        return wanted ? add(name) : this;
    }

    /** Adds an option once for each value. */
    Arguments each(String name, @Nullable List<?> values) {
        if (values != null) {
            values.forEach(value -> option(name, (Object) value));
        }
        return this;
    }

    /** Adds an option with all values, separated by commas. */
    Arguments joined(String name, @Nullable List<?> values) {
        return values == null || values.isEmpty()
                ? this
                : option(name, (Object)
                        String.join(",", values.stream().map(String::valueOf).toList()));
    }

    Arguments all(@Nullable List<String> more) {
        if (more != null) {
            words.addAll(more);
        }
        return this;
    }

    List<String> list() {
        return List.copyOf(words);
    }
}
