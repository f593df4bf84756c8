package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.fail;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.Sha256;
import dev.gauntlet.data.IdxFile.Content;
import dev.gauntlet.data.IdxFile.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxFileTest {
    private static final int IMAGES = 0x803;
    private static final int LABELS = 0x801;

    @TempDir
    private Path folder;

    @Test
    void readsPlainAndCompressedFilesWhateverTheyAreCalled() throws IOException {
        byte[] images = idx(new int[] {IMAGES, 2, 1, 3}, 0, 51, 102, 153, 204, 255);
        byte[] labels = idx(new int[] {LABELS, 2}, 1, 0);
        Dataset data = IdxFile.dataset(
                "mine", "test", List.of("cat", "dog"), file("images.bin", images), file("labels", gzip(labels)));
        assertThat(data.shape()).isEqualTo(new ImageShape(1, 1, 3));
        assertThat(data.classes()).containsExactly("cat", "dog");
        assertThat(data.batch(1, 0).labels()).containsExactly(0, 1);
        assertThat(data.batch(1, 0).pixels()).containsExactly(.6f, .8f, 1, 0, .2f, .4f);
        assertThat(data.origin().name()).isEqualTo("mine");
        assertThat(data.origin().split()).isEqualTo("test");
        assertThat(data.origin().location()).isEqualTo(folder.toString());
        assertThat(data.origin().sha256())
                .containsOnlyKeys("images.bin", "labels")
                .containsEntry("images.bin", Sha256.ofFile(folder.resolve("images.bin")))
                .containsEntry("labels", Sha256.ofFile(folder.resolve("labels")));
    }

    @Test
    void readsWhatWasWrittenByGzip() throws IOException {
        // printf '\0\0\10\1\0\0\0\3\7\0\2' | gzip -9n
        byte[] compressed = HexFormat.of().parseHex("1f8b08000000000002036360e0606460606066676002002dcb01e50b000000");
        assertThat(IdxFile.read(file("labels.gz", compressed), Kind.LABELS, 100)
                        .content()
                        .values())
                .containsExactly(7, 0, 2);
    }

    @Test
    void writesWhatItReadsAndAlwaysTheSameBytes() throws IOException {
        Content content = Content.images(2, new ImageShape(1, 2, 2), new byte[] {1, 2, 3, 4, 5, 6, 7, -1});
        Path path = folder.resolve("images.gz");
        IdxFile.write(path, content);
        byte[] written = Files.readAllBytes(path);
        IdxFile.Loaded loaded = IdxFile.read(path, Kind.IMAGES, 24);
        assertThat(loaded.compressed()).isTrue();
        assertThat(loaded.sha256()).isEqualTo(Sha256.ofFile(path));
        assertThat(loaded.content().imageShape()).isEqualTo(new ImageShape(1, 2, 2));
        assertThat(loaded.content().values()).isEqualTo(content.values());
        // bytes 4 to 7 of a gzip header are the time
        assertThat(Arrays.copyOfRange(written, 4, 8)).containsExactly(0, 0, 0, 0);
        IdxFile.write(path, content);
        assertThat(Files.readAllBytes(path)).isEqualTo(written);
        assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
    }

    @Test
    void sumsTheUncompressedFile() throws IOException {
        byte[] plain = idx(new int[] {LABELS, 3}, 7, 0, 2);
        assertThat(Content.labels(new byte[] {7, 0, 2}).sha256()).isEqualTo(Sha256.ofFile(file("labels", plain)));
    }

    @Test
    void aFileThatCannotBeWrittenLeavesNothingBehind() {
        Path nowhere = folder.resolve("no such folder").resolve("labels.gz");
        assertThatThrownBy(() -> IdxFile.write(nowhere, Content.labels(new byte[3])))
                .isInstanceOf(IOException.class);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void anEmptyDataSetCanBeRead() throws IOException {
        assertThat(read(idx(new int[] {IMAGES, 0, 28, 28}), Kind.IMAGES).count())
                .isZero();
    }

    @Test
    void aPlainFileCutAnywhereIsTruncated() throws IOException {
        byte[] plain = idx(new int[] {IMAGES, 2, 2, 2}, 1, 2, 3, 4, 5, 6, 7, 8);
        for (int length = 0; length < plain.length; length++) {
            refuses(Arrays.copyOf(plain, length), Kind.IMAGES, "truncated");
        }
        refuses(Arrays.copyOf(plain, 20), Kind.IMAGES, "declares 2 images of 2x2, which takes 24 bytes, but it has 20");
    }

    @Test
    void aCompressedFileCutAnywhereIsTruncated() throws IOException {
        byte[] compressed = gzip(idx(new int[] {IMAGES, 2, 2, 2}, 1, 2, 3, 4, 5, 6, 7, 8));
        for (int length = 0; length < compressed.length; length++) {
            // without its first two bytes it is not known to be compressed
            refuses(Arrays.copyOf(compressed, length), Kind.IMAGES, "truncated");
        }
    }

    @Test
    void aCompressedFileWhoseContentEndsEarlyIsTruncated() throws IOException {
        refuses(
                gzip(idx(new int[] {LABELS, 5}, 1, 2, 3)),
                Kind.LABELS,
                "truncated: it declares 5 labels, which takes 13 bytes, but it contains only 11");
        refuses(gzip(new byte[] {0, 0, 8, 1, 0}), Kind.LABELS, "has only 5 of the 8 bytes of its header");
    }

    @Test
    void bytesBehindTheContentAreRefused() throws IOException {
        byte[] tooLong = idx(new int[] {LABELS, 2}, 1, 2, 3);
        refuses(tooLong, Kind.LABELS, "declares 2 labels, which takes 10 bytes, but it has 11");
        refuses(gzip(tooLong), Kind.LABELS, "declares 2 labels, which takes 10 bytes, but more follow");
    }

    @Test
    void aGzipBombIsNotUnpacked() throws IOException {
        byte[] bomb = gzip(idx(new int[] {LABELS, 2}, 1, 2), 64 << 20);
        assertThat(bomb.length).isLessThan(100_000);
        refuses(bomb, Kind.LABELS, "but more follow");
    }

    @Test
    void noMemoryIsTakenForWhatAFileOnlyClaimsToHold() throws IOException {
        refuses(idx(new int[] {IMAGES, 1 << 20, 16, 32}, 1, 2), Kind.IMAGES, "takes 536870928 bytes, but it has 18");
        refuses(gzip(idx(new int[] {IMAGES, 1 << 20, 16, 32}, 1, 2)), Kind.IMAGES, "declares 1048576 images of 16x32");
        refuses(idx(new int[] {LABELS, -1}, 1, 2), Kind.LABELS, "declares 4294967295 labels");
        // the products are 2^64 and 2^96, and 0 as a long
        refuses(idx(new int[] {IMAGES, 1 << 22, 1 << 21, 1 << 21}), Kind.IMAGES, "declares 4194304 images of");
        refuses(idx(new int[] {IMAGES, -1, -1, -1}), Kind.IMAGES, "4294967295 images of 4294967295x4294967295");
        refuses(idx(new int[] {IMAGES, 0, -1, -1}), Kind.IMAGES, "0 images of 4294967295x4294967295");
        refuses(idx(new int[] {IMAGES, 5, 0, 28}), Kind.IMAGES, "sides of at least 1");
    }

    @Test
    void obeysTheLimitOfTheCaller() throws IOException {
        Path path = file("labels", gzip(idx(new int[] {LABELS, 4}, 1, 2, 3, 4)));
        assertThat(IdxFile.read(path, Kind.LABELS, 12).content().count()).isEqualTo(4);
        assertThatThrownBy(() -> IdxFile.read(path, Kind.LABELS, 11))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("more than the 11 bytes");
    }

    @Test
    void tellsWhatAWrongFileIs() throws IOException {
        refuses(
                idx(new int[] {0x12345678, 1}),
                Kind.LABELS,
                "starts with 0x12345678, expected 0x00000801 for an IDX file of labels; download it again.");
        refuses(
                idx(new int[] {LABELS, 1}, 1),
                Kind.IMAGES,
                "starts with 0x00000801, expected 0x00000803 for an IDX file of images; it is an IDX file of labels; are images and labels swapped?");
        refuses(gzip(idx(new int[] {IMAGES, 1, 1, 1}, 1)), Kind.LABELS, "are images and labels swapped?");
        refuses("<!DOCTYPE html><html>".getBytes(StandardCharsets.UTF_8), Kind.IMAGES, "it looks like a web page");
        // floats, which the format also knows
        refuses(idx(new int[] {0xd03, 1, 1, 1}, 1), Kind.IMAGES, "starts with 0x00000d03");
    }

    @Test
    void tellsThatThereIsNoFile() {
        assertThatThrownBy(() -> IdxFile.read(folder.resolve("absent"), Kind.LABELS, 100))
                .isInstanceOf(GauntletException.class)
                .hasMessage("%s does not exist, expected an IDX file of labels; check the path."
                        .formatted(folder.resolve("absent")));
        assertThatThrownBy(() -> IdxFile.read(folder, Kind.LABELS, 100))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("is a folder");
    }

    @Test
    void refusesImagesAndLabelsOfDifferentCounts() throws IOException {
        Path images = file("images", idx(new int[] {IMAGES, 2, 1, 1}, 1, 2));
        Path labels = file("labels", idx(new int[] {LABELS, 3}, 0, 0, 0));
        assertThatThrownBy(() -> IdxFile.dataset("mine", "test", List.of("a", "b"), images, labels))
                .isInstanceOf(GauntletException.class)
                .hasMessage("%s has 2 images, but %s has 3 labels; take both from the same release."
                        .formatted(images, labels));
    }

    @Test
    void refusesALabelWithoutAClass() throws IOException {
        Path images = file("images", idx(new int[] {IMAGES, 2, 1, 1}, 1, 2));
        Path labels = file("labels", idx(new int[] {LABELS, 2}, 1, 200));
        assertThatThrownBy(() -> IdxFile.dataset("mine", "test", List.of("a", "b"), images, labels))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith(
                        "%s gives example 1 the label 200, but the labels of 2 classes range from 0 to 1"
                                .formatted(labels));
    }

    @Test
    void aDamagedCompressedFileIsRefusedOrStillHoldsTheSame() throws IOException {
        byte[] compressed = gzip(idx(new int[] {IMAGES, 3, 2, 2}, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2));
        byte[] values = read(compressed, Kind.IMAGES).values();
        int refused = 0;
        for (int bit = 0; bit < compressed.length * 8; bit++) {
            byte[] damaged = compressed.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            try {
                assertThat(read(damaged, Kind.IMAGES).values())
                        .as("bit %d", bit)
                        .isEqualTo(values);
            } catch (GauntletException e) {
                refused++;
                assertThat(e.getMessage())
                        .as("bit %d", bit)
                        .startsWith(folder.toString())
                        .doesNotContain("\n");
            }
        }
        // the exceptions are time, operating system and such in the header
        assertThat(refused).isGreaterThan((compressed.length - 10) * 8);
        damageEnd(compressed);
        refuses(compressed, Kind.IMAGES, "is corrupted");
    }

    /** The last 8 bytes are the sum and the length of the content. */
    private static void damageEnd(byte[] compressed) {
        compressed[compressed.length - 5] ^= 1;
    }

    @Test
    void anyBytesAreReadOrRefusedInWords() throws IOException {
        long seed = 20261122;
        SplittableRandom random = RandomKey.of(seed).with("idx").generator();
        for (int round = 0; round < 500; round++) {
            byte[] bytes = idx(new int[] {IMAGES, 2, 2, 2}, 1, 2, 3, 4, 5, 6, 7, 8);
            for (int change = 0; change < 3; change++) {
                bytes[random.nextInt(bytes.length)] =
                        (byte) (random.nextBoolean() ? random.nextInt(4) : random.nextInt());
            }
            bytes = Arrays.copyOf(bytes, random.nextInt(3) == 0 ? random.nextInt(40) : bytes.length);
            byte[] file = random.nextBoolean() ? gzip(bytes) : bytes;
            Throwable thrown = catchThrowable(() -> read(file, Kind.IMAGES));
            if (thrown != null && !(thrown instanceof GauntletException)) {
                fail(
                        "seed %d, round %d: %s"
                                .formatted(seed, round, HexFormat.of().formatHex(file)),
                        thrown);
            }
        }
    }

    private Content read(byte[] bytes, Kind kind) throws IOException {
        return IdxFile.read(file("file", bytes), kind, IdxFile.MAXIMUM_BYTES).content();
    }

    private void refuses(byte[] bytes, Kind kind, String because) throws IOException {
        Path path = file("file", bytes);
        assertThatThrownBy(() -> IdxFile.read(path, kind, IdxFile.MAXIMUM_BYTES))
                .as("%d bytes", bytes.length)
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith(path.toString())
                .hasMessageContaining(because)
                .hasMessageNotContaining("\n");
    }

    private Path file(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static byte[] idx(int[] header, int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * header.length + values.length);
        for (int field : header) {
            bytes.putInt(field);
        }
        for (int value : values) {
            bytes.put((byte) value);
        }
        return bytes.array();
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        return gzip(plain, 0);
    }

    /** Compresses bytes and some zeros behind them. */
    private static byte[] gzip(byte[] plain, int zeros) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(compressed)) {
            out.write(plain);
            byte[] block = new byte[1 << 16];
            for (int written = 0; written < zeros; written += block.length) {
                out.write(block);
            }
        }
        return compressed.toByteArray();
    }
}
