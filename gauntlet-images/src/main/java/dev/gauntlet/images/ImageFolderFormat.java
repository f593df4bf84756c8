package dev.gauntlet.images;

import dev.gauntlet.FilePath;
import dev.gauntlet.Setting;
import dev.gauntlet.data.DataFiles;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.format.DataFormat;
import dev.gauntlet.request.DataRef;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Directories of images, which are read in color unless the model takes a single channel. */
public final class ImageFolderFormat implements DataFormat {
    private static final int COLOR = 3;

    /** For {@link java.util.ServiceLoader}. */
    public ImageFolderFormat() {}

    @Override
    public String name() {
        return "directories with one subdirectory of images per class";
    }

    @Override
    public boolean takes(DataRef.Files data) {
        Path path = FilePath.of(data.path());
        return ImageFolder.knows(path) && !DataFiles.knows(path);
    }

    @Override
    public Set<Setting> settings() {
        return Set.of(Setting.RESIZE, Setting.CROP, Setting.CHANNELS, Setting.STRICT);
    }

    @Override
    public Dataset open(DataRef.Files data, Supplier<Optional<ImageShape>> model) {
        DataRef.ImageFiles images = data.images();
        boolean asGrey = images.channels().isEmpty()
                && model.get()
                        .filter(shape -> !shape.isFlat() && shape.channels() == 1)
                        .isPresent();
        int channels = images.channels().orElse(asGrey ? 1 : COLOR);
        Dataset opened = ImageFolder.open(
                FilePath.of(data.path()),
                new Preparation(channels, images.resize(), images.crop()),
                data.classes(),
                images.strict());
        return asGrey ? opened.noting("The images were read in grayscale, as the model takes one channel.") : opened;
    }
}
