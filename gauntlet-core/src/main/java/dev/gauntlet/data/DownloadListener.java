package dev.gauntlet.data;

/** Receives the progress of a download. */
@FunctionalInterface
public interface DownloadListener {
    /**
     * Reports the progress of a file; called when a transfer starts and after every piece, by the thread that loads the
     * data.
     *
     * @param file the name of the file
     * @param bytes the number of bytes received, including those of a resumed download; smaller than before if a
     *     transfer has to restart
     * @param total the size of the file in bytes
     */
    void progress(String file, long bytes, long total);
}
