package dev.gauntlet.data;

import dev.gauntlet.AtomicFile;
import dev.gauntlet.GauntletException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * The built-in data set, generated once and then read from the cache.
 *
 * @param artist draws the images
 * @param trainCount the number of training images
 * @param testCount the number of test images
 */
record Digits(Artist artist, int trainCount, int testCount) {
    /** The folder in the cache; the number changes whenever the images do. */
    static final String FOLDER = "digits-v1";

    private static final long SEED = 0;
    private static final ImageShape SHAPE = new ImageShape(1, 28, 28);

    /** Draws the images of a split. */
    @FunctionalInterface
    interface Artist {
        DigitsGenerator.Images draw(long seed, String split, int count);
    }

    static Digits standard() {
        return new Digits(DigitsGenerator::generate, 60_000, 10_000);
    }

    /**
     * Loads a split.
     *
     * @param cache the folder of all cached data; nothing is cached if it is not writable
     * @param split the split
     * @param notice what a reader must know, if anything
     * @return the data set, which does not depend on whether it was cached
     */
    Dataset load(Path cache, Split split, Optional<String> notice) {
        Path folder = cache.resolve(FOLDER);
        Pictures pictures = cached(folder, split).orElseGet(() -> drawAndCache(folder, split));
        DataOrigin origin = new DataOrigin(
                NamedDataset.DIGITS.id(),
                split.id(),
                "built in",
                Map.of(split.imagesFile(), pictures.imagesSum(), split.labelsFile(), pictures.labelsSum()),
                notice);
        return new InMemoryDataset(
                origin,
                SHAPE,
                NamedDataset.DIGITS.classes(),
                pictures.labels().values(),
                pictures.images().values());
    }

    /** Reads the cached data; if the content differs from what was written, it counts as not cached. */
    private Optional<Pictures> cached(Path folder, Split split) {
        Path images = folder.resolve(split.imagesFile() + ".gz");
        Path labels = folder.resolve(split.labelsFile() + ".gz");
        Path sums = sumsFile(folder, split);
        if (!Files.isRegularFile(sums) || !Files.isRegularFile(images) || !Files.isRegularFile(labels)) {
            return Optional.empty();
        }
        int count = count(split);
        try {
            Pictures pictures = Pictures.of(
                    IdxFile.read(images, IdxFile.Kind.IMAGES, 16L + (long) count * SHAPE.size())
                            .content(),
                    IdxFile.read(labels, IdxFile.Kind.LABELS, 8L + count).content());
            byte[] expected = pictures.sums(split).getBytes(StandardCharsets.US_ASCII);
            boolean intact = Files.size(sums) == expected.length
                    && Arrays.equals(Files.readAllBytes(sums), expected)
                    && pictures.labels().count() == count;
            return intact ? Optional.of(pictures) : Optional.empty();
        } catch (GauntletException | IOException e) {
            // a damaged cache is regenerated, which takes seconds and loses nothing
            return Optional.empty();
        }
    }

    private Pictures drawAndCache(Path folder, Split split) {
        int count = count(split);
        DigitsGenerator.Images drawn = artist.draw(SEED, split.id(), count);
        Pictures pictures = Pictures.of(
                IdxFile.Content.images(count, SHAPE, drawn.pixels()), IdxFile.Content.labels(drawn.labels()));
        try {
            Files.createDirectories(folder);
            // a process that dies in between leaves wrong checksums, or none
            IdxFile.write(folder.resolve(split.imagesFile() + ".gz"), pictures.images());
            IdxFile.write(folder.resolve(split.labelsFile() + ".gz"), pictures.labels());
            AtomicFile.write(
                    sumsFile(folder, split),
                    out -> out.write(pictures.sums(split).getBytes(StandardCharsets.US_ASCII)));
        } catch (IOException e) {
            // the cache only saves time, so a full or read-only disk is not an error
            return pictures;
        }
        return pictures;
    }

    private int count(Split split) {
        return split == Split.TRAIN ? trainCount : testCount;
    }

    private static Path sumsFile(Path folder, Split split) {
        return folder.resolve(split.id() + ".sha256");
    }

    private record Pictures(IdxFile.Content images, IdxFile.Content labels, String imagesSum, String labelsSum) {
        static Pictures of(IdxFile.Content images, IdxFile.Content labels) {
            return new Pictures(images, labels, images.sha256(), labels.sha256());
        }

        /** Returns the checksums of the uncompressed files, in the format of the command sha256sum. */
        String sums(Split split) {
            return "%s  %s\n%s  %s\n".formatted(imagesSum, split.imagesFile(), labelsSum, split.labelsFile());
        }
    }
}
