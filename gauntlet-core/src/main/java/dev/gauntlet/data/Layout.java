package dev.gauntlet.data;

/** The order of the numbers of a batch of images. */
public enum Layout {
    /** Examples, channels, rows, columns: PyTorch's order. */
    NCHW,
    /** Examples, rows, columns, channels: TensorFlow's order. */
    NHWC
}
