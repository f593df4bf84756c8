package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import java.util.List;

/** A data set whose examples are rows of numbers, as images of a shape. */
final class LaidOutDataset implements Dataset {
    private final Dataset data;
    private final ImageShape shape;
    private final Layout order;
    private final DataOrigin origin;

    private LaidOutDataset(Dataset data, ImageShape shape, Layout order) {
        this.data = data;
        this.shape = shape;
        this.order = order;
        this.origin = data.origin()
                .withAlso("The %,d numbers of each example are taken for an image of %s%s."
                        .formatted(
                                shape.size(),
                                shape,
                                order == Layout.NHWC && shape.channels() > 1
                                        ? ", the channels last in each pixel"
                                        : ""));
    }

    static Dataset of(Dataset data, ImageShape shape, Layout order) {
        if (data.shape().equals(shape)) {
            return data;
        }
        if (data.shape().size() != shape.size()) {
            throw new GauntletException("The examples of %s have %,d numbers, but an image of %s has %,d."
                    .formatted(data.origin().name(), data.shape().size(), shape, shape.size()));
        }
        if (!data.shape().isFlat()) {
            throw new GauntletException("The examples of %s are images of %s already, not of %s."
                    .formatted(data.origin().name(), data.shape(), shape));
        }
        return new LaidOutDataset(data, shape, order);
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
        return data.classes();
    }

    @Override
    public boolean numbersAssumed() {
        return data.numbersAssumed();
    }

    @Override
    public int size() {
        return data.size();
    }

    @Override
    public int label(int id) {
        return data.label(id);
    }

    @Override
    public void copyPixels(int id, float[] target, int offset) {
        if (order == Layout.NCHW || shape.channels() == 1) {
            data.copyPixels(id, target, offset);
            return;
        }
        float[] row = new float[shape.size()];
        data.copyPixels(id, row, 0);
        int channels = shape.channels();
        int plane = shape.height() * shape.width();
        for (int i = 0; i < row.length; i++) {
            target[offset + i % channels * plane + i / channels] = row[i];
        }
    }
}
