package dev.gauntlet.data;

import java.net.URI;
import java.util.List;
import java.util.stream.Stream;

/**
 * The published files of a data set.
 *
 * @param train the training examples
 * @param test the test examples
 * @param mirrors the addresses of folders with the files, in the order in which they are tried
 */
record Release(Part train, Part test, List<URI> mirrors) {
    static final Release MNIST = new Release(
            new Part(
                    Split.TRAIN,
                    60_000,
                    new Sums(
                            9_912_422,
                            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
                    new Sums(
                            28_881,
                            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5")),
            new Part(
                    Split.TEST,
                    10_000,
                    new Sums(
                            1_648_877,
                            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
                    new Sums(
                            4_542,
                            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2")),
            List.of(
                    URI.create("https://ossci-datasets.s3.amazonaws.com/mnist/"),
                    URI.create("https://storage.googleapis.com/cvdf-datasets/mnist/")));

    static final Release FASHION_MNIST = new Release(
            new Part(
                    Split.TRAIN,
                    60_000,
                    new Sums(
                            26_421_880,
                            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
                    new Sums(
                            29_515,
                            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9")),
            new Part(
                    Split.TEST,
                    10_000,
                    new Sums(
                            4_422_102,
                            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
                    new Sums(
                            5_148,
                            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34")),
            List.of(
                    URI.create("https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"),
                    URI.create("https://storage.googleapis.com/tensorflow/tf-keras-datasets/")));

    Release {
        mirrors = List.copyOf(mirrors);
    }

    Part part(Split split) {
        return split == Split.TRAIN ? train : test;
    }

    Stream<PublishedFile> files() {
        return Stream.of(train, test).flatMap(Part::files);
    }

    Release withMirrors(List<URI> otherMirrors) {
        return new Release(train, test, otherMirrors);
    }

    /**
     * The two files of a split.
     *
     * @param split which split
     * @param images the images
     * @param labels their labels
     */
    record Part(Split split, PublishedFile images, PublishedFile labels) {
        /** Names the files as MNIST did, with images of 28x28 pixels. */
        Part(Split split, int count, Sums images, Sums labels) {
            this(
                    split,
                    new PublishedFile(split.imagesFile(), IdxFile.Kind.IMAGES, 16 + count * 28L * 28L, images),
                    new PublishedFile(split.labelsFile(), IdxFile.Kind.LABELS, 8L + count, labels));
        }

        Stream<PublishedFile> files() {
            return Stream.of(images, labels);
        }
    }

    /**
     * The size and checksums that identify a file.
     *
     * @param size the number of bytes of the compressed file
     * @param compressed the SHA-256 of the compressed file
     * @param plain the SHA-256 of the uncompressed file
     */
    record Sums(long size, String compressed, String plain) {}
}
