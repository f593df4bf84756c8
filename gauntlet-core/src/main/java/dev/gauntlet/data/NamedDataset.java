package dev.gauntlet.data;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The named data sets; each has 60,000 training and 10,000 test images of 28x28 grey pixels in ten classes. */
public enum NamedDataset {
    /** Handwritten digits (LeCun, Cortes and Burges 1998). */
    MNIST("mnist", "MNIST", digitNames(), Optional.of(Release.MNIST)),

    /** Articles of clothing in MNIST's format, harder than digits (Xiao, Rasul and Vollgraf 2017). */
    FASHION_MNIST(
            "fashion-mnist",
            "Fashion-MNIST",
            List.of(
                    "T-shirt/top",
                    "Trouser",
                    "Pullover",
                    "Dress",
                    "Coat",
                    "Sandal",
                    "Shirt",
                    "Sneaker",
                    "Bag",
                    "Ankle boot"),
            Optional.of(Release.FASHION_MNIST)),

    /** Digits that Gauntlet generates itself, in MNIST's format; requires neither files nor a network connection. */
    DIGITS("digits", "digits", digitNames(), Optional.empty());

    private static final Choices<NamedDataset> BY_NAME = Choices.of("data set", List.of(values()), NamedDataset::id);

    private final String id;
    private final String title;

    @SuppressWarnings("ImmutableEnumChecker") // only ever an unmodifiable list
    private final List<String> classes;

    @SuppressWarnings("ImmutableEnumChecker") // a record of numbers, names and unmodifiable lists
    private final Optional<Release> release;

    NamedDataset(String id, String title, List<String> classes, Optional<Release> release) {
        this.id = id;
        this.title = title;
        this.classes = classes;
        this.release = release;
    }

    private static List<String> digitNames() {
        return IntStream.range(0, 10).mapToObj(Integer::toString).toList();
    }

    /**
     * Finds a data set by its name.
     *
     * @param name the name as the user wrote it
     * @return the data set
     * @throws GauntletException if the name is unknown; the message suggests the nearest name and lists all names
     */
    public static NamedDataset parse(String name) {
        return BY_NAME.parse(name);
    }

    /**
     * Returns the name used in records, in folders and on the command line.
     *
     * @return the name, such as {@code fashion-mnist}
     */
    public String id() {
        return id;
    }

    /**
     * Returns the name for people.
     *
     * @return the name, such as {@code Fashion-MNIST}
     */
    public String title() {
        return title;
    }

    /**
     * Returns the names of the classes.
     *
     * @return ten names
     */
    public List<String> classes() {
        return classes;
    }

    /** The published files; empty for a data set that is built in. */
    Optional<Release> release() {
        return release;
    }
}
