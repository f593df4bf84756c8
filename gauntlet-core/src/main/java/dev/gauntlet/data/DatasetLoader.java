package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Setting;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds and reads the named data sets.
 *
 * <p>It searches the given folder or, without one, the folder named by the environment variable {@code GAUNTLET_DATA}
 * and then the user's cache; if the files are in neither, it downloads them into the cache. A folder contains the files
 * directly or in a subfolder with the data set's name, each compressed or not. The SHA-256 of every file is compared
 * with the published one.
 *
 * <p>Example: {@code DatasetLoader.standard().load(NamedDataset.MNIST).test()}.
 */
public final class DatasetLoader {
    /** The environment variable that names the data folder. */
    public static final String ENVIRONMENT_VARIABLE = "GAUNTLET_DATA";

    private final Optional<Path> folder;
    private final Optional<Path> environmentFolder;
    private final Path cache;
    private final boolean downloads;
    private final Map<NamedDataset, Release> releases;
    private final Digits digits;
    private final DownloadListener listener;

    private DatasetLoader(
            Optional<Path> folder,
            Optional<Path> environmentFolder,
            Path cache,
            boolean downloads,
            Map<NamedDataset, Release> releases,
            Digits digits,
            DownloadListener listener) {
        this.folder = folder;
        this.environmentFolder = environmentFolder;
        this.cache = cache;
        this.downloads = downloads;
        this.releases = releases;
        this.digits = digits;
        this.listener = listener;
    }

    /**
     * Returns the loader that follows the environment of this process.
     *
     * @return the loader
     * @throws GauntletException if {@code GAUNTLET_DATA} is not a valid path
     */
    public static DatasetLoader standard() {
        return of(System.getenv());
    }

    /**
     * Returns the loader that follows the given environment.
     *
     * @param environment the environment variables, of which {@code GAUNTLET_DATA}, {@code XDG_CACHE_HOME} (Linux) and
     *     {@code LOCALAPPDATA} (Windows) are used
     * @return the loader
     * @throws GauntletException if {@code GAUNTLET_DATA} is not a valid path
     */
    public static DatasetLoader of(Map<String, String> environment) {
        Map<NamedDataset, Release> releases = new EnumMap<>(NamedDataset.class);
        for (NamedDataset dataset : NamedDataset.values()) {
            dataset.release().ifPresent(release -> releases.put(dataset, release));
        }
        return new DatasetLoader(
                Optional.empty(),
                Optional.ofNullable(environment.get(ENVIRONMENT_VARIABLE))
                        .filter(value -> !value.isBlank())
                        .map(DatasetLoader::folderOfEnvironment),
                cacheFolder(environment),
                true,
                releases,
                Digits.standard(),
                (file, bytes, total) -> {});
    }

    /**
     * Returns the folder for files that programs can make again, such as downloads.
     *
     * @param environment the environment variables, of which {@code XDG_CACHE_HOME} (Linux) and {@code LOCALAPPDATA} (Windows)
     *     are used
     * @return the folder, which need not exist
     */
    public static Path cacheFolder(Map<String, String> environment) {
        return CacheFolder.of(
                System.getProperty("os.name"),
                environment,
                System.getProperty("user.home"),
                System.getProperty("java.io.tmpdir"));
    }

    private static Path folderOfEnvironment(String value) {
        try {
            return Path.of(value);
        } catch (InvalidPathException e) {
            throw new GauntletException(
                    "%s is '%s', which is not a valid path (%s); correct or unset it."
                            .formatted(ENVIRONMENT_VARIABLE, value, e.getReason()),
                    e);
        }
    }

    /**
     * Returns a loader that reads published data sets only from the given folder.
     *
     * @param dataFolder the folder
     * @return the loader
     */
    public DatasetLoader withFolder(Path dataFolder) {
        return new DatasetLoader(
                Optional.of(dataFolder), environmentFolder, cache, downloads, releases, digits, listener);
    }

    /**
     * Returns the same loader with another cache.
     *
     * @param cacheFolder the folder, created when needed
     * @return the loader
     */
    public DatasetLoader withCache(Path cacheFolder) {
        return new DatasetLoader(folder, environmentFolder, cacheFolder, downloads, releases, digits, listener);
    }

    /**
     * Returns the same loader without network access.
     *
     * @return the loader
     */
    public DatasetLoader withoutDownloads() {
        return new DatasetLoader(folder, environmentFolder, cache, false, releases, digits, listener);
    }

    /**
     * Returns the same loader with other mirrors of a data set.
     *
     * @param dataset the data set
     * @param mirrors the addresses of the folders with its files, in the order in which they are tried
     * @return the loader
     * @throws GauntletException if an address is not HTTP or HTTPS, or the data set is built in
     */
    public DatasetLoader withMirrors(NamedDataset dataset, List<URI> mirrors) {
        for (URI mirror : mirrors) {
            if (!"https".equalsIgnoreCase(mirror.getScheme()) && !"http".equalsIgnoreCase(mirror.getScheme())) {
                throw new GauntletException(
                        "The mirror %s is not supported; its address must start with https://.".formatted(mirror));
            }
        }
        Release release = releases.get(dataset);
        if (release == null) {
            throw new GauntletException("The data set %s is built in and has no mirrors.".formatted(dataset.id()));
        }
        return withRelease(
                dataset,
                release.withMirrors(mirrors.stream()
                        .map(mirror -> mirror.toString().endsWith("/") ? mirror : URI.create(mirror + "/"))
                        .toList()));
    }

    /** Returns the same loader with other files instead of the published ones. */
    DatasetLoader withRelease(NamedDataset dataset, Release release) {
        Map<NamedDataset, Release> others = new EnumMap<>(releases);
        others.put(dataset, release);
        return new DatasetLoader(folder, environmentFolder, cache, downloads, others, digits, listener);
    }

    /** Returns the same loader with other built-in digits. */
    DatasetLoader withDigits(Digits otherDigits) {
        return new DatasetLoader(folder, environmentFolder, cache, downloads, releases, otherDigits, listener);
    }

    /**
     * Returns the same loader, reporting the progress of its downloads.
     *
     * @param progress receives the progress
     * @return the loader
     */
    public DatasetLoader withProgress(DownloadListener progress) {
        return new DatasetLoader(folder, environmentFolder, cache, downloads, releases, digits, progress);
    }

    /**
     * Loads a data set.
     *
     * @param dataset which one
     * @return its two parts
     * @throws GauntletException if it is not available, or a file of it is damaged or not the published one
     */
    public TrainTest load(NamedDataset dataset) {
        List<Dataset> parts = loadOrExplain(dataset, List.of(Split.TRAIN, Split.TEST));
        return new TrainTest(parts.get(0), parts.get(1));
    }

    /**
     * Loads the test part of a data set; the files of the training part may be missing.
     *
     * @param dataset which one
     * @return its test part
     * @throws GauntletException if it is not available, or a file of it is damaged or not the published one
     */
    public Dataset loadTest(NamedDataset dataset) {
        return loadOrExplain(dataset, List.of(Split.TEST)).get(0);
    }

    /**
     * Loads a data set or, if it is not available, the built-in digits, whose origin then has a notice.
     *
     * <p>A damaged or wrong file is still an error, and so is a given folder that lacks the files.
     *
     * @param dataset which one
     * @return its two parts, or those of {@link NamedDataset#DIGITS}
     * @throws GauntletException if a file of it is damaged or not the published one, or if the folder that was given
     *     lacks files
     */
    public TrainTest loadOrDigits(NamedDataset dataset) {
        List<Dataset> parts = findOrDraw(dataset, List.of(Split.TRAIN, Split.TEST));
        return new TrainTest(parts.get(0), parts.get(1));
    }

    /**
     * Loads the test part of a data set or, if it is not available, that of the built-in digits, whose origin then has
     * a notice.
     *
     * @param dataset which one
     * @return its test part, or that of {@link NamedDataset#DIGITS}
     * @throws GauntletException as {@link #loadOrDigits} does
     */
    public Dataset loadTestOrDigits(NamedDataset dataset) {
        return findOrDraw(dataset, List.of(Split.TEST)).get(0);
    }

    private List<Dataset> findOrDraw(NamedDataset dataset, List<Split> splits) {
        try {
            return find(dataset, splits);
        } catch (UnavailableException e) {
            String notice =
                    "This run used the built-in data set digits instead of %s, so its numbers are not those of %s. %s was not available: %s."
                            .formatted(dataset.title(), dataset.title(), dataset.title(), e.reason());
            return splits.stream()
                    .map(split -> digits.load(cache, split, Optional.of(notice)))
                    .toList();
        }
    }

    private List<Dataset> loadOrExplain(NamedDataset dataset, List<Split> splits) {
        try {
            return find(dataset, splits);
        } catch (UnavailableException e) {
            throw new GauntletException(
                    "%s is not available: %s; put the files into %s, set the data folder or %s to theirs, or use the data set %s."
                            .formatted(
                                    dataset.title(),
                                    e.reason(),
                                    cache.resolve(dataset.id()),
                                    ENVIRONMENT_VARIABLE,
                                    NamedDataset.DIGITS.id()),
                    e,
                    Setting.DATA_FOLDER,
                    Setting.DATASET);
        }
    }

    private List<Dataset> find(NamedDataset dataset, List<Split> splits) throws UnavailableException {
        Release release = releases.get(dataset);
        if (release == null) {
            return splits.stream()
                    .map(split -> digits.load(cache, split, Optional.empty()))
                    .toList();
        }
        List<Release.Part> parts = splits.stream().map(release::part).toList();
        if (folder.isPresent()) {
            requireAll(dataset, parts, folder.get());
            return read(dataset, parts, file -> readFrom(dataset, file, folder.get()));
        }
        String searched = "";
        if (environmentFolder.isPresent()) {
            List<String> missing = missing(dataset, parts, environmentFolder.get());
            if (missing.isEmpty()) {
                return read(dataset, parts, file -> readFrom(dataset, file, environmentFolder.get()));
            }
            searched = "%s=%s lacks %s; "
                    .formatted(ENVIRONMENT_VARIABLE, environmentFolder.get(), String.join(", ", missing));
        }
        try {
            Downloader downloader = new Downloader(listener);
            return read(dataset, parts, file -> cachedOrDownloaded(dataset, file, release.mirrors(), downloader));
        } catch (UnavailableException e) {
            throw new UnavailableException(searched + e.reason(), e);
        }
    }

    /** Refuses a folder that lacks files: the user named it, so no other place is searched. */
    private static void requireAll(NamedDataset dataset, List<Release.Part> parts, Path given) {
        if (!Files.isDirectory(given)) {
            throw new GauntletException(
                    "The data folder %s is not a directory; correct the path.".formatted(given), Setting.DATA_FOLDER);
        }
        List<String> missing = missing(dataset, parts, given);
        if (!missing.isEmpty()) {
            throw new GauntletException(
                    "The data folder %s lacks %s of %s; put them there or into %s, with or without .gz, or name no folder to use the cache and the network."
                            .formatted(given, String.join(", ", missing), dataset.title(), given.resolve(dataset.id())),
                    Setting.DATA_FOLDER);
        }
    }

    private static List<String> missing(NamedDataset dataset, List<Release.Part> parts, Path where) {
        return parts.stream()
                .flatMap(Release.Part::files)
                .filter(file -> search(dataset, file, where).isEmpty())
                .map(PublishedFile::name)
                .toList();
    }

    private static Optional<Path> search(NamedDataset dataset, PublishedFile file, Path where) {
        return Stream.of(where.resolve(dataset.id()), where)
                .flatMap(place -> Stream.of(place.resolve(file.name()), place.resolve(file.plainName())))
                .filter(Files::isRegularFile)
                .findFirst();
    }

    private FoundFile readFrom(NamedDataset dataset, PublishedFile file, Path where) throws UnavailableException {
        Path path = search(dataset, file, where)
                .orElseThrow(
                        () -> new UnavailableException("%s was just removed from %s".formatted(file.name(), where)));
        return readPublished(dataset, file, path);
    }

    private FoundFile cachedOrDownloaded(
            NamedDataset dataset, PublishedFile file, List<URI> mirrors, Downloader downloader)
            throws UnavailableException {
        Path place = cache.resolve(dataset.id());
        Optional<Path> cached = search(dataset, file, cache);
        String problem = "%s is not in %s".formatted(file.name(), place);
        if (cached.isPresent()) {
            try {
                return readPublished(dataset, file, cached.get());
            } catch (GauntletException e) {
                problem = "%s is damaged".formatted(cached.get());
            }
        }
        if (!downloads) {
            throw new UnavailableException(problem + " and downloads are switched off");
        }
        try {
            downloader.fetch(file, mirrors, place);
        } catch (UnavailableException e) {
            throw new UnavailableException(problem + " and " + e.reason(), e);
        }
        return readPublished(dataset, file, place.resolve(file.name()));
    }

    private FoundFile readPublished(NamedDataset dataset, PublishedFile file, Path path) {
        IdxFile.Loaded loaded = IdxFile.read(path, file.kind(), file.plainSize());
        String expected = file.sha256(loaded.compressed());
        if (!loaded.sha256().equals(expected)) {
            throw new GauntletException(
                    "%s is not the published file of %s: its SHA-256 is %s, expected %s%s; delete it and download it again."
                            .formatted(path, dataset.title(), loaded.sha256(), expected, ownerOf(loaded)));
        }
        return new FoundFile(path, loaded);
    }

    /** The data sets share their file names, so they are easily confused. */
    private String ownerOf(IdxFile.Loaded loaded) {
        return releases.entrySet().stream()
                .filter(entry -> entry.getValue()
                        .files()
                        .anyMatch(file -> file.sha256(loaded.compressed()).equals(loaded.sha256())))
                .map(entry -> " (it is a file of %s)".formatted(entry.getKey().title()))
                .findFirst()
                .orElse("");
    }

    private static List<Dataset> read(NamedDataset dataset, List<Release.Part> parts, Source source)
            throws UnavailableException {
        List<Dataset> datasets = new ArrayList<>();
        for (Release.Part part : parts) {
            FoundFile images = source.read(part.images());
            FoundFile labels = source.read(part.labels());
            DataOrigin origin = new DataOrigin(
                    dataset.id(),
                    part.split().id(),
                    IdxFile.folderOf(images.path()).toString(),
                    // the same for compressed files, whose content was just compared with what was published
                    Map.of(
                            part.images().plainName(), part.images().sha256(false),
                            part.labels().plainName(), part.labels().sha256(false)),
                    Optional.empty());
            datasets.add(new InMemoryDataset(
                    origin,
                    images.loaded().content().imageShape(),
                    dataset.classes(),
                    labels.loaded().content().values(),
                    images.loaded().content().values()));
        }
        return datasets;
    }

    /** The source of a data set's files. */
    @FunctionalInterface
    private interface Source {
        FoundFile read(PublishedFile file) throws UnavailableException;
    }

    private record FoundFile(Path path, IdxFile.Loaded loaded) {}
}
