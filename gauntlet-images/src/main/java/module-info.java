import dev.gauntlet.format.DataFormat;
import dev.gauntlet.images.ImageFolderFormat;

/** Image folders as data. */
module dev.gauntlet.images {
    requires transitive dev.gauntlet.core;
    requires java.desktop;
    requires static transitive org.apiguardian.api;
    requires static transitive org.jspecify;

    exports dev.gauntlet.images;

    // for the class path, META-INF/services names the same
    provides DataFormat with
            ImageFolderFormat;
}
