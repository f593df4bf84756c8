package dev.gauntlet.request;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.data.NamedDataset;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** Which examples are attacked: where they are, how they are read, and the checksums that they had. */
public sealed interface DataRef {
    /**
     * Returns the checksums of the files.
     *
     * @return the SHA-256 of each, as lower-case hexadecimal digits, by file name; empty where they are not known
     */
    Map<String, String> sha256();

    /**
     * Returns the same reference with what is known of the data that was read.
     *
     * @param origin where it came from
     * @return the reference
     */
    DataRef resolved(DataOrigin origin);

    /**
     * Returns the same reference without what never changes a digit of a result, such as the place of files whose checksums
     * are known.
     *
     * @return the reference
     */
    default DataRef essence() {
        return this;
    }

    /**
     * Refuses data that is not the one that was meant.
     *
     * @param origin where the data that was read came from
     * @throws GauntletException if its checksums are others
     */
    default void requireSame(DataOrigin origin) {
        if (!sha256().isEmpty() && !sha256().equals(origin.sha256())) {
            throw new GauntletException(
                    "The data %s at %s has changed: the SHA-256 of its files is not that of the recorded run."
                            .formatted(origin.name(), origin.location()));
        }
    }

    /**
     * A data set with a name.
     *
     * @param dataset the data set; absent for MNIST or, where that is not available, the built-in digits
     * @param folder the folder of its files; absent to look where they are by default
     * @param sha256 the checksums by file name, where they are known
     */
    record Named(Optional<NamedDataset> dataset, Optional<String> folder, Map<String, String> sha256)
            implements DataRef {
        /** MNIST or, where that is not available, the built-in digits. */
        public static final Named DEFAULT = new Named(Optional.empty(), Optional.empty(), Map.of());

        public Named {
            sha256 = sorted(sha256);
        }

        @Override
        public DataRef resolved(DataOrigin origin) {
            return new Named(Optional.of(NamedDataset.parse(origin.name())), folder, origin.sha256());
        }

        @Override
        public DataRef essence() {
            return sha256.isEmpty() ? this : new Named(dataset, Optional.empty(), sha256);
        }
    }

    /**
     * Files of the user.
     *
     * @param path the file or folder
     * @param labels the file with the labels, where they are not with the images
     * @param classes the names of the classes in the order of their numbers, or each as {@code name=number}; empty for those
     *     that the files have
     * @param labelColumn the column of a CSV file that holds the labels: its name, its number from 1 on, or {@code last}
     * @param layout the order of the pixels in an array
     * @param imageShape the shape of the images that rows of numbers stand for
     * @param images how image files are prepared
     * @param sha256 the checksums by file name, where they are known
     */
    record Files(
            String path,
            Optional<String> labels,
            List<String> classes,
            Optional<String> labelColumn,
            Optional<Layout> layout,
            Optional<ImageShape> imageShape,
            ImageFiles images,
            Map<String, String> sha256)
            implements DataRef {
        public Files {
            if (path.isBlank()) {
                throw new GauntletException("The path of the data is empty.");
            }
            classes = List.copyOf(classes);
            sha256 = sorted(sha256);
        }

        @Override
        public DataRef resolved(DataOrigin origin) {
            return new Files(path, labels, classes, labelColumn, layout, imageShape, images, origin.sha256());
        }

        @Override
        public DataRef essence() {
            return sha256.isEmpty()
                    ? this
                    : new Files(
                            "-",
                            labels.map(file -> "-"),
                            classes,
                            labelColumn,
                            layout,
                            imageShape,
                            images.essence(),
                            sha256);
        }
    }

    /**
     * How image files become images of one shape.
     *
     * @param resize the length of the shorter side after resizing, at least 1; absent to keep the size
     * @param crop the side of the square that is kept of the middle, at least 1; absent to keep all
     * @param channels 3 to read them in colour, 1 to read them in grey; absent for what the model takes
     * @param strict whether a folder with files that would be left out is refused
     */
    record ImageFiles(OptionalInt resize, OptionalInt crop, OptionalInt channels, boolean strict) {
        /** Images in the size that they have. */
        public static final ImageFiles AS_THEY_ARE =
                new ImageFiles(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), false);

        public ImageFiles {
            requirePositive("side after resizing", resize);
            requirePositive("side of the crop", crop);
            requirePositive("number of channels", channels);
        }

        private static void requirePositive(String what, OptionalInt number) {
            if (number.isPresent() && number.getAsInt() < 1) {
                throw new GauntletException("The %s must be at least 1, got %d.".formatted(what, number.getAsInt()));
            }
        }

        ImageFiles essence() {
            return new ImageFiles(resize, crop, channels, false);
        }
    }

    /**
     * Examples that a program has made; only that program has them again.
     *
     * @param name the name of the data set
     * @param split which part of it
     * @param sha256 the checksums by name, where they are known
     */
    record InProcess(String name, String split, Map<String, String> sha256) implements DataRef {
        public InProcess {
            sha256 = sorted(sha256);
        }

        /**
         * Refers to examples that are there already.
         *
         * @param origin where they came from
         * @return the reference
         */
        public static InProcess of(DataOrigin origin) {
            return new InProcess(origin.name(), origin.split(), origin.sha256());
        }

        @Override
        public DataRef resolved(DataOrigin origin) {
            return of(origin);
        }
    }

    /** Map.copyOf would iterate in another order in every process, and so would every text that is made of it. */
    private static Map<String, String> sorted(Map<String, String> sums) {
        return Collections.unmodifiableMap(new TreeMap<>(sums));
    }
}
