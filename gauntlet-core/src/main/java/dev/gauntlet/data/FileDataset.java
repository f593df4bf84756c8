package dev.gauntlet.data;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;

/** Examples that are read from their file on demand; only the labels are in memory. */
final class FileDataset implements Dataset {
    private final DataOrigin origin;
    private final ImageShape shape;
    private final List<String> classes;
    private final int[] labels;
    private final boolean numbersAssumed;
    private final Pixels pixels;

    FileDataset(
            DataOrigin origin,
            ImageShape shape,
            List<String> classes,
            boolean numbersAssumed,
            int[] labels,
            Pixels pixels) {
        this.origin = origin;
        this.shape = shape;
        this.classes = List.copyOf(classes);
        this.numbersAssumed = numbersAssumed;
        this.labels = labels;
        this.pixels = pixels;
    }

    /**
     * The location and format of the pixels.
     *
     * @param file the records
     * @param offset the offset of the pixels in a record
     * @param encoding the binary format of a pixel
     * @param white the value of a white pixel
     * @param layout the order of the pixels
     * @param clamped whether numbers outside [0,1] are clipped
     */
    record Pixels(MappedFile file, int offset, Encoding encoding, double white, Layout layout, boolean clamped) {
        float at(ByteBuffer piece, int position) {
            double value = encoding.at(piece, position);
            // a division by 1 is skipped, so that floats keep their bits
            float pixel = (float) (white == 1 ? value : value / white);
            return clamped ? Math.max(0, Math.min(1, pixel)) : pixel;
        }

        Pixels withClamping() {
            return new Pixels(file, offset, encoding, white, layout, true);
        }
    }

    /** Returns the same examples with one more notice. */
    FileDataset noticed(String notice) {
        return new FileDataset(origin.withAlso(notice), shape, classes, numbersAssumed, labels, pixels);
    }

    /** Returns the same examples with every pixel clipped to [0,1], and a notice that says so. */
    FileDataset clamped(String notice) {
        return new FileDataset(origin.withAlso(notice), shape, classes, numbersAssumed, labels, pixels.withClamping());
    }

    @Override
    public DataOrigin origin() {
        return origin;
    }

    @Override
    public ImageShape shape() {
        return shape;
    }

    @Override
    public List<String> classes() {
        return classes;
    }

    @Override
    public boolean numbersAssumed() {
        return numbersAssumed;
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public int label(int id) {
        return labels[id];
    }

    @Override
    public void copyPixels(int id, float[] target, int offset) {
        Objects.checkIndex(id, labels.length);
        ByteBuffer piece = pixels.file().piece(id);
        int position = pixels.file().position(id) + pixels.offset();
        int bytes = pixels.encoding().bytes();
        int plane = shape.height() * shape.width();
        int channels = shape.channels();
        for (int i = 0; i < shape.size(); i++) {
            int place = pixels.layout() == Layout.NCHW ? i : i / channels + i % channels * plane;
            target[offset + place] = pixels.at(piece, position + i * bytes);
        }
    }
}
