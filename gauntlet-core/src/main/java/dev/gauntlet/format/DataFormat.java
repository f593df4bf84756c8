package dev.gauntlet.format;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Setting;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.request.DataRef;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A kind of files with examples that can be opened, found by {@link java.util.ServiceLoader}.
 *
 * <p>A format of one's own is a module with an implementation of this interface and a file {@code
 * META-INF/services/dev.gauntlet.format.DataFormat} that names it.
 */
public interface DataFormat {
    /**
     * Returns what data of this kind is called in messages, in the plural.
     *
     * @return the name, such as {@code CSV files}
     */
    String name();

    /**
     * Tells whether data is of this kind, without opening it.
     *
     * @param data the files
     * @return whether it is; false where they do not exist, unless their name tells
     */
    boolean takes(DataRef.Files data);

    /**
     * Returns the settings of a reference to files that mean something for this kind.
     *
     * @return the settings; {@link Setting#CLASSES} and {@link Setting#IMAGE_SHAPE} are always among them and need not be
     *     named
     */
    Set<Setting> settings();

    /**
     * Opens examples.
     *
     * @param data files of this kind, with no other settings than those of this kind
     * @param model the shape of the images that the model takes, where it is known before it is opened; asked only if it
     *     matters
     * @return the examples
     * @throws GauntletException if the files are missing or damaged, or hold numbers that are not pixels
     */
    Dataset open(DataRef.Files data, Supplier<Optional<ImageShape>> model);
}
