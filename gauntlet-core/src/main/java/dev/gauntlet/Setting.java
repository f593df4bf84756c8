package dev.gauntlet;

/**
 * A setting that an error is about, in the terms of the field. The libraries name it so; a program that asks its user for it
 * by an option or a key adds that name to the message.
 */
public enum Setting {
    /** The architecture of weights that do not say it. */
    NETWORK,
    /** The input value of a white pixel. */
    INPUT_MAX,
    /** The mean that the model subtracts. */
    MEAN,
    /** The standard deviation by which the model divides. */
    STD,
    /** The order of a model's input. */
    INPUT_LAYOUT,
    /** The output that holds the logits. */
    LOGITS,
    /** What the attacks may see of the model. */
    ACCESS,
    /** The attacks. */
    ATTACK,
    /** The suite of attacks. */
    SUITE,
    /** When examples are certified. */
    CERTIFY,
    /** The class that counts as success. */
    TARGET,
    /** The file or folder of the user's own data. */
    DATA,
    /** The data set. */
    DATASET,
    /** The folder of a data set's files. */
    DATA_FOLDER,
    /** The file with the labels. */
    LABELS,
    /** The column with the labels. */
    LABEL_COLUMN,
    /** The names of the classes. */
    CLASSES,
    /** The order of the pixels in an array. */
    DATA_LAYOUT,
    /** The shape of the images that rows of numbers stand for. */
    IMAGE_SHAPE,
    /** The side to which images are resized. */
    RESIZE,
    /** The side of the square to which images are cropped. */
    CROP,
    /** The number of channels in which images are read. */
    CHANNELS,
    /** Whether data with unreadable files is refused. */
    STRICT,
    /** Whether results replace earlier ones. */
    OVERWRITE
}
