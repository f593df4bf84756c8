package dev.gauntlet.format;

import dev.gauntlet.Setting;
import dev.gauntlet.request.DataRef;
import java.util.Set;

/** Lines of numbers. */
public final class CsvFormat extends NumberFiles {
    /** For {@link java.util.ServiceLoader}. */
    public CsvFormat() {}

    @Override
    public String name() {
        return "CSV files";
    }

    @Override
    public boolean takes(DataRef.Files data) {
        return endsWith(data, ".csv");
    }

    @Override
    public Set<Setting> settings() {
        return Set.of(Setting.LABEL_COLUMN);
    }
}
