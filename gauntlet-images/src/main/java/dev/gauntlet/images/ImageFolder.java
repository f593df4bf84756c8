package dev.gauntlet.images;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import dev.gauntlet.data.ClassNumbers;
import dev.gauntlet.data.DataFiles;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An image directory as a data set: one folder per class with PNG, JPEG, TIFF, GIF, WebP and BMP files.
 *
 * <p>Folders whose names are integers are the classes with these numbers; others are numbered in alphabetical order,
 * unless the user gives the order. If an image has several frames or pages, the first is used. The orientation of TIFF
 * files is applied, but not that in EXIF, as in torchvision with Pillow. The notice of the origin counts the skipped
 * files.
 *
 * <p>The images stay on the disk and are decoded on demand. Opening reads each file once, for its size and for a
 * SHA-256 of all names and contents. The {@link Preparation} of an image is part of the data, and an attack works on
 * its result.
 *
 * <p>Example: {@code ImageFolder.open(Path.of("animals"), new Preparation(3, OptionalInt.of(256),
 * OptionalInt.of(224)))}.
 */
public final class ImageFolder implements Dataset {
    /** The replacement for bytes of a name that are invalid in the encoding of the locale. */
    private static final char REPLACEMENT = '\ufffd';

    private static final int MOST_PICTURES = 50_000_000;

    private final DataOrigin origin;
    private final ImageShape shape;
    private final ClassNumbers classes;
    private final List<Path> files;
    private final int[] labels;
    private final Preparation preparation;

    private ImageFolder(
            DataOrigin origin,
            ImageShape shape,
            ClassNumbers classes,
            List<Path> files,
            int[] labels,
            Preparation preparation) {
        this.origin = origin;
        this.shape = shape;
        this.classes = classes;
        this.files = files;
        this.labels = labels;
        this.preparation = preparation;
    }

    /**
     * Tells whether a folder is an image directory.
     *
     * @param folder a path
     * @return whether it is a folder that contains a folder
     */
    public static boolean knows(Path folder) {
        return Files.isDirectory(folder) && children(folder).stream().anyMatch(Files::isDirectory);
    }

    /**
     * Opens an image directory and skips files that it cannot read.
     *
     * @param folder a folder with one folder per class
     * @param preparation the preprocessing of each image
     * @return the examples
     * @throws GauntletException as {@link #open(Path, Preparation, List, boolean)} does
     */
    public static Dataset open(Path folder, Preparation preparation) {
        return open(folder, preparation, List.of(), false);
    }

    /**
     * Opens a folder.
     *
     * @param folder a folder with one folder per class
     * @param preparation the preprocessing of each image
     * @param classes the names of the class folders in the order of the model's outputs, or each as {@code
     *     folder=number}; if empty, the folders' names decide
     * @param strict whether files that would be skipped are refused
     * @return the examples
     * @throws GauntletException if there are fewer than two classes, no images, a class folder that is not among the
     *     given classes, a link that leads out of the directory, a file that would be skipped in strict mode, a name
     *     that the locale cannot represent, or images of different sizes after preprocessing
     */
    public static Dataset open(Path folder, Preparation preparation, List<String> classes, boolean strict) {
        Set<String> folders = new TreeSet<>();
        LeftOut leftOut = new LeftOut(folder);
        for (Path child : children(folder)) {
            if (Files.isDirectory(child)) {
                folders.add(String.valueOf(child.getFileName()));
            } else {
                leftOut.file(child);
            }
        }
        ClassNumbers numbers = ClassNumbers.of(folder.toString(), "class folder", folders, classes);
        if (folders.isEmpty() || (folders.size() < 2 && numbers.assumed())) {
            throw new GauntletException("%s has %s; expected one folder per class, at least 2."
                    .formatted(
                            folder, folders.isEmpty() ? "no folder" : "only the folder " + ClassNumbers.list(folders)));
        }
        Opening opening = new Opening(folder, preparation, leftOut);
        numbers.numbers().entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .forEach(entry -> opening.add(folder.resolve(entry.getKey()), entry.getValue()));
        return opening.dataset(numbers, strict);
    }

    /** Collects the images of a directory, file by file. */
    private static final class Opening {
        private final Path folder;
        private final Preparation preparation;
        private final LeftOut leftOut;
        private final List<Path> files = new ArrayList<>();
        private final List<Integer> labels = new ArrayList<>();
        private final List<String> withoutImages = new ArrayList<>();
        private final List<Path> withMore = new ArrayList<>();
        private final List<Path> turned = new ArrayList<>();
        private final MessageDigest digest = Sha256.digest();
        private @Nullable ImageShape shape;

        Opening(Path folder, Preparation preparation, LeftOut leftOut) {
            this.folder = folder;
            this.preparation = preparation;
            this.leftOut = leftOut;
        }

        void add(Path classFolder, int label) {
            int before = files.size();
            for (Path file : children(classFolder)) {
                if (PictureFile.isOne(file)) {
                    image(file, label);
                } else if (Files.isDirectory(file)) {
                    leftOut.folder(file);
                } else {
                    leftOut.file(file);
                }
            }
            if (files.size() == before) {
                withoutImages.add(String.valueOf(classFolder.getFileName()));
            }
        }

        private void image(Path file, int label) {
            requireInside(folder, file);
            PictureFile.Description description;
            try {
                description = PictureFile.describe(file);
            } catch (PictureFile.UnreadableException e) {
                leftOut.unreadable(file, e.reason());
                return;
            }
            digest(digest, folder, file);
            ImageShape own = preparation.shape(file.toString(), description.width(), description.height());
            if (shape != null && !own.equals(shape)) {
                throw new GauntletException(
                        "%s would be an image of %s, but the images before it are %s; bring all to the same size by resizing and cropping."
                                .formatted(file, own, shape));
            }
            shape = own;
            if (description.hasMore()) {
                withMore.add(file);
            }
            if (description.isTurned()) {
                turned.add(file);
            }
            files.add(file);
            labels.add(label);
        }

        Dataset dataset(ClassNumbers numbers, boolean strict) {
            if (strict && !leftOut.isEmpty()) {
                throw new GauntletException(
                        "%s contains files that would be skipped: %s; remove them, or allow skipping."
                                .formatted(folder, leftOut));
            }
            if (shape == null || files.size() > MOST_PICTURES) {
                throw new GauntletException("%s contains %,d images; only %s files in the class folders are read%s."
                        .formatted(
                                folder,
                                files.size(),
                                PictureFile.FORMATS,
                                leftOut.isEmpty() ? "" : "; skipped: " + leftOut));
            }
            DataOrigin origin = new DataOrigin(
                    String.valueOf(folder.toAbsolutePath().normalize().getFileName()),
                    DataFiles.SPLIT,
                    folder.toString(),
                    Map.of("%d files".formatted(files.size()), Sha256.hex(digest)),
                    numbers.notice());
            if (!leftOut.isEmpty()) {
                origin = origin.withAlso("Skipped: %s.".formatted(leftOut));
            }
            if (!withoutImages.isEmpty()) {
                origin = origin.withAlso("No images are in the class %s %s."
                        .formatted(withoutImages.size() == 1 ? "folder" : "folders", ClassNumbers.list(withoutImages)));
            }
            if (!withMore.isEmpty()) {
                origin = origin.withAlso("%,d %s several frames or pages; only the first is used (%s%s)."
                        .formatted(
                                withMore.size(),
                                withMore.size() == 1 ? "file has" : "files have",
                                withMore.size() == 1 ? "" : "such as ",
                                folder.relativize(withMore.get(0))));
            }
            if (!turned.isEmpty()) {
                origin = origin.withAlso("%,d TIFF %s rotated or mirrored by %s (%s%s)."
                        .formatted(
                                turned.size(),
                                turned.size() == 1 ? "file was" : "files were",
                                turned.size() == 1 ? "its orientation tag" : "their orientation tag",
                                turned.size() == 1 ? "" : "such as ",
                                folder.relativize(turned.get(0))));
            }
            return new ImageFolder(
                    origin,
                    shape,
                    numbers,
                    List.copyOf(files),
                    labels.stream().mapToInt(Integer::intValue).toArray(),
                    preparation);
        }
    }

    /**
     * Lists the content of a folder in the order of the names, without hidden files and files that operating systems
     * create.
     */
    private static List<Path> children(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.filter(path -> !isHidden(name(path)))
                    .sorted((a, b) -> String.valueOf(a.getFileName()).compareTo(String.valueOf(b.getFileName())))
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(folder, e.getMessage()), e);
        }
    }

    private static boolean isHidden(String name) {
        return name.startsWith(".")
                || name.equalsIgnoreCase("Thumbs.db")
                || name.equalsIgnoreCase("desktop.ini")
                || name.equals("__MACOSX");
    }

    /** Returns the name of a file; under another locale it could be different and change the SHA-256. */
    private static String name(Path path) {
        String name = String.valueOf(path.getFileName());
        if (name.indexOf(REPLACEMENT) < 0) {
            return name;
        }
        String encoding = System.getProperty("sun.jnu.encoding", "");
        throw new GauntletException(
                encoding.equalsIgnoreCase(StandardCharsets.UTF_8.name())
                        ? "%s contains '%s', whose name is not valid UTF-8; rename it."
                                .formatted(path.getParent(), name)
                        : "%s contains '%s', whose name the locale cannot represent (its encoding is %s); set a UTF-8 locale, such as LC_ALL=C.UTF-8."
                                .formatted(path.getParent(), name, encoding));
    }

    private static void requireInside(Path folder, Path file) {
        if (!Files.isRegularFile(file)) {
            // reading a pipe would block
            throw new GauntletException(
                    "%s is named like an image, but is not a regular file; remove it.".formatted(file));
        }
        try {
            if (!file.toRealPath().startsWith(folder.toRealPath())) {
                throw new GauntletException(
                        "%s is a link that leads out of the directory, which is refused; copy the image instead."
                                .formatted(file));
            }
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(file, e.getMessage()), e);
        }
    }

    private static void digest(MessageDigest digest, Path folder, Path file) {
        String name = folder.relativize(file).toString().replace('\\', '/');
        digest.update((name + "\0").getBytes(StandardCharsets.UTF_8));
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(file, e.getMessage()), e);
        }
    }

    @Override
    public DataOrigin origin() {
        return origin;
    }

    @Override
    public ImageShape shape() {
        return shape;
    }

    @Override
    public List<String> classes() {
        return classes.classes();
    }

    @Override
    public boolean numbersAssumed() {
        return classes.assumed();
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public int label(int id) {
        return labels[id];
    }

    @Override
    public void copyPixels(int id, float[] target, int offset) {
        Path file = files.get(id);
        Picture picture = preparation.apply(file.toString(), PictureFile.decode(file));
        if (picture.height() != shape.height() || picture.width() != shape.width()) {
            throw new GauntletException("%s has changed its size since the data set was opened.".formatted(file));
        }
        for (int i = 0; i < picture.bytes().length; i++) {
            target[offset + i] = (picture.bytes()[i] & 0xff) / 255f;
        }
    }
}
