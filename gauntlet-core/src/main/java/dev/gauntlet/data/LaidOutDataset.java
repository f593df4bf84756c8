package dev.gauntlet.data;

import dev.gauntlet.GauntletException;

/** A view of a data set of number rows as images of a shape. */
final class LaidOutDataset extends DatasetView {
    private final ImageShape shape;
    private final Layout order;

    private LaidOutDataset(Dataset data, ImageShape shape, Layout order) {
        super(
                data,
                "The %,d numbers of each example are read as an image of %s%s."
                        .formatted(
                                shape.size(),
                                shape,
                                order == Layout.NHWC && shape.channels() > 1 ? ", with the channels last" : ""));
        this.shape = shape;
        this.order = order;
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
            throw new GauntletException("The examples of %s are already images of %s, not of %s."
                    .formatted(data.origin().name(), data.shape(), shape));
        }
        return new LaidOutDataset(data, shape, order);
    }

    @Override
    public ImageShape shape() {
        return shape;
    }

    @Override
    public void copyPixels(int id, float[] target, int offset) {
        if (order == Layout.NCHW || shape.channels() == 1) {
            super.copyPixels(id, target, offset);
            return;
        }
        float[] row = new float[shape.size()];
        super.copyPixels(id, row, 0);
        int channels = shape.channels();
        int plane = shape.height() * shape.width();
        for (int i = 0; i < row.length; i++) {
            target[offset + i % channels * plane + i / channels] = row[i];
        }
    }
}
