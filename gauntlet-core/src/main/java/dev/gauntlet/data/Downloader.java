package dev.gauntlet.data;

import dev.gauntlet.AtomicFile;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serial;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.FileChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/**
 * Downloads published files.
 *
 * <p>Partial content is kept in a file that ends in {@code .part}, where the next attempt continues, in this run or
 * another; only a complete file with the right checksum gets its final name.
 */
final class Downloader {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** How often a mirror may break off the transfer. */
    private static final int ATTEMPTS = 3;

    /** Excludes the threads of this process from each other, which a file lock does not. */
    private static final ReentrantLock IN_THIS_PROCESS = new ReentrantLock();

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();

    private final DownloadListener listener;
    private final Duration patience;

    Downloader(DownloadListener listener) {
        this(listener, PATIENCE);
    }

    /** Creates a downloader with a timeout for silent servers. */
    Downloader(DownloadListener listener, Duration patience) {
        this.listener = listener;
        this.patience = patience;
    }

    /**
     * Downloads a file from the first mirror that has it.
     *
     * @param file the file
     * @param mirrors the addresses of folders that contain it
     * @param folder the folder to save it in
     * @throws UnavailableException if no mirror works, or the folder cannot be written
     */
    void fetch(PublishedFile file, List<URI> mirrors, Path folder) throws UnavailableException {
        IN_THIS_PROCESS.lock();
        try {
            Files.createDirectories(folder);
            try (FileChannel lock =
                    FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                keepOtherProcessesOut(lock);
                Path target = folder.resolve(file.name());
                boolean fetchedByAnother =
                        Files.isRegularFile(target) && Sha256.ofFile(target).equals(file.sha256(true));
                if (!fetchedByAnother) {
                    fetchFromAny(file, mirrors, target);
                }
            }
        } catch (IOException e) {
            throw new UnavailableException("%s cannot be written (%s)".formatted(folder, reason(e)), e);
        } finally {
            IN_THIS_PROCESS.unlock();
        }
    }

    /** Waits until no other process downloads into this folder; closing the channel releases the lock. */
    private static void keepOtherProcessesOut(FileChannel channel) {
        try {
            channel.lock();
        } catch (IOException e) {
            // some network drives do not support locks; there, two processes may damage each other's download, which
            // the checksum reveals
            return;
        }
    }

    private void fetchFromAny(PublishedFile file, List<URI> mirrors, Path target)
            throws UnavailableException, IOException {
        List<String> problems = new ArrayList<>();
        for (URI mirror : mirrors) {
            URI address = mirror.resolve(file.name());
            for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
                try {
                    transfer(address, file, target);
                    return;
                } catch (MirrorException e) {
                    if (!e.again || attempt == ATTEMPTS) {
                        problems.add(address + " " + e.getMessage());
                        break;
                    }
                }
            }
        }
        throw new UnavailableException("the download failed: " + String.join("; ", problems));
    }

    private void transfer(URI address, PublishedFile file, Path target) throws MirrorException, IOException {
        Path part = target.resolveSibling(file.name() + ".part");
        long there = Files.isRegularFile(part) ? Files.size(part) : 0;
        if (there > file.size()) {
            Files.delete(part);
            there = 0;
        }
        if (there < file.size()) {
            receive(address, file, part, there);
        }
        String sum = Sha256.ofFile(part);
        if (!sum.equals(file.sha256(true))) {
            Files.delete(part);
            // the error may be in the part from an earlier attempt
            throw new MirrorException(
                    "sent a file with the SHA-256 %s, expected %s".formatted(sum, file.sha256(true)), there > 0);
        }
        AtomicFile.moveIntoPlace(part, target);
    }

    /** Requests the missing part and appends it, or restarts if the server offers only the whole file. */
    private void receive(URI address, PublishedFile file, Path part, long there) throws MirrorException, IOException {
        HttpResponse<InputStream> response = ask(address, there);
        try (InputStream body = response.body()) {
            int status = response.statusCode();
            boolean goesOn = there > 0
                    && status == 206
                    && response.headers()
                            .firstValue("Content-Range")
                            .filter(range -> range.startsWith("bytes " + there + "-"))
                            .isPresent();
            if (status != 200 && !goesOn) {
                boolean refusesRange = status == 206 || status == 416;
                if (refusesRange) {
                    Files.deleteIfExists(part);
                }
                throw new MirrorException("answered " + describe(status), refusesRange);
            }
            byte[] piece = new byte[1 << 16];
            int length = read(body, piece);
            long arrived = goesOn ? there : 0;
            requireContent(response, piece, length, arrived, file);
            try (OutputStream out = Files.newOutputStream(
                    part,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    goesOn ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING)) {
                listener.progress(file.name(), arrived, file.size());
                while (length >= 0) {
                    if (arrived + length > file.size()) {
                        throw new MirrorException(
                                "sent more than the %d bytes of the file".formatted(file.size()), false);
                    }
                    out.write(piece, 0, length);
                    arrived += length;
                    listener.progress(file.name(), arrived, file.size());
                    length = read(body, piece);
                }
            }
            if (arrived < file.size()) {
                throw new MirrorException("broke off after %d of %d bytes".formatted(arrived, file.size()), true);
            }
        }
    }

    private HttpResponse<InputStream> ask(URI address, long there) throws MirrorException {
        HttpRequest.Builder request = HttpRequest.newBuilder(address).timeout(patience);
        if (there > 0) {
            request.header("Range", "bytes=" + there + "-");
        }
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (HttpConnectTimeoutException e) {
            throw new MirrorException(
                    "could not be reached within %d seconds".formatted(CONNECT_TIMEOUT.toSeconds()), e, false);
        } catch (HttpTimeoutException e) {
            throw new MirrorException("did not answer within " + seconds(), e, false);
        } catch (SSLException e) {
            throw new MirrorException(
                    "could not be reached securely (%s), perhaps because of a proxy that inspects the traffic"
                            .formatted(reason(e)),
                    e,
                    false);
        } catch (IOException e) {
            if (causes(e)
                    .anyMatch(cause ->
                            cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException)) {
                throw new MirrorException("could not be reached (the host name is unknown; no network?)", e, false);
            }
            if (e instanceof ConnectException) {
                throw new MirrorException("could not be reached (connection refused, or no network)", e, false);
            }
            throw new MirrorException("did not answer (%s)".formatted(reason(e)), e, true);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GauntletException(
                    "The download of %s was interrupted; run the command again to resume it.".formatted(address), e);
        }
    }

    /** Reads the received bytes; -1 at the end. */
    private int read(InputStream body, byte[] piece) throws MirrorException {
        AtomicBoolean silent = new AtomicBoolean();
        CompletableFuture<Void> alarm = CompletableFuture.runAsync(
                () -> {
                    silent.set(true);
                    close(body);
                },
                CompletableFuture.delayedExecutor(patience.toMillis(), TimeUnit.MILLISECONDS));
        try {
            return body.read(piece);
        } catch (IOException e) {
            throw new MirrorException(
                    silent.get() ? "sent nothing for " + seconds() : "broke off (%s)".formatted(reason(e)), e, true);
        } finally {
            alarm.cancel(false);
        }
    }

    private static void close(InputStream body) {
        try {
            body.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Refuses a response that cannot be the file, before saving any of it. */
    private static void requireContent(
            HttpResponse<InputStream> response, byte[] piece, int length, long arrived, PublishedFile file)
            throws MirrorException {
        boolean mayBeGzip = length >= 1 && piece[0] == 0x1f;
        if (arrived == 0 && !mayBeGzip) {
            throw new MirrorException(
                    "sent something other than a gzip file (%s), perhaps the page of a proxy or a login page"
                            .formatted(response.headers()
                                    .firstValue("Content-Type")
                                    .orElse("of unknown type")),
                    false);
        }
        long offered = response.headers().firstValueAsLong("Content-Length").orElse(file.size() - arrived);
        if (offered != file.size() - arrived) {
            throw new MirrorException("offers %d bytes, expected %d".formatted(offered, file.size() - arrived), false);
        }
    }

    private static String describe(int status) {
        return switch (status) {
            case 401, 403 -> status + " (access denied)";
            case 404 -> status + " (not found)";
            case 407 -> status + " (the proxy requires a password)";
            case 429, 503 -> status + " (too busy)";
            default -> Integer.toString(status);
        };
    }

    private String seconds() {
        return patience.toSeconds() + " seconds";
    }

    private static Stream<Throwable> causes(Throwable failure) {
        return Stream.iterate(failure, cause -> cause != null, Throwable::getCause);
    }

    /**
     * Returns the message of the innermost cause that has one, on one line; outer messages are as vague as "closed".
     */
    private static String reason(Throwable failure) {
        return causes(failure)
                .filter(cause -> cause.getMessage() != null)
                .reduce((outer, inner) -> inner)
                .map(cause -> cause.getClass().getSimpleName() + ": " + cause.getMessage())
                .orElse(failure.getClass().getSimpleName())
                .replaceAll("\\s+", " ");
    }

    /** A mirror did not work; the message is a clause that follows its address. */
    private static final class MirrorException extends Exception {
        @Serial
        private static final long serialVersionUID = 1L;

        private final boolean again;

        MirrorException(String message, boolean again) {
            super(message);
            this.again = again;
        }

        MirrorException(String message, Throwable cause, boolean again) {
            super(message, cause);
            this.again = again;
        }
    }
}
