package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
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
        String header = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }".formatted(type, shape);
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

        Dataset data = DataFiles.open(file, DataFormat.PLAIN);

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

        Dataset data = DataFiles.open(file, DataFormat.PLAIN);

        assertThat(data.shape()).isEqualTo(new ImageShape(3, 2, 2));
        float[] red = Arrays.copyOf(pixels(data, 0), 4);
        assertThat(red).containsExactly(0, 3 / 255f, 6 / 255f, 9 / 255f);
        Dataset otherwise =
                DataFiles.open(file, new DataFormat(Optional.empty(), List.of("cat", "dog"), Optional.of(Layout.NCHW)));
        assertThat(otherwise.shape()).isEqualTo(new ImageShape(2, 2, 3));
        assertThat(pixels(otherwise, 0)[1]).isEqualTo(1 / 255f);
        assertThat(otherwise.classes()).containsExactly("cat", "dog");
    }

    @Test
    void floatsStayWhatTheyAre() throws IOException {
        Path images = Files.write(folder.resolve("x.npy"), npy("<f4", "2, 3", floats(0, 0.1f, 1, 0.3f, 0.5f, 0.7f)));
        Path labels = Files.write(folder.resolve("y.npy"), npy("<i8", "2,", longs(0, 1)));

        Dataset data = DataFiles.open(images, new DataFormat(Optional.of(labels), List.of(), Optional.empty()));

        assertThat(data.shape()).isEqualTo(new ImageShape(1, 1, 3));
        assertThat(pixels(data, 1)).containsExactly(0.3f, 0.5f, 0.7f);
        assertThat(data.origin().sha256()).containsOnlyKeys("x.npy", "y.npy");
        assertThatThrownBy(() -> DataFiles.open(images, DataFormat.PLAIN))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith("x.npy holds no labels; name the npy file with them.");
    }

    @Test
    void filesOfTheSameNameAreToldApart() throws IOException {
        Path images = folder.resolve("images/test.npy");
        Path labels = folder.resolve("labels/test.npy");
        Files.createDirectories(images.getParent());
        Files.createDirectories(labels.getParent());
        Files.write(images, npy("|u1", "2, 3", new byte[6]));
        Files.write(labels, npy("|u1", "2,", new byte[] {0, 1}));

        Dataset data = DataFiles.open(images, new DataFormat(Optional.of(labels), List.of(), Optional.empty()));

        assertThat(data.origin().sha256()).containsOnlyKeys(images.toString(), labels.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            255    | divide by 255, or save them as uint8
            -1.7   | undo the normalisation
            NaN    | save them again
            """)
    void numbersThatAreNoPixelsAreRefused(float number, String advice) throws IOException {
        Path file = npz(npy("<f4", "2, 2", floats(0, 1, number, 0)), npy("<i8", "2,", longs(0, 1)));

        assertThatThrownBy(() -> DataFiles.open(file, DataFormat.PLAIN))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("array x has the number " + number + " in example 1")
                .hasMessageContaining(advice);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            |u1; 2, 2; 4; <i8; 1,; 8; has 1 labels for 2 images
            |u1; 2, 2; 4; <f8; 2,; 16; labels are one whole number for each image
            |u1; 2, 2; 4; <i8; 2, 2; 32; labels are one whole number for each image
            |u1; 4,; 4; <i8; 4,; 32; images have N,H,W
            |u1; 0, 4; 0; <i8; 0,; 0; images have N,H,W
            <i4; 1, 1; 4; <i8; 1,; 8; save images as uint8
            >f4; 1, 1; 4; <i8; 1,; 8; has numbers of type '>f4'
            |O; 1, 1; 4; <i8; 1,; 8; has numbers of type '|O'
            |u1; 99999999999, 99999999999; 4; <i8; 1,; 8; it is damaged or cut off
            |u1; 99999999999999999999, 2; 4; <i8; 1,; 8; it is damaged or cut off
            |u1; 3, 2; 4; <i8; 3,; 24; it is damaged or cut off
            """)
    void arraysThatDoNotFitAreRefused(
            String type, String shape, int bytes, String labelType, String labelShape, int labelBytes, String reason)
            throws IOException {
        Path file = npz(npy(type, shape, new byte[bytes]), npy(labelType, labelShape, new byte[labelBytes]));

        assertThatThrownBy(() -> DataFiles.open(file, DataFormat.PLAIN))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void labelsOutOfRangeAreRefused() throws IOException {
        Path negative = npz(npy("|u1", "2, 1", new byte[2]), npy("<i8", "2,", longs(0, -1)));
        assertThatThrownBy(() -> DataFiles.open(negative, DataFormat.PLAIN))
                .hasMessageContaining("gives example 1 the label -1");
        Path large = npz(npy("|u1", "2, 1", new byte[2]), npy("<i8", "2,", longs(0, 2)));
        assertThatThrownBy(() ->
                        DataFiles.open(large, new DataFormat(Optional.empty(), List.of("a", "b"), Optional.empty())))
                .hasMessageEndingWith("has the label 2, but only 2 classes are named.");
    }

    @Test
    void missingArrayIsNamed() throws IOException {
        Path file = npz(Map.of("pictures", npy("|u1", "1, 1", new byte[1])));

        assertThatThrownBy(() -> DataFiles.open(file, DataFormat.PLAIN))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("has no array of images; it has pictures, and one of x_test, x,");
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
        }

        assertThatThrownBy(() -> DataFiles.open(file, DataFormat.PLAIN))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("unpacks to more than 268,435,456 bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.npz", "a.npy", "a.csv", "a.bin", "a.xyz"})
    void garbageIsRefused(String name) throws IOException {
        Path file = Files.write(folder.resolve(name), new byte[] {'P', 'K', 3, 4, 0, -1, -2, 7, 9, 9, 9, 9, 9, 9});
        DataFormat format = name.endsWith("npy")
                ? new DataFormat(Optional.of(file), List.of(), Optional.empty())
                : DataFormat.PLAIN;

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
                DataFiles.open(file, DataFormat.PLAIN);
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

        Dataset data = DataFiles.open(folder, DataFormat.PLAIN);

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

        Dataset data = DataFiles.open(folder, DataFormat.PLAIN);

        assertThat(data.classes()).containsExactly("apple", "aquarium_fish", "baby");
        assertThat(data.label(0)).isEqualTo(2);
        assertThat(data.label(1)).isEqualTo(1);
    }

    @Test
    void cifarThatIsCutOffIsRefused() throws IOException {
        Path file = Files.write(folder.resolve("test_batch.bin"), new byte[3072]);

        assertThatThrownBy(() -> DataFiles.open(file, DataFormat.PLAIN))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("has 3,072 bytes, which is no whole number of images");
    }

    @Test
    void csvWithAndWithoutHeader() throws IOException {
        Path headed = Files.writeString(folder.resolve("a.csv"), "a,label,b\n0.25,1,0.5\n\n0,0,1\n");
        Path plain = Files.writeString(folder.resolve("b.csv"), "1,0.25,0.5\r\n0,0,1");
        for (Path file : List.of(headed, plain)) {
            Dataset data = DataFiles.open(file, DataFormat.PLAIN);

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
            '1,0.5~0,x'      | line 2: 'x' is no number
            '1,0.5~0.5,0'    | line 2: the label '0.5' is no whole number
            '1,0.5~0,7'      | line 2: the number 7 is not of [0,1]
            '1,0.5~-1,1'     | line 2 gives example 1 the label -1
            'label,b'        | holds no examples
            ''               | holds no examples
            """)
    void wrongLinesAreNamed(String lines, String reason) throws IOException {
        Path file = Files.writeString(folder.resolve("a.csv"), lines.replace('~', '\n'));

        assertThatThrownBy(() -> DataFiles.open(file, DataFormat.PLAIN))
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

        Dataset data = DataFiles.open(images, new DataFormat(Optional.of(labels), List.of("a", "b"), Optional.empty()));

        assertThat(data.size()).isEqualTo(count);
        for (int id : new int[] {0, 1, 77_777, count - 1}) {
            assertThat(pixels(data, id)[5]).isEqualTo((id & 0xff) / 255f);
        }
    }
}
