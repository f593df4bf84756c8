package dev.gauntlet.data;

/**
 * A file of a published data set.
 *
 * @param plainName the name without {@code .gz}
 * @param kind the kind of its content
 * @param plainSize the number of bytes of the uncompressed file
 * @param sums the checksums of the file
 */
record PublishedFile(String plainName, IdxFile.Kind kind, long plainSize, Release.Sums sums) {
    /** The name of the compressed file. */
    String name() {
        return plainName + ".gz";
    }

    /** The size of the compressed file. */
    long size() {
        return sums.size();
    }

    /** The checksum of one of its two forms. */
    String sha256(boolean compressed) {
        return compressed ? sums.compressed() : sums.plain();
    }
}
