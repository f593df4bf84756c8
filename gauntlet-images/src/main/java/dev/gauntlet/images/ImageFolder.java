package dev.gauntlet.images;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
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
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A folder of pictures as a data set: one folder per class with PNG, JPEG, WebP and BMP files, in the order of their names.
 *
 * <p>The pictures stay on the disk and are decoded when they are asked for. Opening reads each file once, for a SHA-256
 * over all names and contents, and looks at its size. What {@link Preparation} does with a picture is part of the data, and
 * an attack works on the result.
 *
 * <p>Example: {@code ImageFolder.open(Path.of("animals"), new Preparation(3, OptionalInt.of(256), OptionalInt.of(224)))}.
 */
public final class ImageFolder implements Dataset {
    private static final int MOST_PICTURES = 50_000_000;

    private final DataOrigin origin;
    private final ImageShape shape;
    private final List<String> classes;
    private final List<Path> files;
    private final int[] labels;
    private final Preparation preparation;

    private ImageFolder(
            DataOrigin origin,
            ImageShape shape,
            List<String> classes,
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
     * Tells whether a folder is one of this kind.
     *
     * @param folder a path
     * @return true if it is a folder that holds a folder
     */
    public static boolean knows(Path folder) {
        return Files.isDirectory(folder)
                && !children(folder, Files::isDirectory).isEmpty();
    }

    /**
     * Opens a folder.
     *
     * @param folder a folder with one folder per class
     * @param preparation what is done with each picture
     * @return the examples
     * @throws GauntletException if there are no two classes, no pictures, a link that leads out of the folder, a file that
     *     is no picture, or pictures that are not all of one size in the end
     */
    public static Dataset open(Path folder, Preparation preparation) {
        List<Path> classFolders = children(folder, Files::isDirectory);
        if (classFolders.size() < 2) {
            throw new GauntletException("%s has %d folders; one for each class is expected, at least 2."
                    .formatted(folder, classFolders.size()));
        }
        List<Path> files = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        for (int label = 0; label < classFolders.size(); label++) {
            for (Path file : children(classFolders.get(label), PictureFile::isOne)) {
                files.add(file);
                labels.add(label);
            }
        }
        if (files.isEmpty() || files.size() > MOST_PICTURES) {
            throw new GauntletException(
                    "%s holds %,d pictures; PNG, JPEG, WebP and BMP files in the folders of the classes are read."
                            .formatted(folder, files.size()));
        }
        MessageDigest digest = Sha256.digest();
        ImageShape shape = null;
        for (Path file : files) {
            requireInside(folder, file);
            add(digest, folder, file);
            int[] size = PictureFile.size(file);
            ImageShape own = preparation.shape(file.toString(), size[0], size[1]);
            if (shape != null && !own.equals(shape)) {
                throw new GauntletException(
                        "%s would be an image of %s, but those before it are of %s; give all one size with --resize and --crop."
                                .formatted(file, own, shape));
            }
            shape = own;
        }
        if (shape == null) {
            throw new AssertionError(folder);
        }
        DataOrigin origin = new DataOrigin(
                String.valueOf(folder.toAbsolutePath().normalize().getFileName()),
                DataFiles.SPLIT,
                folder.toString(),
                Map.of("%d files".formatted(files.size()), Sha256.hex(digest)),
                Optional.empty());
        return new ImageFolder(
                origin,
                shape,
                classFolders.stream()
                        .map(path -> String.valueOf(path.getFileName()))
                        .toList(),
                List.copyOf(files),
                labels.stream().mapToInt(Integer::intValue).toArray(),
                preparation);
    }

    /** Lists what is in a folder in the order of the names; hidden files are left out. */
    private static List<Path> children(Path folder, Predicate<Path> wanted) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.filter(path -> !String.valueOf(path.getFileName()).startsWith("."))
                    .filter(wanted)
                    .sorted((a, b) -> String.valueOf(a.getFileName()).compareTo(String.valueOf(b.getFileName())))
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(folder, e.getMessage()), e);
        }
    }

    private static void requireInside(Path folder, Path file) {
        if (!Files.isRegularFile(file)) {
            // a pipe would keep us waiting for ever
            throw new GauntletException("%s is named like a picture, but is no file; remove it.".formatted(file));
        }
        try {
            if (!file.toRealPath().startsWith(folder.toRealPath())) {
                throw new GauntletException(
                        "%s is a link that leads out of the folder; that is refused: copy the picture instead."
                                .formatted(file));
            }
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(file, e.getMessage()), e);
        }
    }

    private static void add(MessageDigest digest, Path folder, Path file) {
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
        return classes;
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
            throw new GauntletException("%s has changed its size since it was opened.".formatted(file));
        }
        for (int i = 0; i < picture.bytes().length; i++) {
            target[offset + i] = (picture.bytes()[i] & 0xff) / 255f;
        }
    }
}
