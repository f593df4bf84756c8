package dev.gauntlet.format;

import dev.gauntlet.Setting;
import dev.gauntlet.request.DataRef;
import java.util.Set;

/** Arrays of NumPy. */
public final class NumpyFormat extends NumberFiles {
    /** For {@link java.util.ServiceLoader}. */
    public NumpyFormat() {}

    @Override
    public String name() {
        return "NPZ and NPY files";
    }

    @Override
    public boolean takes(DataRef.Files data) {
        return endsWith(data, ".npz") || endsWith(data, ".npy");
    }

    @Override
    public Set<Setting> settings() {
        return Set.of(Setting.LABELS, Setting.DATA_LAYOUT);
    }
}
