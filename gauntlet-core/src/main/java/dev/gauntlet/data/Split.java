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

    /** The uncompressed name of the file of the images, as MNIST named it. */
    String imagesFile() {
        return filePrefix + "-images-idx3-ubyte";
    }

    /** The uncompressed name of the file of the labels, as MNIST named it. */
    String labelsFile() {
        return filePrefix + "-labels-idx1-ubyte";
    }
}
