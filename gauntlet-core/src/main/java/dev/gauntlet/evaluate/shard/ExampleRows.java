package dev.gauntlet.evaluate.shard;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * Some examples of a data set, with their numbers in it, as plain data that can travel.
 *
 * <p>To whatever reads it, it is the whole data set, of which only these examples can be read.
 *
 * <p>Example: {@code ExampleRows.of(test, 3, 14, 159).bytes()}.
 *
 * @param origin what the data set says of itself
 * @param shape the shape of an example
 * @param classes the class names
 * @param numbersAssumed whether the class numbers were only assumed
 * @param size the number of examples of the whole data set
 * @param ids the numbers of the examples that are here, growing
 * @param labels their classes
 * @param pixels their pixels, one example after the other
 */
public record ExampleRows(
        DataOrigin origin,
        ImageShape shape,
        List<String> classes,
        boolean numbersAssumed,
        int size,
        int[] ids,
        int[] labels,
        float[] pixels)
        implements Dataset {
    public ExampleRows {
        classes = List.copyOf(classes);
    }

    /**
     * Reads some examples.
     *
     * @param data the data set
     * @param ids the numbers of the examples, in any order, perhaps repeatedly
     * @return the examples
     */
    public static ExampleRows of(Dataset data, int... ids) {
        int[] growing = Arrays.stream(ids).sorted().distinct().toArray();
        float[] pixels =
                new float[Math.multiplyExact(growing.length, data.shape().size())];
        int[] labels = new int[growing.length];
        for (int i = 0; i < growing.length; i++) {
            labels[i] = data.label(growing[i]);
            data.copyPixels(growing[i], pixels, i * data.shape().size());
        }
        return new ExampleRows(
                data.origin(),
                data.shape(),
                data.classes(),
                data.numbersAssumed(),
                data.size(),
                growing,
                labels,
                pixels);
    }

    /**
     * Puts some examples together that came in several parts.
     *
     * @param parts parts of the same data set, at least one
     * @param ids the numbers of the examples
     * @return the examples
     * @throws GauntletException if one of them is in no part
     */
    public static ExampleRows of(List<ExampleRows> parts, int... ids) {
        ExampleRows first = parts.get(0);
        int[] growing = Arrays.stream(ids).sorted().distinct().toArray();
        float[] pixels = new float[Math.multiplyExact(growing.length, first.shape.size())];
        int[] labels = new int[growing.length];
        for (int i = 0; i < growing.length; i++) {
            int id = growing[i];
            ExampleRows part = parts.stream()
                    .filter(candidate -> candidate.contains(id))
                    .findFirst()
                    .orElseThrow(() -> first.missing(id));
            labels[i] = part.label(id);
            part.copyPixels(id, pixels, i * first.shape.size());
        }
        return new ExampleRows(
                first.origin, first.shape, first.classes, first.numbersAssumed, first.size, growing, labels, pixels);
    }

    private boolean contains(int id) {
        return Arrays.binarySearch(ids, id) >= 0;
    }

    private GauntletException missing(int id) {
        return new GauntletException("Example %d of %s was not sent here.".formatted(id, origin.name()));
    }

    @Override
    public int label(int id) {
        return labels[row(id)];
    }

    @Override
    public void copyPixels(int id, float[] target, int offset) {
        System.arraycopy(pixels, row(id) * shape.size(), target, offset, shape.size());
    }

    private int row(int id) {
        int row = Arrays.binarySearch(ids, id);
        if (row < 0) {
            throw missing(id);
        }
        return row;
    }

    /**
     * Writes the examples.
     *
     * @return the bytes, the same for equal examples
     */
    public byte[] bytes() {
        return RecordCodec.bytes(this);
    }

    /**
     * Reads examples.
     *
     * @param bytes what {@link #bytes()} has written
     * @return the examples
     * @throws IOException if they are not that
     */
    public static ExampleRows of(byte[] bytes) throws IOException {
        return RecordCodec.read(ExampleRows.class, bytes);
    }
}
