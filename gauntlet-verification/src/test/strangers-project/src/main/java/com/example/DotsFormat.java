package com.example;

import dev.gauntlet.FilePath;
import dev.gauntlet.Setting;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.format.DataFormat;
import dev.gauntlet.request.DataRef;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Opens the images of {@link DotImages}. */
public final class DotsFormat implements DataFormat {
    @Override
    public String name() {
        return "images drawn in text (.dots)";
    }

    @Override
    public boolean takes(DataRef.Files data) {
        return data.path().toLowerCase(Locale.ROOT).endsWith(".dots");
    }

    @Override
    public Set<Setting> settings() {
        return Set.of();
    }

    @Override
    public Dataset open(DataRef.Files data, Supplier<Optional<ImageShape>> model) {
        return DotImages.read(FilePath.of(data.path()), data.classes());
    }
}
