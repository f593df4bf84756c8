package dev.gauntlet.format;

import dev.gauntlet.FilePath;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Implementations;
import dev.gauntlet.Setting;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.request.DataRef;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Opens files of examples by the formats on the class path.
 *
 * <p>Example: {@code DataFormats.open(files, Optional::empty)}.
 */
public final class DataFormats {
    private DataFormats() {}

    /**
     * Returns the formats on the class path.
     *
     * @return the formats, one for each kind of files
     * @throws GauntletException if one of them cannot be loaded
     */
    public static List<DataFormat> all() {
        return Implementations.of(DataFormat.class, "A data format");
    }

    /**
     * Opens files of examples; if several formats take them, by the first on the class path.
     *
     * @param data the files
     * @param model the shape of the images that the model takes, where it is known before it is opened
     * @return the examples, as images of the shape that the reference gives, if it gives one
     * @throws GauntletException if the files are missing or damaged, no format takes them, or a setting means nothing for
     *     them
     */
    public static Dataset open(DataRef.Files data, Supplier<Optional<ImageShape>> model) {
        List<DataFormat> formats = all();
        DataFormat format = formats.stream()
                .filter(known -> known.takes(data))
                .findFirst()
                .orElseThrow(() -> unknown(FilePath.of(data.path()), formats));
        List<Setting> strange = settings(data).stream()
                .filter(setting -> !format.settings().contains(setting))
                .toList();
        if (!strange.isEmpty()) {
            throw new GauntletException(
                    "%s is one of the %s, for which this setting has no meaning; leave it out."
                            .formatted(data.path(), format.name()),
                    strange.toArray(Setting[]::new));
        }
        Dataset opened = format.open(data, model);
        return data.imageShape()
                .map(shape -> opened.laidOut(shape, data.layout().orElse(Layout.NCHW)))
                .orElse(opened);
    }

    private static GauntletException unknown(Path path, List<DataFormat> formats) {
        String names = formats.stream().map(DataFormat::name).collect(Collectors.joining("; "));
        return new GauntletException(
                Files.exists(path)
                        ? "%s is not data of a known kind; known are %s.".formatted(path, names)
                        : "There is no file %s; check the path.".formatted(path));
    }

    /** Returns the settings that a reference uses and that are for some kinds only. */
    private static List<Setting> settings(DataRef.Files data) {
        return Stream.of(
                        used(Setting.LABELS, data.labels().isPresent()),
                        used(Setting.LABEL_COLUMN, data.labelColumn().isPresent()),
                        used(Setting.DATA_LAYOUT, data.layout().isPresent()),
                        used(Setting.RESIZE, data.images().resize().isPresent()),
                        used(Setting.CROP, data.images().crop().isPresent()),
                        used(Setting.CHANNELS, data.images().channels().isPresent()),
                        used(Setting.STRICT, data.images().strict()))
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<Setting> used(Setting setting, boolean isUsed) {
        return isUsed ? Optional.of(setting) : Optional.empty();
    }
}
