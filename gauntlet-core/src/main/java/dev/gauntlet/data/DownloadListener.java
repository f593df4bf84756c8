package dev.gauntlet.data;

/** Is told how far a download is. */
@FunctionalInterface
public interface DownloadListener {
    /**
     * Reports that some of a file has arrived; called when a transfer starts and after every piece, by the thread that
     * loads the data.
     *
     * @param file the name of the file
     * @param bytes how many bytes of it are there, those of an earlier, resumed download included; smaller than before
     *     when a transfer has to start again
     * @param total how many bytes it has
     */
    void progress(String file, long bytes, long total);
}
