package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataFilesTest {
    @TempDir
    private Path folder;

    private static byte[] npy(String type, String shape, byte... numbers) {
        return npy(type, "False", shape, numbers);
    }

    private static byte[] npy(String type, String fortran, String shape, byte[] numbers) {
        String header = "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }".formatted(type, fortran, shape);
        header = header + " ".repeat(63 - (header.length() + 10) % 64) + "\n";
        ByteBuffer file =
                ByteBuffer.allocate(10 + header.length() + numbers.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) header.length());
        return file.put(header.getBytes(StandardCharsets.US_ASCII)).put(numbers).array();
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }

    private static byte[] longs(long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long value : values) {
            bytes.putLong(value);
        }
        return bytes.array();
    }

    private Path npz(Map<String, byte[]> arrays) throws IOException {
        Path file = folder.resolve("animals.npz");
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
                zip.putNextEntry(new ZipEntry(array.getKey() + ".npy"));
                zip.write(array.getValue());
            }
        }
        return file;
    }

    private Path npz(byte[] images, byte[] labels) throws IOException {
        Map<String, byte[]> arrays = new LinkedHashMap<>();
        arrays.put("x", images);
        arrays.put("y", labels);
        return npz(arrays);
    }

    private static float[] pixels(Dataset data, int id) {
        float[] pixels = new float[data.shape().size()];
        data.copyPixels(id, pixels, 0);
        return pixels;
    }

    @Test
    void bytesBecomePixels() throws IOException {
        Path file =
                npz(npy("|u1", "2, 1, 2", (byte) 0, (byte) 255, (byte) 51, (byte) 102), npy("<i8", "2,", longs(1, 0)));

        Dataset data = DataFiles.open(file, DataOptions.PLAIN);

        assertThat(data.size()).isEqualTo(2);
        assertThat(data.shape()).isEqualTo(new ImageShape(1, 1, 2));
        assertThat(data.classes()).containsExactly("0", "1");
        assertThat(data.label(0)).isEqualTo(1);
        assertThat(pixels(data, 0)).containsExactly(0, 1);
        assertThat(pixels(data, 1)).containsExactly(51 / 255f, 102 / 255f);
        assertThat(data.origin().name()).isEqualTo("animals");
        assertThat(data.origin().sha256()).containsEntry("animals.npz", Sha256.ofFile(file));
        assertThatThrownBy(() -> data.copyPixels(2, new float[2], 0)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void channelsLastAreBroughtToTheFront() throws IOException {
        byte[] numbers = new byte[2 * 2 * 3];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (byte) i;
        }
        Path file = npz(npy("|u1", "1, 2, 2, 3", numbers), npy("|u1", "1, 1", (byte) 1));

        Dataset data = DataFiles.open(file, DataOptions.PLAIN);

        assertThat(data.shape()).isEqualTo(new ImageShape(3, 2, 2));
        float[] red = Arrays.copyOf(pixels(data, 0), 4);
        assertThat(red).containsExactly(0, 3 / 255f, 6 / 255f, 9 / 255f);
        Dataset otherwise = DataFiles.open(
                file, new DataOptions(Optional.empty(), List.of("cat", "dog"), Optional.of(Layout.NCHW)));
        assertThat(otherwise.shape()).isEqualTo(new ImageShape(2, 2, 3));
        assertThat(pixels(otherwise, 0)[1]).isEqualTo(1 / 255f);
        assertThat(otherwise.classes()).containsExactly("cat", "dog");
    }

    @ParameterizedTest
    @CsvSource({
        "'1, 3, 3, 3', true",
        "'1, 1, 9, 3', true",
        "'1, 2, 3, 5', true",
        "'1, 3, 3, 2', false",
        "'1, 3, 9', false"
    })
    void anOrderThatIsAssumedIsSaid(String shape, boolean said) throws IOException {
        int size = Arrays.stream(shape.split(", ")).mapToInt(Integer::parseInt).reduce(1, (a, b) -> a * b);
        byte[] numbers = new byte[size];
        numbers[0] = (byte) 255;
        Path file = npz(npy("|u1", shape, numbers), npy("|u1", "1,", (byte) 1));

        assertThat(DataFiles.open(file, DataOptions.PLAIN).origin().notice())
                .isEqualTo(
                        said
                                ? Optional.of(
                                        "The shape %s does not tell whether the channels come first or last; N,C,H,W was assumed."
                                                .formatted(shape.replace(", ", "x")))
                                : Optional.empty());
        assertThat(DataFiles.open(file, new DataOptions(Optional.empty(), List.of(), Optional.of(Layout.NCHW)))
                        .origin()
                        .notice())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"16, true", "1, true", "127, true", "128, false", "255, false"})
    void bytesThatAreAllDarkAreSaid(int brightest, boolean said) throws IOException {
        Path file = npz(npy("|u1", "1, 2", (byte) 0, (byte) brightest), npy("|u1", "1,", (byte) 1));

        Dataset data = DataFiles.open(file, DataOptions.PLAIN);

        assertThat(pixels(data, 0)).containsExactly(0, brightest / 255f);
        assertThat(data.origin().notice())
                .isEqualTo(
                        said
                                ? Optional.of(
                                        "The pixels are bytes and were divided by 255, but the brightest is only %d; if %d is white, save them as floats divided by %d."
                                                .formatted(brightest, brightest, brightest))
                                : Optional.empty());
    }

    @Test
    void aFileThatIsNotThereIsNamed() throws IOException {
        Path images = Files.write(folder.resolve("x.npy"), npy("<f4", "1, 1", floats(1)));
        Path absent = folder.resolve("q.npy");

        assertThatThrownBy(
                        () -> DataFiles.open(images, new DataOptions(Optional.of(absent), List.of(), Optional.empty())))
                .isInstanceOf(GauntletException.class)
                .hasMessage("%s does not exist; check the path.", absent);
    }

    @Test
    void labelsThatCountFromOneAreExplainedWhereTheyAreNumbers() throws IOException {
        byte[] images = npy("|u1", "2, 1", (byte) 0, (byte) 255);
        String hint =
                " has 3 classes, and class 0 has no examples; if the labels start at 1, subtract 1 from each (or give the class folders in the order of the outputs).";
        Dataset fromOne = DataFiles.open(npz(images, npy("|u1", "2,", (byte) 1, (byte) 2)), DataOptions.PLAIN);
        assertThatThrownBy(() -> fromOne.forOutputs("m", 2))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The model m has 2 outputs, but animals" + hint);
        Dataset withGap = DataFiles.open(npz(images, npy("|u1", "2,", (byte) 2, (byte) 2)), DataOptions.PLAIN);
        Dataset named = DataFiles.open(
                npz(images, npy("|u1", "2,", (byte) 1, (byte) 2)),
                new DataOptions(Optional.empty(), List.of("a", "b", "c"), Optional.empty()));
        for (Dataset data : List.of(withGap, named)) {
            assertThatThrownBy(() -> data.forOutputs("m", 2))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage("The model m has 2 outputs, but animals has 3 classes.");
        }
    }

    @Test
    void floatsStayWhatTheyAre() throws IOException {
        Path images = Files.write(folder.resolve("x.npy"), npy("<f4", "2, 3", floats(0, 0.1f, 1, 0.3f, 0.5f, 0.7f)));
        Path labels = Files.write(folder.resolve("y.npy"), npy("<i8", "2,", longs(0, 1)));

        Dataset data = DataFiles.open(images, new DataOptions(Optional.of(labels), List.of(), Optional.empty()));

        assertThat(data.shape()).isEqualTo(new ImageShape(1, 1, 3));
        assertThat(pixels(data, 1)).containsExactly(0.3f, 0.5f, 0.7f);
        assertThat(data.origin().sha256()).containsOnlyKeys("x.npy", "y.npy");
        assertThatThrownBy(() -> DataFiles.open(images, DataOptions.PLAIN))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith("x.npy contains no labels; give the npy file with the labels.");
    }

    @Test
    void filesOfTheSameNameAreToldApart() throws IOException {
        Path images = folder.resolve("images/test.npy");
        Path labels = folder.resolve("labels/test.npy");
        Files.createDirectories(images.getParent());
        Files.createDirectories(labels.getParent());
        Files.write(images, npy("|u1", "2, 3", new byte[6]));
        Files.write(labels, npy("|u1", "2,", new byte[] {0, 1}));

        Dataset data = DataFiles.open(images, new DataOptions(Optional.of(labels), List.of(), Optional.empty()));

        assertThat(data.origin().sha256()).containsOnlyKeys(images.toString(), labels.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            255    | divide by 255, or save them as uint8
            -1.7   | undo the normalization
            NaN    | replace the numbers that are not finite
            """)
    void numbersThatAreNoPixelsAreRefused(float number, String advice) throws IOException {
        Path file = npz(npy("<f4", "2, 2", floats(0, 1, number, 0)), npy("<i8", "2,", longs(0, 1)));

        assertThatThrownBy(() -> DataFiles.open(file, DataOptions.PLAIN))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("array x has the number " + number + " in example 1")
                .hasMessageContaining(advice);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            |u1; 2, 2; 4; <i8; 1,; 8; has 1 label for 2 images; each image needs one.
            |u1; 2, 2; 4; <i8; 2, 2; 32; gives example 0 a row of zeros; a one-hot row has a single 1
            |u1; 2, 2; 4; <i8; 2, 2, 2; 64; expected one integer or string per image
            |u1; 2, 2; 4; <U1; 2, 2; 16; expected one integer or string per image
            |u1; 2, 2; 4; |S2; 2,; 4; gives example 0 an empty label
            <U1; 2, 2; 16; <i8; 2,; 16; contains strings, not pixels
            |u1; 4,; 4; <i8; 4,; 32; expected N,H,W
            |u1; ''; 1; <i8; 1,; 8; has the shape () of a single number; expected N,H,W
            |u1; 1, 2; 2; <i8; ''; 8; has the shape () of a single number of int64; expected one
            |u1; 0, 4; 0; <i8; 0,; 0; it contains no images
            <i4; 1, 1; 4; <i8; 1,; 8; save images as uint8
            <c8; 1, 1; 8; <i8; 1,; 8; contains elements of type '<c8'
            |O; 1, 1; 4; <i8; 1,; 8; contains Python objects (type '|O'); save numbers
            |u1; 99999999999, 99999999999; 4; <i8; 1,; 8; it is damaged or truncated
            |u1; 99999999999999999999, 2; 4; <i8; 1,; 8; it is damaged or truncated
            |u1; 3, 2; 4; <i8; 3,; 24; it is damaged or truncated
            """)
    void arraysThatDoNotFitAreRefused(
            String type, String shape, int bytes, String labelType, String labelShape, int labelBytes, String reason)
            throws IOException {
        Path file = npz(npy(type, shape, new byte[bytes]), npy(labelType, labelShape, new byte[labelBytes]));

        assertThatThrownBy(() -> DataFiles.open(file, DataOptions.PLAIN))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(reason);
    }

    private static byte[] bytes(String hexadecimal) {
        return HexFormat.of().parseHex(hexadecimal.replace(" ", ""));
    }

    private static byte[] texts(Charset encoding, int length, String... texts) {
        ByteBuffer all = ByteBuffer.allocate(texts.length * length);
        for (int i = 0; i < texts.length; i++) {
            all.position(i * length).put(texts[i].getBytes(encoding));
        }
        return all.array();
    }

    private static List<Integer> labels(Dataset data) {
        return IntStream.range(0, data.size()).mapToObj(data::label).toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', nullValues = "-", textBlock = """
            one-hot floats; <f4; '3, 3'; 00000000 00000000 0000803f 0000803f 00000000 00000000 00000000 0000803f 00000000; 2 0 1
            one-hot bytes; |u1; '3, 3'; 000001 010000 000100; 2 0 1
            one-hot bool; |b1; '3, 3'; 000001 010000 000100; 2 0 1
            one-hot int64; <i8; '3, 2'; 0000000000000000 0100000000000000 0100000000000000 0000000000000000 0000000000000000 0100000000000000; 1 0 1
            whole floats; <f8; '3,'; 0000000000000040 0000000000000000 000000000000f03f; 2 0 1
            halves; <f2; '3,'; 0040 0000 003c; 2 0 1
            uint64; <u8; '3,'; 0200000000000000 0000000000000000 0100000000000000; 2 0 1
            bool; |b1; '3,'; 01 00 01; 1 0 1
            most significant byte first; >i4; '3, 1'; 00000002 00000000 00000001; 2 0 1
            """)
    void labelsAreReadHoweverTheyAreWritten(String kind, String type, String shape, String numbers, String expected)
            throws IOException {
        Path file = npz(npy("|u1", "3, 1", new byte[3]), npy(type, shape, bytes(numbers)));

        Dataset data = DataFiles.open(file, DataOptions.PLAIN);

        assertThat(labels(data))
                .as(kind)
                .isEqualTo(
                        Stream.of(expected.split(" ", -1)).map(Integer::valueOf).toList());
        assertThat(data.origin().notice()).isEmpty();
        assertThat(data.numbersAssumed()).isFalse();
    }

    @Test
    void oneHotLabelsNameAllColumns() throws IOException {
        Path file = npz(npy("|u1", "1, 1", new byte[1]), npy("|u1", "1, 5", bytes("0001000000")));

        assertThat(DataFiles.open(file, DataOptions.PLAIN).classes()).containsExactly("0", "1", "2", "3", "4");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            '1,'; <f4; 0000003f; gives example 0 the label 0.5, which is not an integer
            '1,'; <f4; 0000c07f; gives example 0 the label NaN, which is not an integer
            '1,'; <u8; ffffffffffffffff; gives example 0 the label 18446744073709552000
            '1, 2'; <f4; 0000003f 0000003f; gives example 0 a row with 0.5 in column 0; a one-hot row has a single 1
            '1, 3'; |u1; 010001; gives example 0 a row with 1.0 in column 2
            """)
    void labelsThatAreNotClassesAreRefused(String shape, String type, String numbers, String reason)
            throws IOException {
        Path file = npz(npy("|u1", "1, 1", new byte[1]), npy(type, shape, bytes(numbers)));

        assertThatThrownBy(() -> DataFiles.open(file, DataOptions.PLAIN))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource({"<U4, UTF-32LE, 16", ">U4, UTF-32BE, 16", "|S5, UTF-8, 5"})
    void textLabelsAreNumberedAlphabeticallyOrAsGiven(String type, String encoding, int length) throws IOException {
        byte[] texts = texts(Charset.forName(encoding), length, "dog", "Kuh", "cat", "dog");
        Path file = npz(npy("|u1", "4, 1", new byte[4]), npy(type, "4,", texts));

        Dataset alphabetical = DataFiles.open(file, DataOptions.PLAIN);
        Dataset given = DataFiles.open(
                file, new DataOptions(Optional.empty(), List.of("cat", "dog", "Kuh", "yak"), Optional.empty()));
        Dataset numbered = DataFiles.open(
                file, new DataOptions(Optional.empty(), List.of("cat=5", "dog=0", "Kuh=2"), Optional.empty()));

        assertThat(alphabetical.classes()).containsExactly("Kuh", "cat", "dog");
        assertThat(labels(alphabetical)).containsExactly(2, 0, 1, 2);
        assertThat(alphabetical.numbersAssumed()).isTrue();
        assertThat(alphabetical.origin().notice())
                .contains("The labels are text and were numbered in alphabetical order: 0 is Kuh, 1 is cat, 2 is dog.");
        assertThat(given.classes()).containsExactly("cat", "dog", "Kuh", "yak");
        assertThat(labels(given)).containsExactly(1, 2, 0, 1);
        assertThat(given.numbersAssumed()).isFalse();
        assertThat(given.origin().notice()).isEmpty();
        assertThat(numbered.classes()).containsExactly("dog", "1", "Kuh", "3", "4", "cat");
        assertThat(labels(numbered)).containsExactly(0, 2, 5, 0);
        assertThatThrownBy(() -> DataFiles.open(
                        file, new DataOptions(Optional.empty(), List.of("cat", "dog"), Optional.empty())))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("the label 'Kuh' is not one of the given classes cat, dog;");
    }

    @Test
    void textLabelsThatAreNumbersAreThose() throws IOException {
        Path file = npz(
                npy("|u1", "3, 1", new byte[3]), npy("|S2", "3,", texts(StandardCharsets.UTF_8, 2, "10", "2", "0")));

        Dataset data = DataFiles.open(file, DataOptions.PLAIN);

        assertThat(labels(data)).containsExactly(10, 2, 0);
        assertThat(data.classes()).hasSize(11);
        assertThat(data.numbersAssumed()).isFalse();
        assertThat(data.origin().notice())
                .hasValueSatisfying(notice -> assertThat(notice)
                        .contains("named by numbers")
                        .contains("the alphabetical order (0, 10, 2) is different"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            <f2; 0038 003c 0000 0034; 0.5 1 0 0.25
            <f2; 0100 ff03 0004 ff3b; 5.9604645E-8 6.097555E-5 6.1035156E-5 0.99951172
            >f2; 3800 3c00 0000 3400; 0.5 1 0 0.25
            >f4; 3f000000 3f800000 00000000 3e800000; 0.5 1 0 0.25
            <f8; 000000000000e03f 000000000000f03f 0000000000000000 000000000000d03f; 0.5 1 0 0.25
            >f8; 3fe0000000000000 3ff0000000000000 0000000000000000 3fd0000000000000; 0.5 1 0 0.25
            |b1; 00 01 01 00; 0 1 1 0
            """)
    void pixelsAreReadHoweverTheyAreWritten(String type, String numbers, String expected) throws IOException {
        Path file = npz(npy(type, "2, 2", bytes(numbers)), npy("|u1", "2,", new byte[] {0, 1}));

        Dataset data = DataFiles.open(file, DataOptions.PLAIN);

        float[] all = new float[4];
        data.copyPixels(0, all, 0);
        data.copyPixels(1, all, 2);
        String[] values = expected.split(" ", -1);
        for (int i = 0; i < 4; i++) {
            assertThat(all[i]).isEqualTo(Float.parseFloat(values[i]));
        }
        assertThat(data.origin().notice()).isEmpty();
    }

    @Test
    void arraysInTheOrderOfFortranAreTurned() throws IOException {
        // element (n, i, j) of 2x3x2 has the number 100 n + 10 i + j; the first index changes fastest
        byte[] numbers = new byte[12];
        for (int n = 0; n < 2; n++) {
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 2; j++) {
                    numbers[n + 2 * (i + 3 * j)] = (byte) (100 * n + 10 * i + j);
                }
            }
        }
        // one-hot: example 0 is of class 1, example 1 of class 0
        Path file = npz(npy("|u1", "True", "2, 3, 2", numbers), npy("|u1", "True", "2, 2", bytes("00010100")));

        Dataset data = DataFiles.open(file, DataOptions.PLAIN);

        assertThat(labels(data)).containsExactly(1, 0);
        float[] second = pixels(data, 1);
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 2; j++) {
                assertThat(second[2 * i + j]).isEqualTo((100 + 10 * i + j) / 255f);
            }
        }
    }

    @Test
    void manyExamplesInTheOrderOfFortranAreTurnedPieceByPiece() throws IOException {
        int count = 50_000;
        int size = 700;
        byte[] numbers = new byte[count * size];
        for (int i = 0; i < size; i++) {
            for (int n = 0; n < count; n++) {
                numbers[i * count + n] = (byte) (n + i);
            }
        }
        Path images = Files.write(folder.resolve("x.npy"), npy("|u1", "True", count + ", " + size, numbers));
        Path labels = Files.write(folder.resolve("y.npy"), npy("|u1", count + ",", new byte[count]));

        Dataset data = DataFiles.open(images, new DataOptions(Optional.of(labels), List.of(), Optional.empty()));

        for (int id : new int[] {0, 23_966, 23_967, count - 1}) {
            float[] pixels = pixels(data, id);
            assertThat(pixels[0]).isEqualTo((id & 0xff) / 255f);
            assertThat(pixels[size - 1]).isEqualTo(((id + size - 1) & 0xff) / 255f);
        }
    }

    @Test
    void roundingIsMovedIntoTheRangeAndSaid() throws IOException {
        Path file = npz(npy("<f4", "2, 2", floats(1.0000002f, 0.5f, -3e-8f, 1)), npy("|u1", "2,", new byte[] {0, 1}));

        Dataset data = DataFiles.open(file, DataOptions.PLAIN);

        assertThat(pixels(data, 0)).containsExactly(1, 0.5f);
        assertThat(pixels(data, 1)).containsExactly(0, 1);
        assertThat(data.origin().notice()).contains("2 pixels were outside [0,1] by at most 0.000001 and clipped.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            0 1.002; clip them to [0,1]
            0 1.00001; clip them to [0,1]
            1.5 -2.2; 'they range from -2.2 to 1.5; undo the normalization'
            """)
    void theAdviceLooksAtAllNumbers(String numbers, String advice) throws IOException {
        String[] two = numbers.split(" ", -1);
        Path file = npz(
                npy("<f4", "1, 2", floats(Float.parseFloat(two[0]), Float.parseFloat(two[1]))),
                npy("|u1", "1,", new byte[1]));

        assertThatThrownBy(() -> DataFiles.open(file, DataOptions.PLAIN))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(advice);
    }

    @Test
    void otherArraysOfTheArchiveMayBeAnything() throws IOException {
        Map<String, byte[]> arrays = new LinkedHashMap<>();
        arrays.put("names", npy("|O", "2,", new byte[70]));
        arrays.put("x", npy("|u1", "1, 1", new byte[1]));
        arrays.put("y", npy("|u1", "1,", new byte[1]));

        assertThat(DataFiles.open(npz(arrays), DataOptions.PLAIN).size()).isEqualTo(1);
    }

    @Test
    void labelsOutOfRangeAreRefused() throws IOException {
        Path negative = npz(npy("|u1", "2, 1", new byte[2]), npy("<i8", "2,", longs(0, -1)));
        assertThatThrownBy(() -> DataFiles.open(negative, DataOptions.PLAIN))
                .hasMessageContaining("gives example 1 the label -1");
        Path large = npz(npy("|u1", "2, 1", new byte[2]), npy("<i8", "2,", longs(0, 2)));
        assertThatThrownBy(() ->
                        DataFiles.open(large, new DataOptions(Optional.empty(), List.of("a", "b"), Optional.empty())))
                .hasMessageEndingWith("has the label 2, but only 2 classes are named.");
    }

    @Test
    void missingArrayIsNamed() throws IOException {
        Path file = npz(Map.of("pictures", npy("|u1", "1, 1", new byte[1])));

        assertThatThrownBy(() -> DataFiles.open(file, DataOptions.PLAIN))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("has no array of images; it has pictures, expected one of x_test, x,");
    }

    @Test
    void zipBombIsRefused() throws IOException {
        Path file = folder.resolve("bomb.npz");
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry("x.npy"));
            byte[] nothing = new byte[1 << 20];
            for (int i = 0; i < 300; i++) {
                zip.write(nothing);
            }
            zip.putNextEntry(new ZipEntry("y.npy"));
            zip.write(npy("<i8", "2,", longs(0, 1)));
        }

        assertThatThrownBy(() -> DataFiles.open(file, DataOptions.PLAIN))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("unpacks to more than 268,435,456 bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.npz", "a.npy", "a.csv", "a.bin", "a.xyz"})
    void garbageIsRefused(String name) throws IOException {
        Path file = Files.write(folder.resolve(name), new byte[] {'P', 'K', 3, 4, 0, -1, -2, 7, 9, 9, 9, 9, 9, 9});
        DataOptions format = name.endsWith("npy")
                ? new DataOptions(Optional.of(file), List.of(), Optional.empty())
                : DataOptions.PLAIN;

        assertThatThrownBy(() -> DataFiles.open(file, format))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith(file.toString());
    }

    @Test
    void damagedArchivesAreRefusedOrRead() throws IOException {
        byte[] whole = Files.readAllBytes(npz(npy("|u1", "2, 1, 2", new byte[4]), npy("<i8", "2,", longs(1, 0))));
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        int refused = 0;
        for (int trial = 0; trial < 500; trial++) {
            byte[] damaged = Arrays.copyOf(whole, trial % 3 == 0 ? random.nextInt(whole.length) : whole.length);
            for (int i = 0; i < 3 && damaged.length > 0; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            Path file = Files.write(folder.resolve("damaged.npz"), damaged);
            try {
                DataFiles.open(file, DataOptions.PLAIN);
            } catch (GauntletException e) {
                refused++;
            } catch (RuntimeException e) {
                throw new AssertionError("seed %d, trial %d".formatted(seed, trial), e);
            }
        }
        assertThat(refused).as("seed %d", seed).isPositive();
    }

    @Test
    void cifarTenIsRead() throws IOException {
        byte[] records = new byte[2 * 3073];
        records[0] = 3;
        records[1] = (byte) 255;
        records[3073] = 9;
        records[3073 + 1 + 1024] = 51;
        Files.write(folder.resolve("test_batch.bin"), records);

        Dataset data = DataFiles.open(folder, DataOptions.PLAIN);

        assertThat(data.shape()).isEqualTo(new ImageShape(3, 32, 32));
        assertThat(data.classes()).hasSize(10).element(3).isEqualTo("cat");
        assertThat(data.label(0)).isEqualTo(3);
        assertThat(data.label(1)).isEqualTo(9);
        assertThat(pixels(data, 0)[0]).isEqualTo(1);
        assertThat(pixels(data, 1)[1024]).isEqualTo(51 / 255f);
    }

    @Test
    void cifarHundredIsRead() throws IOException {
        byte[] records = new byte[2 * 3074];
        records[0] = 19;
        records[1] = 2;
        records[3074 + 1] = 1;
        Files.write(folder.resolve("test.bin"), records);
        Files.writeString(folder.resolve("fine_label_names.txt"), "apple\naquarium_fish\nbaby\n");

        Dataset data = DataFiles.open(folder, DataOptions.PLAIN);

        assertThat(data.classes()).containsExactly("apple", "aquarium_fish", "baby");
        assertThat(data.label(0)).isEqualTo(2);
        assertThat(data.label(1)).isEqualTo(1);
    }

    @Test
    void cifarThatIsCutOffIsRefused() throws IOException {
        Path file = Files.write(folder.resolve("test_batch.bin"), new byte[3072]);

        assertThatThrownBy(() -> DataFiles.open(file, DataOptions.PLAIN))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("has 3,072 bytes, which is not a multiple of the size");
    }

    @Test
    void csvWithAndWithoutHeader() throws IOException {
        Path headed = Files.writeString(folder.resolve("a.csv"), "a,label,b\n0.25,1,0.5\n\n0,0,1\n");
        Path plain = Files.writeString(folder.resolve("b.csv"), "1,0.25,0.5\r\n0,0,1");
        for (Path file : List.of(headed, plain)) {
            Dataset data = DataFiles.open(file, DataOptions.PLAIN);

            assertThat(data.shape()).isEqualTo(new ImageShape(1, 1, 2));
            assertThat(data.size()).isEqualTo(2);
            assertThat(data.label(0)).isEqualTo(1);
            assertThat(pixels(data, 0)).containsExactly(0.25f, 0.5f);
            assertThat(pixels(data, 1)).containsExactly(0, 1);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            '1,0.5~0'        | line 2: 1 cells instead of 2
            '1,0.5~0,x'      | line 2: column 2 contains 'x', which is not a number; correct the cell or remove the column.
            '1,0.5~0.5,0'    | line 2: the label '0.5' in column 1 is not an integer
            '1,0.5~0,7'      | line 2: the number 7 in column 2 is not in [0,1]
            '1,0.5~-1,1'     | line 2 gives example 1 the label -1
            'label,b'        | contains no examples
            ''               | contains no examples
            """)
    void wrongLinesAreNamed(String lines, String reason) throws IOException {
        Path file = Files.writeString(folder.resolve("a.csv"), lines.replace('~', '\n'));

        assertThatThrownBy(() -> DataFiles.open(file, DataOptions.PLAIN))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void manyExamplesTakeNoMemory() throws IOException {
        int count = 200_000;
        Path images = folder.resolve("many.npy");
        try (OutputStream out = Files.newOutputStream(images)) {
            byte[] header = npy("|u1", count + ", 32, 32");
            out.write(header);
            byte[] image = new byte[1024];
            for (int i = 0; i < count; i++) {
                Arrays.fill(image, (byte) i);
                out.write(image);
            }
        }
        Path labels = Files.write(folder.resolve("labels.npy"), npy("|u1", count + ",", new byte[count]));

        Dataset data =
                DataFiles.open(images, new DataOptions(Optional.of(labels), List.of("a", "b"), Optional.empty()));

        assertThat(data.size()).isEqualTo(count);
        for (int id : new int[] {0, 1, 77_777, count - 1}) {
            assertThat(pixels(data, id)[5]).isEqualTo((id & 0xff) / 255f);
        }
    }
}
