package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.Sha256;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloaderTest {
    private static final String NAME = "t10k-images-idx3-ubyte.gz";

    @TempDir
    private Path temporary;

    private final MirrorServer server = new MirrorServer();
    private final List<String> progress = new ArrayList<>();
    private final Downloader downloader =
            new Downloader((file, bytes, total) -> progress.add("%s %d/%d".formatted(file, bytes, total)));
    private Path folder;
    private byte[] content;
    private PublishedFile file;

    @BeforeEach
    void publish() throws IOException {
        folder = temporary.resolve("cache");
        byte[] pixels = new byte[500 * 784];
        RandomKey.of(0).generator().nextBytes(pixels);
        IdxFile.Content images = IdxFile.Content.images(500, new ImageShape(1, 28, 28), pixels);
        Path path = temporary.resolve(NAME);
        IdxFile.write(path, images);
        content = Files.readAllBytes(path);
        file = new PublishedFile(
                "t10k-images-idx3-ubyte",
                IdxFile.Kind.IMAGES,
                16 + pixels.length,
                new Release.Sums(content.length, Sha256.ofFile(path), images.sha256()));
        server.answers(NAME, MirrorServer.file(content));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void fetchesAFile() throws Exception {
        fetch(server.address());
        isComplete();
        assertThat(server.requests()).containsExactly(NAME);
        assertThat(progress)
                .startsWith("%s 0/%d".formatted(NAME, content.length))
                .endsWith("%s %d/%d".formatted(NAME, content.length, content.length));
    }

    @Test
    void followsRedirects() throws Exception {
        server.answers(NAME, MirrorServer.redirect("/elsewhere"));
        server.answers("elsewhere", MirrorServer.file(content));
        fetch(server.address());
        isComplete();
    }

    @Test
    void goesOnWhereAnEarlierRunStopped() throws Exception {
        part(Arrays.copyOf(content, 1000));
        fetch(server.address());
        isComplete();
        assertThat(server.requests()).containsExactly(NAME + " bytes=1000-");
        assertThat(progress).startsWith("%s 1000/%d".formatted(NAME, content.length));
    }

    @Test
    void startsAgainWhenTheServerOffersOnlyTheWhole() throws Exception {
        part(Arrays.copyOf(content, 1000));
        server.answers(NAME, MirrorServer.whole(content));
        fetch(server.address());
        isComplete();
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void startsAgainWhenTheServerRefusesTheRange() throws Exception {
        part(Arrays.copyOf(content, 1000));
        server.answers(NAME, MirrorServer.status(416), MirrorServer.file(content));
        fetch(server.address());
        isComplete();
        assertThat(server.requests()).containsExactly(NAME + " bytes=1000-", NAME);
    }

    @Test
    void startsAgainWhenTheServerGivesAnotherRange() throws Exception {
        part(Arrays.copyOf(content, 1000));
        server.answers(
                NAME,
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Range", "bytes 0-9/" + content.length);
                    exchange.sendResponseHeaders(206, 10);
                    exchange.getResponseBody().write(content, 0, 10);
                },
                MirrorServer.file(content));
        fetch(server.address());
        isComplete();
    }

    @Test
    void startsAgainWhenWhatWasThereTurnsOutWrong() throws Exception {
        part(new byte[1000]);
        fetch(server.address());
        isComplete();
        assertThat(server.requests()).containsExactly(NAME + " bytes=1000-", NAME);
    }

    @Test
    void needsNoNetworkWhenEverythingHadArrived() throws Exception {
        part(content);
        fetch(MirrorServer.unreachable());
        isComplete();
    }

    @Test
    void dropsPartsThatAreWrongThoughCompleteOrTooLong() throws Exception {
        part(new byte[content.length]);
        fetch(server.address());
        isComplete();
        Files.delete(folder.resolve(NAME));
        part(Arrays.copyOf(content, content.length + 1));
        fetch(server.address());
        isComplete();
        assertThat(server.requests()).containsExactly(NAME, NAME);
    }

    @Test
    void replacesADamagedFile() throws Exception {
        Files.createDirectories(folder);
        Files.write(folder.resolve(NAME), new byte[7]);
        fetch(server.address());
        isComplete();
    }

    @Test
    void doesNotFetchWhatAnotherProcessHasJustFetched() throws Exception {
        Files.createDirectories(folder);
        Files.write(folder.resolve(NAME), content);
        fetch(MirrorServer.unreachable());
        isComplete();
    }

    @Test
    void takesTheNextMirrorWhenOneHasNoSuchFile() throws Exception {
        try (MirrorServer empty = new MirrorServer()) {
            fetch(empty.address(), server.address());
            isComplete();
            assertThat(empty.requests()).containsExactly(NAME);
        }
    }

    @Test
    void takesTheNextMirrorWhenOneCannotBeReached() throws Exception {
        fetch(MirrorServer.unreachable(), server.address());
        isComplete();
    }

    @Test
    void takesTheNextMirrorWhenOneGivesAnotherFile() throws Exception {
        try (MirrorServer wrong = new MirrorServer()) {
            byte[] damaged = content.clone();
            damaged[5000] ^= 1;
            wrong.answers(NAME, MirrorServer.file(damaged));
            fetch(wrong.address(), server.address());
            isComplete();
            assertThat(server.requests())
                    .as("nothing of the wrong file is kept")
                    .containsExactly(NAME);
        }
    }

    @Test
    void asksAgainWhenTheConnectionBreaksOff() throws Exception {
        server.answers(NAME, MirrorServer.brokenOff(content, 200_000), MirrorServer.file(content));
        fetch(server.address());
        isComplete();
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void goesOnWhenATransferOfUntoldLengthEndedEarly() throws Exception {
        server.answers(NAME, MirrorServer.withoutLength(Arrays.copyOf(content, 200_000)), MirrorServer.file(content));
        fetch(server.address());
        isComplete();
        assertThat(server.requests()).containsExactly(NAME, NAME + " bytes=200000-");
    }

    @Test
    void givesUpWhenTheConnectionBreaksOffAgainAndAgain() {
        server.answers(NAME, MirrorServer.brokenOff(content, 20));
        fails("broke off", server.address());
        assertThat(server.requests()).hasSize(3);
    }

    @Test
    void tellsTheWrongAndTheRightSum() throws IOException {
        byte[] damaged = content.clone();
        damaged[5000] ^= 1;
        server.answers(NAME, MirrorServer.file(damaged));
        String sum = Sha256.ofFile(Files.write(temporary.resolve("damaged"), damaged));
        fails("sent a file with the SHA-256 %s, expected %s".formatted(sum, file.sha256(true)), server.address());
        assertThat(folder.resolve(NAME + ".part")).doesNotExist();
    }

    @Test
    void tellsWhatTheServerAnswered() {
        server.answers(NAME, MirrorServer.status(404));
        fails("%s%s answered 404 (not found)".formatted(server.address(), NAME), server.address());
        server.answers(NAME, MirrorServer.status(403));
        fails("answered 403 (access denied)", server.address());
        server.answers(NAME, MirrorServer.status(503));
        fails("answered 503 (too busy)", server.address());
        server.answers(NAME, MirrorServer.status(500));
        fails("answered 500", server.address());
    }

    @Test
    void listsEveryMirrorThatFailed() {
        server.answers(NAME, MirrorServer.status(404));
        URI nobody = MirrorServer.unreachable();
        fails(
                "%s%s answered 404 (not found); %s%s could not be reached"
                        .formatted(server.address(), NAME, nobody, NAME),
                server.address(),
                nobody);
    }

    @Test
    void keepsNothingOfAWebPageAndWhatWasThereBeforeIt() throws Exception {
        part(Arrays.copyOf(content, 1000));
        server.answers(NAME, MirrorServer.page("<html>Log in to the guest network</html>"));
        fails("sent something other than a gzip file (text/html)", server.address());
        assertThat(folder.resolve(NAME + ".part")).hasBinaryContent(Arrays.copyOf(content, 1000));
    }

    @Test
    void refusesFilesOfAnotherSize() {
        server.answers(NAME, MirrorServer.whole(Arrays.copyOf(content, 5000)));
        fails("offers 5000 bytes, expected " + content.length, server.address());
        byte[] endless = Arrays.copyOf(content, 2 * content.length);
        server.answers(NAME, MirrorServer.whole(endless));
        fails("offers %d bytes, expected %d".formatted(endless.length, content.length), server.address());
        server.answers(NAME, MirrorServer.withoutLength(endless));
        fails("sent more than the %d bytes".formatted(content.length), server.address());
        assertThat(folder.resolve(NAME + ".part"))
                .satisfiesAnyOf(
                        part -> assertThat(part).doesNotExist(),
                        part -> assertThat(Files.size(part)).isLessThanOrEqualTo(content.length));
    }

    @Test
    void anEmptyAnswerIsNoFile() {
        server.answers(NAME, MirrorServer.withoutLength(new byte[0]));
        fails("sent something other than a gzip file", server.address());
    }

    @Test
    void doesNotWaitForASilentServer() {
        CountDownLatch end = new CountDownLatch(1);
        Downloader impatient = new Downloader((name, bytes, total) -> {}, Duration.ofMillis(700));
        server.answers(NAME, exchange -> await(end));
        assertThatThrownBy(() -> impatient.fetch(file, List.of(server.address()), folder))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("did not answer within");
        server.answers(NAME, exchange -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, 1000);
            exchange.getResponseBody().flush();
            await(end);
        });
        assertThatThrownBy(() -> impatient.fetch(file, List.of(server.address()), folder))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("sent nothing for");
        end.countDown();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void tellsThatTheFolderCannotBeWritten() throws IOException {
        Files.writeString(folder, "a file in the way");
        fails("%s cannot be written".formatted(folder), server.address());
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void anInterruptEndsItAndIsKept() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> fetch(server.address()))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void twoAtOnceFetchTheFileOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        Callable<Void> fetch = () -> {
            new Downloader((name, bytes, total) -> {}).fetch(file, List.of(server.address()), folder);
            return null;
        };
        for (Future<Void> done : threads.invokeAll(List.of(fetch, fetch, fetch, fetch))) {
            done.get();
        }
        threads.shutdown();
        isComplete();
        assertThat(server.requests()).containsExactly(NAME);
    }

    private void fetch(URI... mirrors) throws UnavailableException {
        downloader.fetch(file, List.of(mirrors), folder);
    }

    private void fails(String because, URI... mirrors) {
        assertThatThrownBy(() -> fetch(mirrors))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining(because)
                .hasMessageNotContaining("\n");
        assertThat(Files.exists(folder.resolve(NAME))).isFalse();
    }

    private void isComplete() {
        assertThat(folder.resolve(NAME)).hasBinaryContent(content);
        assertThat(folder.resolve(NAME + ".part")).doesNotExist();
    }

    private void part(byte[] bytes) throws IOException {
        Files.createDirectories(folder);
        Files.write(folder.resolve(NAME + ".part"), bytes);
    }
}
