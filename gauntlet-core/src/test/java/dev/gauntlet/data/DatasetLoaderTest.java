package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DatasetLoaderTest {
    private static final List<String> FILES = List.of(
            "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");

    @TempDir
    private Path temporary;

    private final MirrorServer server = new MirrorServer();
    private Path published;
    private Path given;
    private Path cache;
    private Release release;
    private DatasetLoader loader;

    @BeforeEach
    void publish() {
        published = temporary.resolve("published");
        given = temporary.resolve("given");
        cache = temporary.resolve("cache");
        release = publish(published, 1);
        for (String name : FILES) {
            server.answers(name + ".gz", MirrorServer.file(bytes(published.resolve(name + ".gz"))));
        }
        loader = loader(Map.of());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** How the files may lie in a folder. */
    enum Layout {
        COMPRESSED("", true),
        PLAIN("", false),
        COMPRESSED_IN_A_FOLDER_OF_ITS_NAME("mnist", true),
        PLAIN_IN_A_FOLDER_OF_ITS_NAME("mnist", false);

        private final String subfolder;
        private final boolean compressed;

        Layout(String subfolder, boolean compressed) {
            this.subfolder = subfolder;
            this.compressed = compressed;
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsAFolderInAnyLayout(Layout layout) {
        put(given, layout);
        TrainTest data = loader.withFolder(given).load(NamedDataset.MNIST);
        assertThat(data.train().size()).isEqualTo(12);
        assertThat(data.test().size()).isEqualTo(5);
        assertThat(data.test().shape()).isEqualTo(new ImageShape(1, 28, 28));
        assertThat(data.test().classes()).isEqualTo(NamedDataset.MNIST.classes());
        DataOrigin origin = data.test().origin();
        assertThat(origin.name()).isEqualTo("mnist");
        assertThat(origin.split()).isEqualTo("test");
        assertThat(origin.location()).isEqualTo(given.resolve(layout.subfolder).toString());
        assertThat(origin.notice()).isEmpty();
        // whether the files are compressed makes no difference to a record or a journal
        assertThat(origin.sha256())
                .containsExactly(
                        Map.entry(FILES.get(2), release.test().images().sha256(false)),
                        Map.entry(FILES.get(3), release.test().labels().sha256(false)));
        assertThat(server.requests()).isEmpty();
        assertThat(cache).doesNotExist();
    }

    @Test
    void readsFilesThatABrowserHasUnpackedButNotRenamed() throws IOException {
        put(given, Layout.PLAIN);
        for (String name : FILES) {
            Files.move(given.resolve(name), given.resolve(name + ".gz"));
        }
        assertThat(loader.withFolder(given).load(NamedDataset.MNIST).train().size())
                .isEqualTo(12);
    }

    @Test
    void aGivenFolderGoesBeforeTheEnvironmentAndThatBeforeTheCache() throws IOException {
        Path environment = temporary.resolve("environment");
        put(given, Layout.COMPRESSED);
        put(environment, Layout.COMPRESSED);
        put(cache, Layout.COMPRESSED_IN_A_FOLDER_OF_ITS_NAME);
        DatasetLoader both = loader(Map.of("GAUNTLET_DATA", environment.toString()));
        assertThat(location(both.withFolder(given))).isEqualTo(given.toString());
        assertThat(location(both)).isEqualTo(environment.toString());
        Files.delete(environment.resolve(FILES.get(0) + ".gz"));
        assertThat(location(both)).isEqualTo(cache.resolve("mnist").toString());
        assertThat(location(loader(Map.of("GAUNTLET_DATA", " "))))
                .isEqualTo(cache.resolve("mnist").toString());
        assertThat(server.requests()).isEmpty();
    }

    private static String location(DatasetLoader from) {
        return from.load(NamedDataset.MNIST).train().origin().location();
    }

    @Test
    void downloadsIntoTheCacheOnce() {
        List<String> progress = new ArrayList<>();
        DatasetLoader told = loader.withProgress((file, bytes, total) -> progress.add(file));
        Dataset first = told.load(NamedDataset.MNIST).test();
        assertThat(server.requests()).containsExactlyElementsOf(compressed(FILES));
        assertThat(progress).containsAll(compressed(FILES));
        Dataset second = told.withoutDownloads().load(NamedDataset.MNIST).test();
        assertThat(second.origin()).isEqualTo(first.origin());
        assertThat(second.batch(0, 4).pixels()).isEqualTo(first.batch(0, 4).pixels());
        assertThat(first.origin().location()).isEqualTo(cache.resolve("mnist").toString());
        assertThat(server.requests()).hasSize(4);
    }

    @Test
    void theTestPartAloneNeedsOnlyItsOwnFiles() throws IOException {
        assertThat(loader.loadTest(NamedDataset.MNIST).size()).isEqualTo(5);
        assertThat(server.requests()).containsExactlyElementsOf(compressed(FILES.subList(2, 4)));
        put(given, Layout.PLAIN);
        Files.delete(given.resolve(FILES.get(0)));
        assertThat(loader.withFolder(given).loadTest(NamedDataset.MNIST).size()).isEqualTo(5);
        assertThatThrownBy(() -> loader.withFolder(given).load(NamedDataset.MNIST))
                .isInstanceOf(GauntletException.class);
    }

    @Test
    void aGivenFolderThatLacksFilesIsAnErrorEvenWhereDigitsWouldDo() throws IOException {
        put(given, Layout.COMPRESSED);
        put(cache, Layout.COMPRESSED_IN_A_FOLDER_OF_ITS_NAME);
        Files.delete(given.resolve(FILES.get(1) + ".gz"));
        Files.delete(given.resolve(FILES.get(2) + ".gz"));
        DatasetLoader from = loader.withFolder(given);
        String message =
                "The data folder %s lacks train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz of MNIST; put them there or into %s, with or without .gz, or name no folder to use the cache and the network."
                        .formatted(given, given.resolve("mnist"));
        assertThatThrownBy(() -> from.load(NamedDataset.MNIST)).hasMessage(message);
        assertThatThrownBy(() -> from.loadOrDigits(NamedDataset.MNIST))
                .isInstanceOf(GauntletException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> loader.withFolder(temporary.resolve("absent")).loadOrDigits(NamedDataset.MNIST))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("absent is not a directory");
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void aWrongFileInAFolderIsAnErrorEvenWhereDigitsWouldDo() throws IOException {
        put(given, Layout.COMPRESSED);
        Path labels = given.resolve(FILES.get(3) + ".gz");
        IdxFile.write(labels, IdxFile.Content.labels(new byte[5]));
        String message =
                "%s is not the published file of MNIST: its SHA-256 is %s, expected %s; delete it and download it again."
                        .formatted(
                                labels,
                                Sha256.ofFile(labels),
                                release.test().labels().sha256(true));
        DatasetLoader environment = loader(Map.of("GAUNTLET_DATA", given.toString()));
        for (DatasetLoader from : List.of(loader.withFolder(given), environment)) {
            assertThatThrownBy(() -> from.load(NamedDataset.MNIST))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage(message);
            assertThatThrownBy(() -> from.loadOrDigits(NamedDataset.MNIST))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage(message);
        }
    }

    @Test
    void aTruncatedFileIsCalledTruncated() throws IOException {
        put(given, Layout.COMPRESSED);
        Path images = given.resolve(FILES.get(0) + ".gz");
        byte[] bytes = Files.readAllBytes(images);
        Files.write(images, Arrays.copyOf(bytes, bytes.length / 2));
        assertThatThrownBy(() -> loader.withFolder(given).loadOrDigits(NamedDataset.MNIST))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith(images + " is truncated");
    }

    @Test
    void aFileWithMoreExamplesThanPublishedIsRefusedBeforeItIsUnpacked() throws IOException {
        put(given, Layout.COMPRESSED);
        Path labels = given.resolve(FILES.get(3) + ".gz");
        IdxFile.write(labels, IdxFile.Content.labels(new byte[1000]));
        assertThatThrownBy(() -> loader.withFolder(given).load(NamedDataset.MNIST))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("declares 1000 labels")
                .hasMessageContaining("more than the 13 bytes");
    }

    @Test
    void theFileOfAnotherDataSetIsRecognised() throws IOException {
        Path fashion = temporary.resolve("fashion");
        Release other = publish(fashion, 2);
        put(given, Layout.COMPRESSED);
        String labels = FILES.get(3) + ".gz";
        Files.write(given.resolve(labels), bytes(fashion.resolve(labels)));
        assertThatThrownBy(() -> loader.withRelease(NamedDataset.FASHION_MNIST, other)
                        .withFolder(given)
                        .load(NamedDataset.MNIST))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("(it is a file of Fashion-MNIST)");
    }

    @Test
    void aDamagedFileInTheCacheIsDownloadedAgain() throws IOException {
        put(cache, Layout.COMPRESSED_IN_A_FOLDER_OF_ITS_NAME);
        Path images = cache.resolve("mnist").resolve(FILES.get(0) + ".gz");
        byte[] intact = Files.readAllBytes(images);
        Files.write(images, new byte[100]);
        assertThat(loader.load(NamedDataset.MNIST).train().size()).isEqualTo(12);
        assertThat(server.requests()).containsExactly(FILES.get(0) + ".gz");
        assertThat(images).hasBinaryContent(intact);
    }

    @Test
    void aDamagedFileInTheCacheWithoutANetworkIsTold() throws IOException {
        put(cache, Layout.COMPRESSED_IN_A_FOLDER_OF_ITS_NAME);
        Path images = cache.resolve("mnist").resolve(FILES.get(0) + ".gz");
        Files.write(images, new byte[100]);
        assertThatThrownBy(() -> loader.withoutDownloads().load(NamedDataset.MNIST))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith(
                        "MNIST is not available: %s is damaged and downloads are switched off;".formatted(images));
    }

    @Test
    void aForcedDataSetThatCannotBeHadIsAnErrorThatTellsWhatToDo() {
        URI nobody = MirrorServer.unreachable();
        Path environment = temporary.resolve("environment");
        DatasetLoader alone = loader(Map.of("GAUNTLET_DATA", environment.toString()))
                .withMirrors(NamedDataset.MNIST, List.of(nobody, server.address()));
        server.answers(FILES.get(0) + ".gz", MirrorServer.status(404));
        assertThatThrownBy(() -> alone.load(NamedDataset.MNIST))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith(
                        "MNIST is not available: GAUNTLET_DATA=%s lacks %s; %s.gz is not in %s and the download failed: %s%s.gz could not be reached ("
                                .formatted(
                                        environment,
                                        String.join(", ", compressed(FILES)),
                                        FILES.get(0),
                                        cache.resolve("mnist"),
                                        nobody,
                                        FILES.get(0)))
                .hasMessageEndingWith(
                        "); %s%s.gz answered 404 (not found); put the files into %s, set the data folder or GAUNTLET_DATA to theirs, or use the data set digits."
                                .formatted(server.address(), FILES.get(0), cache.resolve("mnist")))
                .hasMessageNotContaining("\n");
    }

    @Test
    void digitsStandInForWhatCannotBeHadAndSaySo() {
        DatasetLoader alone = loader.withoutDownloads();
        String notice =
                "This run used the built-in data set digits instead of MNIST, so its numbers are not those of MNIST. MNIST was not available: train-images-idx3-ubyte.gz is not in %s and downloads are switched off."
                        .formatted(cache.resolve("mnist"));
        TrainTest data = alone.loadOrDigits(NamedDataset.MNIST);
        for (Dataset part : List.of(data.train(), data.test())) {
            assertThat(part.origin().name()).isEqualTo("digits");
            assertThat(part.origin().notice()).contains(notice);
        }
        assertThat(data.train().size()).isEqualTo(30);
        assertThat(data.test().size()).isEqualTo(20);
        Dataset test = alone.loadTestOrDigits(NamedDataset.MNIST);
        assertThat(test.origin().name()).isEqualTo("digits");
        assertThat(test.origin().notice())
                .hasValueSatisfying(text -> assertThat(text).contains("t10k-images"));
    }

    @Test
    void aDownloadThatCannotBeStoredIsOneThatCannotBeHad() throws IOException {
        Files.writeString(cache, "a file in the way");
        DataOrigin origin = loader.loadTestOrDigits(NamedDataset.MNIST).origin();
        assertThat(origin.name()).isEqualTo("digits");
        assertThat(origin.notice()).hasValueSatisfying(text -> assertThat(text).contains("cannot be written"));
    }

    @Test
    void whatCanBeHadCarriesNoNotice() {
        put(cache, Layout.COMPRESSED_IN_A_FOLDER_OF_ITS_NAME);
        assertThat(loader.loadOrDigits(NamedDataset.MNIST).test().origin().notice())
                .isEmpty();
        assertThat(loader.loadTestOrDigits(NamedDataset.MNIST).origin().name()).isEqualTo("mnist");
        assertThat(loader.loadOrDigits(NamedDataset.DIGITS).test().origin().notice())
                .isEmpty();
    }

    @Test
    void digitsNeedNeitherFolderNorNetwork() {
        TrainTest data = loader.withFolder(temporary.resolve("absent")).load(NamedDataset.DIGITS);
        assertThat(data.train().size()).isEqualTo(30);
        assertThat(data.test().origin().location()).isEqualTo("built in");
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void refusesMirrorsThatAreNone() {
        assertThatThrownBy(() -> loader.withMirrors(NamedDataset.MNIST, List.of(URI.create("ftp://example.org/"))))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("ftp://example.org/");
        assertThatThrownBy(() -> loader.withMirrors(NamedDataset.DIGITS, List.of(server.address())))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("built in");
    }

    @Test
    void theAddressOfAMirrorMayLackItsLastSlash() {
        server.answers(
                "data/" + FILES.get(2) + ".gz", MirrorServer.file(bytes(published.resolve(FILES.get(2) + ".gz"))));
        server.answers(
                "data/" + FILES.get(3) + ".gz", MirrorServer.file(bytes(published.resolve(FILES.get(3) + ".gz"))));
        assertThat(loader.withMirrors(
                                NamedDataset.MNIST, List.of(server.address().resolve("data")))
                        .loadTest(NamedDataset.MNIST)
                        .size())
                .isEqualTo(5);
    }

    @Test
    void refusesAnEnvironmentThatNamesNoPossibleFolder() {
        assertThatThrownBy(() -> DatasetLoader.of(Map.of("GAUNTLET_DATA", "bad\0name")))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith("GAUNTLET_DATA is ");
    }

    private DatasetLoader loader(Map<String, String> environment) {
        return DatasetLoader.of(environment)
                .withCache(cache)
                .withDigits(new Digits(DigitsGenerator::generate, 30, 20))
                .withRelease(NamedDataset.MNIST, release)
                .withMirrors(NamedDataset.MNIST, List.of(server.address()));
    }

    private static List<String> compressed(List<String> names) {
        return names.stream().map(name -> name + ".gz").toList();
    }

    /** Makes a small data set of random images and writes its four files. */
    private static Release publish(Path folder, long seed) {
        SplittableRandom random = RandomKey.of(seed).with("release").generator();
        return new Release(part(folder, Split.TRAIN, 12, random), part(folder, Split.TEST, 5, random), List.of());
    }

    private static Release.Part part(Path folder, Split split, int count, SplittableRandom random) {
        byte[] pixels = new byte[count * 784];
        random.nextBytes(pixels);
        byte[] labels = new byte[count];
        for (int id = 0; id < count; id++) {
            labels[id] = (byte) random.nextInt(10);
        }
        return new Release.Part(
                split,
                count,
                write(
                        folder.resolve(split.imagesFile() + ".gz"),
                        IdxFile.Content.images(count, new ImageShape(1, 28, 28), pixels)),
                write(folder.resolve(split.labelsFile() + ".gz"), IdxFile.Content.labels(labels)));
    }

    private static Release.Sums write(Path path, IdxFile.Content content) {
        try {
            Files.createDirectories(path.getParent());
            IdxFile.write(path, content);
            return new Release.Sums(Files.size(path), Sha256.ofFile(path), content.sha256());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void put(Path folder, Layout layout) {
        try {
            Path place = Files.createDirectories(folder.resolve(layout.subfolder));
            for (String name : FILES) {
                Path from = published.resolve(name + ".gz");
                if (layout.compressed) {
                    Files.copy(from, place.resolve(name + ".gz"));
                } else {
                    try (InputStream in = new GZIPInputStream(Files.newInputStream(from))) {
                        Files.copy(in, place.resolve(name));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(Path path) {
        try {
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
