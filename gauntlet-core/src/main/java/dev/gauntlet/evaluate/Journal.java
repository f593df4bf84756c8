package dev.gauntlet.evaluate;

import dev.gauntlet.AtomicFile;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import dev.gauntlet.StorageException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Finished shards in a folder, so that an evaluation that was interrupted goes on where it stopped.
 *
 * <p>Each file begins with the checksum of what is evaluated (plan, model, data, program) and ends with the checksum of
 * what is before it. A file is there completely or not at all.
 */
final class Journal {
    private static final String DESCRIPTION = "journal.txt";
    private static final int CHECKSUM_LENGTH = 64;

    private final Path folder;
    private final String checksum;

    private Journal(Path folder, String checksum) {
        this.folder = folder;
        this.checksum = checksum;
    }

    /**
     * Opens the journal in a folder, beginning a new one if there is none.
     *
     * @param folder the folder, which is made if it is not there
     * @param identity everything that the results depend on, in words
     * @throws GauntletException if the journal there is of another evaluation, or the folder cannot be used
     */
    static Journal open(Path folder, String identity) {
        Path description = folder.resolve(DESCRIPTION);
        try {
            Files.createDirectories(folder);
            if (Files.exists(description)) {
                if (!Files.readString(description).equals(identity)) {
                    throw new GauntletException(
                            "The journal %s belongs to a different plan, model, data set or version of Gauntlet; see %s, and choose another folder or delete this one."
                                    .formatted(folder, description));
                }
            } else {
                AtomicFile.write(description, out -> out.write(identity.getBytes(StandardCharsets.UTF_8)));
            }
        } catch (IOException e) {
            throw unusable(folder, e);
        }
        return new Journal(folder, Sha256.of(identity.getBytes(StandardCharsets.UTF_8)));
    }

    /** Tells whether a shard is there, be it damaged or not. */
    boolean has(int number) {
        return Files.exists(file(number));
    }

    /**
     * Reads a shard.
     *
     * @return the shard; empty if it is not finished
     * @throws GauntletException if the file is damaged or of another evaluation
     */
    Optional<Shard> read(int number) {
        Path file = file(number);
        try {
            if (!Files.exists(file)) {
                return Optional.empty();
            }
            byte[] bytes = Files.readAllBytes(file);
            int end = bytes.length - CHECKSUM_LENGTH;
            if (end < CHECKSUM_LENGTH
                    || !Sha256.of(Arrays.copyOf(bytes, end)).equals(ascii(bytes, end))
                    || !ascii(bytes, 0).equals(checksum)) {
                throw new GauntletException(
                        "The journal's file %s is damaged or belongs to another evaluation; delete it to evaluate its examples again."
                                .formatted(file));
            }
            return Optional.of(shard(
                    new DataInputStream(new ByteArrayInputStream(bytes, CHECKSUM_LENGTH, end - CHECKSUM_LENGTH))));
        } catch (IOException e) {
            throw unusable(file, e);
        }
    }

    /**
     * Writes a finished shard.
     *
     * @throws GauntletException if it cannot be written
     */
    void write(int number, Shard shard) {
        Path file = file(number);
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeBytes(checksum);
            write(shard, out);
            out.writeBytes(Sha256.of(bytes.toByteArray()));
            AtomicFile.write(file, bytes::writeTo);
        } catch (IOException e) {
            throw StorageException.of(
                    "The journal's file %s cannot be written (finished work is kept)".formatted(file),
                    file,
                    e);
        }
    }

    private Path file(int number) {
        return folder.resolve("shard-%06d.bin".formatted(number));
    }

    private static String ascii(byte[] bytes, int offset) {
        return new String(bytes, offset, CHECKSUM_LENGTH, StandardCharsets.US_ASCII);
    }

    private static GauntletException unusable(Path path, IOException e) {
        return StorageException.of("The journal %s cannot be used".formatted(path), path, e);
    }

    private static void write(Shard shard, DataOutputStream out) throws IOException {
        write(shard.ids(), out);
        write(shard.labels(), out);
        out.writeInt(shard.distances().length);
        for (double distance : shard.distances()) {
            out.writeDouble(distance);
        }
        out.writeInt(shard.costs().size());
        for (Shard.Cost cost : shard.costs()) {
            out.writeLong(cost.forwards());
            out.writeLong(cost.backwards());
            out.writeInt(cost.zeroGradients());
        }
        out.writeInt(shard.budgets().size());
        for (Shard.Budget budget : shard.budgets()) {
            write(budget.predictions(), out);
            write(budget.brokenBy(), out);
            out.writeInt(budget.correct());
            out.writeInt(budget.wrong());
            out.writeDouble(budget.confidenceWhenWrong());
            out.writeDouble(budget.largestDistance());
            out.writeInt(budget.lostByRounding());
            out.writeInt(budget.exhibits().size());
            for (Map.Entry<Long, GalleryExample> entry : budget.exhibits().entrySet()) {
                out.writeLong(entry.getKey());
                write(entry.getValue(), out);
            }
            out.writeInt(budget.extremes().size());
            for (Shard.Extreme extreme : budget.extremes()) {
                out.writeInt(extreme.attack());
                write(extreme.exhibit(), out);
            }
        }
    }

    private static Shard shard(DataInputStream in) throws IOException {
        int[] ids = integers(in);
        int[] labels = integers(in);
        double[] distances = new double[in.readInt()];
        for (int i = 0; i < distances.length; i++) {
            distances[i] = in.readDouble();
        }
        List<Shard.Cost> costs = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            costs.add(new Shard.Cost(in.readLong(), in.readLong(), in.readInt()));
        }
        List<Shard.Budget> budgets = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            budgets.add(new Shard.Budget(
                    integers(in),
                    integers(in),
                    in.readInt(),
                    in.readInt(),
                    in.readDouble(),
                    in.readDouble(),
                    in.readInt(),
                    exhibits(in),
                    extremes(in)));
        }
        return new Shard(ids, labels, distances, costs, budgets);
    }

    private static SortedMap<Long, GalleryExample> exhibits(DataInputStream in) throws IOException {
        SortedMap<Long, GalleryExample> exhibits = new TreeMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            exhibits.put(in.readLong(), exhibit(in));
        }
        return exhibits;
    }

    private static List<Shard.Extreme> extremes(DataInputStream in) throws IOException {
        List<Shard.Extreme> extremes = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            extremes.add(new Shard.Extreme(in.readInt(), exhibit(in)));
        }
        return extremes;
    }

    private static GalleryExample exhibit(DataInputStream in) throws IOException {
        return new GalleryExample(
                GalleryExample.Choice.valueOf(in.readUTF()),
                in.readDouble(),
                in.readInt(),
                in.readInt(),
                in.readInt(),
                in.readDouble(),
                in.readInt(),
                in.readDouble(),
                in.readDouble(),
                pixels(in),
                pixels(in));
    }

    private static void write(GalleryExample exhibit, DataOutputStream out) throws IOException {
        out.writeUTF(exhibit.choice().name());
        out.writeDouble(exhibit.epsilon());
        out.writeInt(exhibit.id());
        out.writeInt(exhibit.label());
        out.writeInt(exhibit.cleanPrediction());
        out.writeDouble(exhibit.cleanConfidence());
        out.writeInt(exhibit.prediction());
        out.writeDouble(exhibit.confidence());
        out.writeDouble(exhibit.distance());
        write(exhibit.clean(), out);
        write(exhibit.adversarial(), out);
    }

    private static void write(int[] values, DataOutputStream out) throws IOException {
        out.writeInt(values.length);
        for (int value : values) {
            out.writeInt(value);
        }
    }

    private static int[] integers(DataInputStream in) throws IOException {
        int[] values = new int[in.readInt()];
        for (int i = 0; i < values.length; i++) {
            values[i] = in.readInt();
        }
        return values;
    }

    private static void write(float[] values, DataOutputStream out) throws IOException {
        out.writeInt(values.length);
        for (float value : values) {
            out.writeFloat(value);
        }
    }

    private static float[] pixels(DataInputStream in) throws IOException {
        float[] values = new float[in.readInt()];
        for (int i = 0; i < values.length; i++) {
            values[i] = in.readFloat();
        }
        return values;
    }
}
