package dev.gauntlet.data;

/** A part of a published data set. */
enum Split {
    TRAIN("train", "train"),
    TEST("test", "t10k");

    private final String id;
    private final String filePrefix;

    Split(String id, String filePrefix) {
        this.id = id;
        this.filePrefix = filePrefix;
    }

    /** The name in records. */
    String id() {
        return id;
    }

    /** The uncompressed name of the image file, as in MNIST. */
    String imagesFile() {
        return filePrefix + "-images-idx3-ubyte";
    }

    /** The uncompressed name of the label file, as in MNIST. */
    String labelsFile() {
        return filePrefix + "-labels-idx1-ubyte";
    }
}
