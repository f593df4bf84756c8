package dev.gauntlet.report;

import dev.gauntlet.AtomicFile;
import dev.gauntlet.GauntletException;
import dev.gauntlet.StorageException;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.evaluate.SuccessSink;
import dev.gauntlet.evaluate.shard.AdversarialExample;
import dev.gauntlet.evaluate.shard.ShardId;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder with the adversarial images: for each budget an NPZ file with all of them, exact and rounded to 8 bits, and a PNG
 * file of each; {@code rates.json} contains the accuracy for both.
 *
 * <p>During the evaluation the images are kept in a temporary folder, so that at most those of one task are in memory.
 *
 * <p>Example: {@code Evaluator.on(runner).keeping(images)}, then {@code images.write(report)}.
 */
public final class AdversarialFolder implements SuccessSink, AutoCloseable {
    private static final int GREY = 1;
    private static final int COLOUR = 3;

    private final Path place;
    private final boolean temporary;
    private @Nullable Path parts;

    private AdversarialFolder(Path place, @Nullable Path parts) {
        this.place = place;
        this.temporary = parts == null;
        this.parts = parts;
    }

    /**
     * Creates a folder of adversarial images that is written later; the place must not exist yet.
     *
     * @param place the folder to write
     * @param journal the journal of the evaluation, if any; it keeps the images until the evaluation is complete
     * @return the folder, to be closed by the caller
     * @throws GauntletException if the place exists already
     */
    public static AdversarialFolder at(Path place, Optional<Path> journal) {
        if (Files.exists(place)) {
            throw new GauntletException(
                    "%s already exists; choose a new folder for the adversarial images.".formatted(place));
        }
        return new AdversarialFolder(
                place, journal.map(folder -> folder.resolve("adversarial")).orElse(null));
    }

    /**
     * Returns the path of the folder.
     *
     * @return the folder
     */
    public Path place() {
        return place;
    }

    @Override
    public boolean has(ShardId task) {
        try {
            return Files.exists(part(task));
        } catch (IOException e) {
            throw failure(e);
        }
    }

    @Override
    public void keep(ShardId task, List<AdversarialExample> successes) {
        try {
            AtomicFile.write(part(task), file -> {
                DataOutputStream out = new DataOutputStream(new BufferedOutputStream(file));
                for (AdversarialExample success : successes) {
                    Stored.write(success, out);
                }
                out.flush();
            });
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /**
     * Writes the folder, completely or not at all.
     *
     * @param report the report of the evaluation
     * @throws GauntletException if it cannot be written
     */
    public void write(RobustnessReport report) {
        Path staged = place.resolveSibling("." + place.getFileName() + ".partial");
        try {
            delete(staged);
            Files.createDirectories(staged);
            List<Stored> all = stored(report.shape());
            for (int budget = 1; budget < report.results().size(); budget++) {
                EpsilonResult result = report.results().get(budget);
                List<Stored> found = all.stream()
                        .filter(success -> success.epsilon == result.epsilon())
                        .filter(isCounted(report.outcomes(), budget))
                        .sorted(Comparator.comparingInt(success -> success.id))
                        .toList();
                String name = "epsilon-" + Formats.shortDecimal(result.epsilon(), 4);
                AdversarialNpz.write(staged.resolve(name + ".npz"), found, report.shape());
                pictures(staged.resolve(name), found, report.shape());
            }
            Files.writeString(staged.resolve("rates.json"), ReportJson.write(Rates.of(report)));
            Files.move(staged, place);
        } catch (IOException e) {
            throw failure(e);
        } finally {
            deleteQuietly(staged);
        }
    }

    /** Selects the successes of a budget that the report counts: an early end leaves out examples and attacks. */
    private static Predicate<Stored> isCounted(Outcomes outcomes, int budget) {
        return success -> outcomes.position(success.id).stream()
                .flatMap(example -> outcomes.successfulAttack(example, budget).stream())
                .anyMatch(attack -> attack == success.attack);
    }

    /** Deletes the temporary images, unless they belong to a journal. */
    @Override
    public void close() {
        if (temporary && parts != null) {
            deleteQuietly(parts);
        }
    }

    private static void pictures(Path folder, List<Stored> found, ImageShape shape) throws IOException {
        if (shape.channels() != GREY && shape.channels() != COLOUR) {
            // only one or three channels can be shown as an image
            return;
        }
        Files.createDirectories(folder);
        for (Stored success : found) {
            String name = "example-%06d-%d-as-%d.png".formatted(success.id, success.label, success.prediction);
            Files.write(folder.resolve(name), Pictures.png(success.read().adversarial(), shape));
        }
    }

    private synchronized Path part(ShardId task) throws IOException {
        if (parts == null) {
            Path parent = place.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            parts = Files.createTempDirectory(parent, ".gauntlet-adversarial-");
        } else {
            Files.createDirectories(parts);
        }
        return parts.resolve("part-" + task + ".bin");
    }

    /** Lists the stored successes, without their pixels. */
    private List<Stored> stored(ImageShape shape) throws IOException {
        List<Stored> all = new ArrayList<>();
        if (parts == null) {
            return all;
        }
        List<Path> files;
        try (Stream<Path> list = Files.list(parts)) {
            files = list.filter(file -> String.valueOf(file.getFileName()).startsWith("part-"))
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            long end = Files.size(file);
            try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
                for (long offset = 0; offset < end; offset += Stored.length(shape)) {
                    all.add(Stored.read(in, file, offset, shape));
                }
            }
        }
        return all;
    }

    private GauntletException failure(IOException e) {
        return StorageException.of("The adversarial images cannot be written to " + place, place, e);
    }

    private static void deleteQuietly(Path folder) {
        try {
            delete(folder);
        } catch (IOException e) {
            // what is left is hidden and does not affect the result
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** A success in the file of its shard; the pixels are read on demand. */
    static final class Stored {
        private static final int HEADER = 2 * Double.BYTES + 5 * Integer.BYTES;

        final double epsilon;
        final int id;
        final int label;
        final int prediction;
        final int predictionAfterRounding;
        final int attack;
        final double distance;
        private final Path file;
        private final long pixels;
        private final int size;

        private Stored(DataInputStream in, Path file, long offset, int size) throws IOException {
            epsilon = in.readDouble();
            distance = in.readDouble();
            id = in.readInt();
            label = in.readInt();
            prediction = in.readInt();
            predictionAfterRounding = in.readInt();
            attack = in.readInt();
            this.file = file;
            this.pixels = offset + HEADER;
            this.size = size;
        }

        static long length(ImageShape shape) {
            return HEADER + 2L * Float.BYTES * shape.size();
        }

        static void write(AdversarialExample success, DataOutputStream out) throws IOException {
            out.writeDouble(success.epsilon());
            out.writeDouble(success.distance());
            out.writeInt(success.id());
            out.writeInt(success.label());
            out.writeInt(success.prediction());
            out.writeInt(success.predictionAfterRounding());
            out.writeInt(success.attack());
            for (float pixel : success.clean()) {
                out.writeFloat(pixel);
            }
            for (float pixel : success.adversarial()) {
                out.writeFloat(pixel);
            }
        }

        static Stored read(DataInputStream in, Path file, long offset, ImageShape shape) throws IOException {
            Stored stored = new Stored(in, file, offset, shape.size());
            in.skipNBytes(2L * Float.BYTES * shape.size());
            return stored;
        }

        /** Reads the pixels. */
        AdversarialExample read() throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(2 * Float.BYTES * size).order(ByteOrder.BIG_ENDIAN);
            try (FileChannel channel = FileChannel.open(file)) {
                long position = pixels;
                while (bytes.hasRemaining()) {
                    int read = channel.read(bytes, position);
                    if (read < 0) {
                        throw new IOException(file + " is truncated");
                    }
                    position += read;
                }
            }
            bytes.flip();
            float[] both = new float[2 * size];
            bytes.asFloatBuffer().get(both);
            return new AdversarialExample(
                    epsilon,
                    id,
                    label,
                    prediction,
                    predictionAfterRounding,
                    attack,
                    distance,
                    Arrays.copyOf(both, size),
                    Arrays.copyOfRange(both, size, 2 * size));
        }
    }

    /** The accuracy at one budget, exact and after rounding every image to 8 bits. */
    private record Rates(
            double epsilon, int successes, int successesIn8Bits, Interval accuracy, Interval accuracyIn8Bits) {
        static List<Rates> of(RobustnessReport report) {
            int clean = report.results().get(0).accuracy().successes();
            return report.results().stream()
                    .map(result -> new Rates(
                            result.epsilon(),
                            clean - result.accuracy().successes(),
                            clean - result.accuracyAfterRounding().successes(),
                            result.accuracy(),
                            result.accuracyAfterRounding()))
                    .toList();
        }
    }
}
