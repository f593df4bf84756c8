package dev.gauntlet.maven;

import dev.gauntlet.GauntletException;
import dev.gauntlet.report.RepeatablePlan;
import dev.gauntlet.report.plan.PlanBinding;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.report.plan.PlanFile;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.maven.plugin.MojoExecutionException;
import org.jspecify.annotations.Nullable;

/** The parameters of a goal as a plan; absent parameters are omitted. */
final class PlanParameters {
    private final Map<String, Object> values = new LinkedHashMap<>();

    PlanParameters put(String key, @Nullable Object value) {
        // Maven makes an empty list of a parameter that the POM does not name
        if (value != null && !(value instanceof List<?> list && list.isEmpty())) {
            values.put(key, value);
        }
        return this;
    }

    PlanParameters put(String key, @Nullable File value) {
        return put(key, value == null ? null : (Object) value.getPath());
    }

    /** Adds texts that are separated by commas. */
    PlanParameters list(String key, @Nullable String values) {
        return put(
                key,
                values == null
                        ? null
                        : Arrays.stream(values.split(",", -1))
                                .map(String::strip)
                                .toList());
    }

    /** Adds a number that the POM has as text. */
    PlanParameters number(String key, @Nullable String value) throws MojoExecutionException {
        try {
            return put(key, value == null ? null : Double.valueOf(value.strip()));
        } catch (NumberFormatException e) {
            throw new MojoExecutionException("%s: '%s' is not a number.".formatted(key, value), e);
        }
    }

    /**
     * Returns the plan of a command: the file that the POM names, if there are no parameters, else a file with both.
     *
     * @param plan the plan that the POM names
     * @param combined the file to write
     * @throws MojoExecutionException if a parameter is invalid, the plan cannot be read, both set the same key, or the file
     *     cannot be written
     */
    @Nullable
    Path file(@Nullable File plan, Path combined) throws MojoExecutionException {
        if (values.isEmpty()) {
            return plan == null ? null : plan.toPath();
        }
        try {
            PlanDocument parameters = PlanBinding.of(values);
            PlanDocument base = plan == null ? PlanDocument.EMPTY : RepeatablePlan.read(plan.toPath());
            Set<String> said = base.keys();
            List<String> twice = new ArrayList<>(parameters.keys());
            twice.retainAll(said);
            if (!twice.isEmpty()) {
                throw new MojoExecutionException("Both the plan %s and the POM set %s; remove one of them."
                        .formatted(plan, String.join(", ", twice)));
            }
            Files.createDirectories(combined.toAbsolutePath().getParent());
            return Files.writeString(combined, PlanFile.toml(base.and(parameters)));
        } catch (GauntletException e) {
            throw new MojoExecutionException(e.getMessage(), e);
        } catch (IOException e) {
            throw new MojoExecutionException("The plan %s cannot be written: %s".formatted(combined, e), e);
        }
    }
}
