package dev.gauntlet.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFolderTest {
    /** One pixel, as small as the format allows. */
    private static final String WEBP = "UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAwA0JaQAA3AA/vuUAAA=";

    @TempDir
    private Path folder;

    private static BufferedImage colours(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, (10 * x) << 16 | (20 * y) << 8 | 200);
            }
        }
        return image;
    }

    private Path write(BufferedImage image, String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        String format = name.substring(name.lastIndexOf('.') + 1);
        assertThat(ImageIO.write(image, format, file.toFile())).isTrue();
        return file;
    }

    private static float[] pixels(Dataset data, int id) {
        float[] pixels = new float[data.shape().size()];
        data.copyPixels(id, pixels, 0);
        return pixels;
    }

    @Test
    void foldersAreClassesInTheOrderOfTheirNames() throws IOException {
        write(colours(4, 3), "dog/2.png");
        write(colours(4, 3), "dog/1.bmp");
        write(colours(4, 3), "cat/a.png");
        Files.writeString(folder.resolve("cat/notes.txt"), "no picture");
        Files.createDirectory(folder.resolve(".hidden"));

        Dataset data = ImageFolder.open(folder, Preparation.COLOUR);

        assertThat(data.classes()).containsExactly("cat", "dog");
        assertThat(data.size()).isEqualTo(3);
        assertThat(data.label(0)).isZero();
        assertThat(data.label(2)).isEqualTo(1);
        assertThat(data.shape()).isEqualTo(new ImageShape(3, 3, 4));
        for (int id = 0; id < 3; id++) {
            float[] pixels = pixels(data, id);
            assertThat(pixels[3]).isEqualTo(30 / 255f);
            assertThat(pixels[12 + 8]).isEqualTo(40 / 255f);
            assertThat(pixels[24]).isEqualTo(200 / 255f);
        }
        assertThat(data.origin().sha256()).containsOnlyKeys("3 files");
        String before = data.origin().sha256().get("3 files");
        Files.move(folder.resolve("dog/2.png"), folder.resolve("dog/3.png"));
        assertThat(ImageFolder.open(folder, Preparation.COLOUR)
                        .origin()
                        .sha256()
                        .get("3 files"))
                .isNotEqualTo(before);
    }

    @Test
    void greyIsNotChangedByDecoding() throws IOException {
        BufferedImage grey = new BufferedImage(256, 1, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 256; i++) {
            grey.getRaster().setSample(i, 0, 0, i);
        }
        write(grey, "a/1.png");
        write(grey, "b/1.png");
        Preparation asGrey = new Preparation(1, OptionalInt.empty(), OptionalInt.empty());

        float[] one = pixels(ImageFolder.open(folder, asGrey), 0);
        float[] three = pixels(ImageFolder.open(folder, Preparation.COLOUR), 0);

        for (int i = 0; i < 256; i++) {
            assertThat(one[i]).isEqualTo(i / 255f);
            assertThat(three[2 * 256 + i]).isEqualTo(i / 255f);
        }
    }

    @Test
    void colourBecomesGreyByTheFormula() throws IOException {
        write(colours(4, 3), "a/1.png");
        write(colours(4, 3), "b/1.png");

        float[] grey =
                pixels(ImageFolder.open(folder, new Preparation(1, OptionalInt.empty(), OptionalInt.empty())), 0);

        // red 30, green 40, blue 200: 0.299 * 30 + 0.587 * 40 + 0.114 * 200 = 55.25
        assertThat(grey[2 * 4 + 3]).isEqualTo(55 / 255f);
    }

    /** Numbers worked out by hand from the description of the preparation. */
    @Test
    void resizingIsThatOfTheDescription() {
        Picture row = new Picture(1, 1, 4, new byte[] {0, 100, (byte) 200, 60});

        // centres 1 and 3, triangles of half-width 2: weights 3,3,1 (of 7) at the border and 1,3,3
        assertThat(row.resized(2, 1).bytes()).containsExactly((byte) 71, (byte) 126);
        // to twice the width: the middle ones are a quarter and three quarters
        assertThat(new Picture(1, 1, 2, new byte[] {0, 100}).resized(4, 1).bytes())
                .containsExactly(0, 25, 75, 100);
        assertThat(new Picture(1, 2, 1, new byte[] {0, 100}).resized(1, 4).bytes())
                .containsExactly(0, 25, 75, 100);
        byte[] same = {10, 10, 10, 10, 10, 10, 10, 10, 10};
        assertThat(new Picture(1, 3, 3, same).resized(2, 7).bytes()).containsOnly(10);
    }

    @Test
    void shorterSideAndMiddle() throws IOException {
        write(colours(20, 10), "a/1.png");
        write(colours(10, 20), "b/1.png");
        Preparation preparation = new Preparation(3, OptionalInt.of(8), OptionalInt.of(6));

        Dataset data = ImageFolder.open(folder, preparation);

        assertThat(data.shape()).isEqualTo(new ImageShape(3, 6, 6));
        // of 16 columns those from 5 on are kept; column 5 is at (5.5 * 1.25) - 0.5 = 6.375 of the old ones
        assertThat(pixels(data, 0)[0] * 255).isCloseTo(63.75f, within(1f));
        assertThat(pixels(data, 1)[0] * 255).isCloseTo(10 * (1.5f * 1.25f - 0.5f), within(1f));
    }

    @Test
    void jpegAndWebpAreRead() throws IOException {
        BufferedImage flat = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 256; i++) {
            flat.setRGB(i % 16, i / 16, 0x336699);
        }
        write(flat, "a/1.jpg");
        write(flat, "b/1.jpeg");
        Files.createDirectory(folder.resolve("c"));
        Files.write(folder.resolve("c/1.webp"), Base64.getDecoder().decode(WEBP));

        Dataset data = ImageFolder.open(folder, new Preparation(3, OptionalInt.of(16), OptionalInt.empty()));

        assertThat(data.size()).isEqualTo(3);
        assertThat(pixels(data, 0)[0] * 255).isCloseTo(0x33, within(3f));
        assertThat(pixels(data, 1)[512] * 255).isCloseTo(0x99, within(3f));
        assertThat(pixels(data, 2)).hasSize(768);
    }

    @Test
    void sizesThatDifferAreRefused() throws IOException {
        write(colours(4, 3), "a/1.png");
        write(colours(5, 3), "b/1.png");

        assertThatThrownBy(() -> ImageFolder.open(folder, Preparation.COLOUR))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith(
                        "1.png would be an image of 3x3x5, but the images before it are 3x3x4; bring all to the same size by resizing and cropping.");
    }

    private void classFolders(String... names) throws IOException {
        for (String name : names) {
            write(colours(4, 3), name + "/1.png");
        }
    }

    private List<Integer> labels(Dataset data) {
        return IntStream.range(0, data.size()).mapToObj(data::label).toList();
    }

    @Test
    void foldersNamedByNumbersAreTheseClasses() throws IOException {
        classFolders("0", "2", "10", "1");

        Dataset data = ImageFolder.open(folder, Preparation.COLOUR);

        assertThat(labels(data)).containsExactly(0, 1, 2, 10);
        assertThat(data.classes()).hasSize(11).startsWith("0", "1", "2", "3");
        assertThat(data.numbersAssumed()).isFalse();
        assertThat(data.origin().notice())
                .contains(
                        "The class folders are named by numbers, and each is the class with its number; the alphabetical order (0, 1, 10, 2) is different.");
    }

    @Test
    void zerosBeforeANumberDoNotChangeIt() throws IOException {
        classFolders("00", "07", "11");

        Dataset data = ImageFolder.open(folder, Preparation.COLOUR);

        assertThat(labels(data)).containsExactly(0, 7, 11);
        assertThat(data.classes()).hasSize(12).startsWith("00", "1").endsWith("11");
        assertThat(data.origin().notice()).isEmpty();
        classFolders("7");
        assertThatThrownBy(() -> ImageFolder.open(folder, Preparation.COLOUR))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith("the class folders '07' and '7' are the same number; rename one of them.");
    }

    @Test
    void oneFolderIsEnoughIfItsNumberIsKnown() throws IOException {
        classFolders("3");
        assertThat(labels(ImageFolder.open(folder, Preparation.COLOUR))).containsExactly(3);
        classFolders("cat");
        Files.delete(folder.resolve("3/1.png"));
        Files.delete(folder.resolve("3"));
        assertThatThrownBy(() -> ImageFolder.open(folder, Preparation.COLOUR))
                .hasMessageContaining("has only the folder cat; expected one folder per class, at least 2.");
        assertThat(labels(ImageFolder.open(folder, Preparation.COLOUR, List.of("dog", "cat"), false)))
                .containsExactly(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            b,a,c,d              | 1 0 2 | b,a,c,d
            a=3,b=0,c=1          | 3 0 1 | b,c,2,a
            ' b, c ,a'           | 2 0 1 | b,c,a
            """)
    void givenClassesNumberTheFolders(String given, String expected, String names) throws IOException {
        classFolders("a", "b", "c");

        Dataset data = ImageFolder.open(folder, Preparation.COLOUR, List.of(given.split(",", -1)), false);

        // the examples are in the order of the numbers
        assertThat(labels(data))
                .isEqualTo(Stream.of(expected.split(" ", -1))
                        .map(Integer::valueOf)
                        .sorted()
                        .toList());
        assertThat(data.classes()).isEqualTo(List.of(names.split(",", -1)));
        assertThat(data.numbersAssumed()).isFalse();
        assertThat(data.origin().notice()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a,b       | the class folder 'c' is not one of the given classes a, b; name every class folder
            a=0,b=1   | the class folder 'c' is not one of the given classes a, b
            a,b,c,a   | the name or the number of 'a' occurs twice
            a=0,b=1,c=0 | the name or the number of 'c=0' occurs twice
            a=0,b=1,c=100000 | the class 'c' has the number 100000; class numbers range from 0 to 99999
            """)
    void givenClassesThatDoNotFitAreRefused(String given, String reason) throws IOException {
        classFolders("a", "b", "c");

        assertThatThrownBy(() -> ImageFolder.open(folder, Preparation.COLOUR, List.of(given.split(",", -1)), false))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void foldersOfNumbersMayBeNamedOrOrdered() throws IOException {
        classFolders("1", "2", "10");

        Dataset named =
                ImageFolder.open(folder, Preparation.COLOUR, List.of("a,b,c,d,e,f,g,h,i,j,k".split(",", -1)), false);
        Dataset ordered = ImageFolder.open(folder, Preparation.COLOUR, List.of("10", "1", "2"), false);

        assertThat(labels(named)).containsExactly(1, 2, 10);
        assertThat(named.classes()).hasSize(11).startsWith("a", "b").endsWith("k");
        assertThat(labels(ordered)).containsExactly(0, 1, 2);
        assertThat(ordered.classes()).containsExactly("10", "1", "2");
        assertThatThrownBy(() -> ImageFolder.open(folder, Preparation.COLOUR, List.of("a", "b", "c"), false))
                .hasMessageContaining("the class folder '10' is not one of the given classes a, b, c");
    }

    @Test
    void someNumbersAmongWordsAreSaid() throws IOException {
        classFolders("10", "9", "other");

        Dataset data = ImageFolder.open(folder, Preparation.COLOUR);

        assertThat(data.numbersAssumed()).isTrue();
        assertThat(data.origin().notice())
                .contains(
                        "Some class folders are named by numbers and others are not, so all are classes in alphabetical order: 10, 9, other.");
    }

    @Test
    void tiffAndGifAreRead() throws IOException {
        // the JDK mixes up the rows of interlaced GIF files with less than five of them
        BufferedImage grey = new BufferedImage(4, 5, BufferedImage.TYPE_BYTE_GRAY);
        grey.getRaster().setSample(2, 1, 0, 77);
        write(grey, "a/1.tif");
        write(colours(4, 5), "a/2.TIFF");
        write(grey, "b/1.gif");

        Dataset data = ImageFolder.open(folder, Preparation.COLOUR);

        assertThat(data.size()).isEqualTo(3);
        assertThat(pixels(data, 0)[6]).isEqualTo(77 / 255f);
        assertThat(pixels(data, 1)[40]).isEqualTo(200 / 255f);
        assertThat(pixels(data, 2)[6]).isEqualTo(77 / 255f);
        assertThat(data.origin().notice().orElse("")).doesNotContain("Skipped", "frames", "rotated");
    }

    /** Several libraries write TIFF, and one of them BigTIFF as well. */
    static Stream<Arguments> writersOfFrames() {
        return Stream.of("gif", "tif").flatMap(format -> {
            List<ImageWriter> writers = new ArrayList<>();
            ImageIO.getImageWritersBySuffix(format).forEachRemaining(writers::add);
            return writers.stream().map(writer -> Arguments.of(format, writer));
        });
    }

    @ParameterizedTest
    @MethodSource("writersOfFrames")
    void ofSeveralFramesTheFirstIsTakenAndSaid(String format, ImageWriter writer) throws IOException {
        classFolders("a");
        Path file = folder.resolve("b/1." + format);
        Files.createDirectory(file.getParent());
        try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
            writer.setOutput(out);
            writer.prepareWriteSequence(null);
            for (int frame = 1; frame <= 3; frame++) {
                BufferedImage image = new BufferedImage(4, 3, BufferedImage.TYPE_BYTE_GRAY);
                image.getRaster().setSample(0, 0, 0, 50 * frame);
                writer.writeToSequence(new IIOImage(image, null, null), null);
            }
            writer.endWriteSequence();
        } finally {
            writer.dispose();
        }

        Dataset data = ImageFolder.open(folder, Preparation.COLOUR);

        assertThat(pixels(data, 1)[0]).isEqualTo(50 / 255f);
        assertThat(data.origin().notice())
                .contains("%s 1 file has several frames or pages; only the first is used (%s)."
                        .formatted(
                                "The class folders have text names and were numbered in alphabetical order: 0 is a, 1 is b.",
                                Path.of("b", "1." + format)));
    }

    @Test
    void whatIsLeftOutIsCountedByKindOrRefused() throws IOException {
        classFolders("a", "b");
        Files.createDirectories(folder.resolve("c/more"));
        Files.writeString(folder.resolve("c/1.heic"), "x");
        Files.writeString(folder.resolve("c/2.HEIC"), "x");
        Files.writeString(folder.resolve("c/noending"), "x");
        Files.writeString(folder.resolve("b/broken.png"), "x");
        Files.writeString(folder.resolve("readme.md"), "x");
        Files.writeString(folder.resolve("a/.DS_Store"), "x");
        Files.writeString(folder.resolve("a/Thumbs.db"), "x");

        Dataset data = ImageFolder.open(folder, Preparation.COLOUR);

        String list =
                "2 files .heic (such as %s), 1 file .md (readme.md), 1 folder (%s), 1 file that cannot be read (%s: it is not a PNG, JPEG, TIFF, GIF, WebP or BMP image), 1 file without a common extension (%s)"
                        .formatted(
                                Path.of("c/1.heic"), Path.of("c/more"), Path.of("b/broken.png"), Path.of("c/noending"));
        assertThat(data.size()).isEqualTo(2);
        assertThat(data.classes()).containsExactly("a", "b", "c");
        assertThat(data.origin().notice())
                .contains(
                        "The class folders have text names and were numbered in alphabetical order: 0 is a, 1 is b, 2 is c. Skipped: %s. No images are in the class folder c."
                                .formatted(list));
        assertThatThrownBy(() -> ImageFolder.open(folder, Preparation.COLOUR, List.of(), true))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "%s contains files that would be skipped: %s; remove them, or allow skipping.", folder, list);
    }

    @Test
    void nothingLeftOutIsNothingToRefuse() throws IOException {
        classFolders("a", "b");

        Dataset data = ImageFolder.open(folder, Preparation.COLOUR, List.of(), true);

        assertThat(data.size()).isEqualTo(2);
        assertThat(data.origin().notice())
                .contains("The class folders have text names and were numbered in alphabetical order: 0 is a, 1 is b.");
    }

    /** A TIFF file of 2x1 pixels in one channel, least significant byte first. */
    private static byte[] tiff(int bits, int format, int orientation, byte... pixels) {
        return tiff(bits, format, orientation, 2, pixels);
    }

    private static byte[] tiff(int bits, int format, int orientation, int width, byte[] pixels) {
        int height = pixels.length * Byte.SIZE / bits / width;
        int[][] entries = {
            {256, width},
            {257, height},
            {258, bits},
            {259, 1},
            {262, 1},
            {273, 8},
            {274, orientation},
            {277, 1},
            {278, height},
            {279, pixels.length},
            {339, format}
        };
        ByteBuffer file = ByteBuffer.allocate(8 + pixels.length + 2 + 12 * entries.length + 4)
                .order(ByteOrder.LITTLE_ENDIAN);
        file.put((byte) 'I')
                .put((byte) 'I')
                .putShort((short) 42)
                .putInt(8 + pixels.length)
                .put(pixels);
        file.putShort((short) entries.length);
        for (int[] entry : entries) {
            // one number of 16 bits
            file.putShort((short) entry[0]).putShort((short) 3).putInt(1).putInt(entry[1]);
        }
        return file.putInt(0).array();
    }

    @ParameterizedTest
    @CsvSource({"32, 3, its pixels are 32-bit floats", "32, 1, its pixels are 32-bit integers"})
    void measurementsAreNoBrightness(int bits, int format, String reason) throws IOException {
        classFolders("a");
        Files.createDirectory(folder.resolve("b"));
        Files.write(folder.resolve("b/1.tif"), tiff(bits, format, 1, new byte[2 * bits / 8]));

        assertThat(ImageFolder.open(folder, Preparation.COLOUR)
                        .origin()
                        .notice()
                        .orElseThrow())
                .contains(reason);
    }

    @Test
    void sixteenBitsAreCutToEight() throws IOException {
        Files.createDirectories(folder.resolve("0"));
        Files.write(folder.resolve("0/1.tif"), tiff(16, 1, 1, new byte[] {1, 50, 2, (byte) 255}));

        assertThat(pixels(ImageFolder.open(folder, Preparation.COLOUR), 0)).startsWith(50 / 255f, 1);
    }

    /** Pillow and so torchvision do not apply it either, so models were trained on images as they are stored. */
    @Test
    void orientationOfExifIsNotApplied() throws IOException {
        byte[] jpeg = Files.readAllBytes(write(colours(4, 3), "0/1.jpg"));
        // EXIF with a single entry: orientation 6, to be turned by a quarter
        byte[] exif = HexFormat.of()
                .parseHex("ffe10022" + "457869660000" + "49492a0008000000" + "0100" + "1201030001000000" + "06000000"
                        + "00000000");
        ByteBuffer turned = ByteBuffer.allocate(jpeg.length + exif.length);
        turned.put(jpeg, 0, 2).put(exif).put(jpeg, 2, jpeg.length - 2);
        Files.write(folder.resolve("0/2.jpg"), turned.array());
        Dataset jpegs = ImageFolder.open(folder, Preparation.COLOUR);
        assertThat(jpegs.shape()).isEqualTo(new ImageShape(3, 3, 4));
        assertThat(pixels(jpegs, 1)).isEqualTo(pixels(jpegs, 0));
    }

    /** The rows 1 2 3 and 4 5 6 as Pillow 9.4 loads them, row by row. */
    @ParameterizedTest
    @CsvSource({
        "1, 2, 1 2 3 4 5 6",
        "2, 2, 3 2 1 6 5 4",
        "3, 2, 6 5 4 3 2 1",
        "4, 2, 4 5 6 1 2 3",
        "5, 3, 1 4 2 5 3 6",
        "6, 3, 4 1 5 2 6 3",
        "7, 3, 6 3 5 2 4 1",
        "8, 3, 3 6 2 5 1 4",
        "9, 2, 1 2 3 4 5 6",
    })
    void orientationOfTiffIsAppliedAsByPillow(int orientation, int rows, String expected) throws IOException {
        Files.createDirectory(folder.resolve("0"));
        Files.write(folder.resolve("0/1.tif"), tiff(8, 1, orientation, 3, new byte[] {1, 2, 3, 4, 5, 6}));

        Dataset data = ImageFolder.open(folder, new Preparation(1, OptionalInt.empty(), OptionalInt.empty()));

        assertThat(data.shape()).isEqualTo(new ImageShape(1, rows, 6 / rows));
        float[] pixels = pixels(data, 0);
        assertThat(IntStream.range(0, 6)
                        .mapToObj(i -> Integer.toString(Math.round(pixels[i] * 255)))
                        .collect(Collectors.joining(" ")))
                .isEqualTo(expected);
        if (orientation == 1 || orientation == 9) {
            assertThat(data.origin().notice()).isEmpty();
        } else {
            assertThat(data.origin().notice())
                    .contains("1 TIFF file was rotated or mirrored by its orientation tag (%s)."
                            .formatted(Path.of("0", "1.tif")));
        }
    }

    @Test
    void namesThatTheLocaleCannotRepresentAreRefused() throws IOException, InterruptedException {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "other systems have no such names");
        write(colours(4, 3), "a/1.png");
        // in no encoding that a locale has by default is this byte a letter of its own
        assertThat(new ProcessBuilder("sh", "-c", "mkdir \"$1/$(printf 'b\\377')\"", "sh", folder.toString())
                        .start()
                        .waitFor())
                .isZero();

        assertThatThrownBy(() -> ImageFolder.open(folder, Preparation.COLOUR))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith("%s contains 'b\ufffd', whose name ", folder)
                .hasMessageMatching("(?s).*; (rename it|set a UTF-8 locale, such as LC_ALL=C.UTF-8)\\.");
    }

    @Test
    void whatMacsAddToArchivesIsIgnored() throws IOException {
        classFolders("0", "1");
        write(colours(9, 9), "__MACOSX/1.png");
        Files.createDirectory(folder.resolve("0/__MACOSX"));

        Dataset data = ImageFolder.open(folder, Preparation.COLOUR, List.of(), true);

        assertThat(data.classes()).containsExactly("0", "1");
        assertThat(data.size()).isEqualTo(2);
    }

    @Test
    void anImageThatIsDamagedBehindItsHeaderIsNamed() throws IOException {
        classFolders("0");
        byte[] whole = Files.readAllBytes(write(colours(40, 30), "1/1.png"));
        Files.write(folder.resolve("1/1.png"), Arrays.copyOf(whole, 60));
        Dataset data = ImageFolder.open(folder, new Preparation(3, OptionalInt.of(4), OptionalInt.of(3)));

        assertThatThrownBy(() -> pixels(data, 1))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith("%s cannot be decoded: ", folder.resolve("1/1.png"))
                .hasMessageEndingWith("; remove the file, or save it again.");
    }

    @Test
    void linkOutOfTheFolderIsRefused(@TempDir Path elsewhere) throws IOException {
        write(colours(4, 3), "a/1.png");
        Path outside = Files.copy(folder.resolve("a/1.png"), elsewhere.resolve("secret.png"));
        Files.createDirectory(folder.resolve("b"));
        Files.createSymbolicLink(folder.resolve("b/1.png"), outside);

        assertThatThrownBy(() -> ImageFolder.open(folder, Preparation.COLOUR))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("is a link that leads out of the directory");
    }

    @Test
    @Timeout(10)
    void whatIsNoFileIsRefused() throws IOException, InterruptedException {
        write(colours(4, 3), "a/1.png");
        Path other = Files.createDirectory(folder.resolve("b")).resolve("1.png");
        Files.createSymbolicLink(other, folder.resolve("nowhere.png"));
        assertThatThrownBy(() -> ImageFolder.open(folder, Preparation.COLOUR))
                .hasMessageEndingWith("1.png is named like an image, but is not a regular file; remove it.");
        Files.delete(other);
        Files.createDirectory(other);
        assertThatThrownBy(() -> ImageFolder.open(folder, Preparation.COLOUR))
                .hasMessageEndingWith("1.png is named like an image, but is not a regular file; remove it.");
        Files.delete(other);
        assumeFalse(System.getProperty("os.name").startsWith("Windows"), "there are no pipes");
        assertThat(new ProcessBuilder("mkfifo", other.toString()).start().waitFor())
                .isZero();
        assertThatThrownBy(() -> ImageFolder.open(folder, Preparation.COLOUR))
                .hasMessageEndingWith("1.png is named like an image, but is not a regular file; remove it.");
    }

    @Test
    void hugeDeclaredSizeIsRefusedBeforeDecoding() throws IOException {
        write(colours(4, 3), "a/1.png");
        byte[] png = Files.readAllBytes(write(colours(4, 3), "b/1.png"));
        ByteBuffer header = ByteBuffer.wrap(png);
        header.putInt(16, 2_000_000_000).putInt(20, 2_000_000_000);
        CRC32 sum = new CRC32();
        sum.update(png, 12, 17);
        header.putInt(29, (int) sum.getValue());
        Files.write(folder.resolve("b/1.png"), png);

        assertThatThrownBy(() -> ImageFolder.open(folder, Preparation.COLOUR))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("declares 2000000000x2000000000 pixels");
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpg", "bmp", "webp", "gif", "tif"})
    void damagedPicturesAreRefusedOrRead(String format) throws IOException {
        write(colours(4, 3), "a/1.png");
        Files.createDirectory(folder.resolve("b"));
        byte[] whole = format.equals("webp")
                ? Base64.getDecoder().decode(WEBP)
                : Files.readAllBytes(write(colours(4, 3), "b/whole." + format));
        Files.deleteIfExists(folder.resolve("b/whole." + format));
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        Preparation preparation = new Preparation(3, OptionalInt.of(4), OptionalInt.of(4));
        int refused = 0;
        for (int trial = 0; trial < 150; trial++) {
            byte[] damaged = Arrays.copyOf(whole, trial % 2 == 0 ? random.nextInt(whole.length) : whole.length);
            for (int i = 0; i < 3 && damaged.length > 0; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            Files.write(folder.resolve("b/1." + format), damaged);
            try {
                Dataset data = ImageFolder.open(folder, preparation);
                if (data.size() == 1) {
                    assertThat(data.origin().notice().orElseThrow()).contains("1 file that cannot be read (b");
                    refused++;
                } else {
                    pixels(data, 1);
                }
            } catch (GauntletException e) {
                refused++;
            } catch (RuntimeException e) {
                throw new AssertionError("seed %d, trial %d".formatted(seed, trial), e);
            }
        }
        assertThat(refused).as("seed %d", seed).isPositive();
    }

    @ParameterizedTest
    @CsvSource({"2, 8, 8, 1 or 3 channels", "3, 0, 8, resize to must be", "3, 8, 20000, crop to must be"})
    void preparationIsChecked(int channels, int resize, int crop, String reason) {
        assertThatThrownBy(() -> new Preparation(channels, OptionalInt.of(resize), OptionalInt.of(crop)))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource({"1, 400000, 256x102400000", "9000000, 1, 2304000000x256"})
    void pictureThatGrowsWithoutEndIsRefused(int width, int height, String size) throws IOException {
        write(new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY), "a/1.png");
        write(colours(4, 3), "b/1.png");

        assertThatThrownBy(() -> ImageFolder.open(folder, new Preparation(3, OptionalInt.of(256), OptionalInt.of(224))))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith("would be resized to %s; at most 100,000,000 pixels are supported.", size);
    }

    @Test
    void cropLargerThanThePictureIsRefused() throws IOException {
        write(colours(4, 3), "a/1.png");
        write(colours(4, 3), "b/1.png");

        assertThatThrownBy(() -> ImageFolder.open(folder, new Preparation(3, OptionalInt.empty(), OptionalInt.of(4))))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("has 4x3 pixels, too few to crop a square of 4");
    }

    @Test
    void foldersWithoutPicturesAreRefused() throws IOException {
        Files.createDirectory(folder.resolve("a"));
        assertThatThrownBy(() -> ImageFolder.open(folder, Preparation.COLOUR))
                .hasMessageContaining("has only the folder a; expected one folder per class, at least 2.");
        Files.createDirectory(folder.resolve("b"));
        assertThatThrownBy(() -> ImageFolder.open(folder, Preparation.COLOUR))
                .hasMessageContaining("contains 0 images");
    }
}
