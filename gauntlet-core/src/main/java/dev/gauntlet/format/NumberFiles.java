package dev.gauntlet.format;

import dev.gauntlet.FilePath;
import dev.gauntlet.data.DataFiles;
import dev.gauntlet.data.DataOptions;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.request.DataRef;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** What the formats have in common that {@link DataFiles} reads. */
abstract class NumberFiles implements DataFormat {
    static boolean endsWith(DataRef.Files data, String ending) {
        return data.path().toLowerCase(Locale.ROOT).endsWith(ending);
    }

    @Override
    public final Dataset open(DataRef.Files data, Supplier<Optional<ImageShape>> model) {
        return DataFiles.open(
                FilePath.of(data.path()),
                new DataOptions(data.labels().map(Path::of), data.classes(), data.layout(), data.labelColumn()));
    }
}
