package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NpzTest {
    private static final String NAME = "weights.npz";
    private static final long LIMIT = 100_000;

    @Test
    void readsStoredAndDeflatedArraysOfEveryTypeAndVersion() {
        Map<String, WeightTensor> read = read(new NpzFile()
                .stored("0.weight.npy", NpzFile.floats("(2, 3)", 1, 2, 3, 4, 5, -6))
                .deflated("0.bias.npy", NpzFile.floats("(2,)", 7, 8))
                .deflated(
                        "double.npy",
                        NpzFile.array(
                                2, "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }", NpzFile.little(0.1)))
                .stored(
                        "half.npy",
                        NpzFile.array(
                                3,
                                "{'shape': (2,), 'fortran_order': False, 'descr': '<f2'}",
                                NpzFile.little((short) 0x3c00, (short) 0xc000)))
                .stored("scalar.npy", NpzFile.floats("()", 9))
                .deflated("empty.npy", NpzFile.floats("(0, 4)"))
                .stored("noEnding", NpzFile.floats("(1L,)".replace("L", ""), 5))
                .bytes());
        assertThat(read.keySet())
                .containsExactly("0.weight", "0.bias", "double", "half", "scalar", "empty", "noEnding");
        assertThat(tensor(read, "0.weight").shape()).containsExactly(2, 3);
        assertThat(tensor(read, "0.weight").values()).containsExactly(1, 2, 3, 4, 5, -6);
        assertThat(tensor(read, "0.bias").values()).containsExactly(7, 8);
        assertThat(tensor(read, "double").values()).containsExactly(0.1f);
        assertThat(tensor(read, "half").values()).containsExactly(1, -2);
        assertThat(tensor(read, "scalar").shape()).isEmpty();
        assertThat(tensor(read, "scalar").values()).containsExactly(9);
        assertThat(tensor(read, "empty").shape()).containsExactly(0, 4);
    }

    /** {@code numpy.savez(f, a=numpy.array([1.5], '<f4'))} of NumPy 2, which always writes 64-bit zip headers. */
    @Test
    void readsWhatNumPyWrites() {
        byte[] file = HexFormat.of()
                .parseHex(
                        "504b03042d00000000000000210054792e83ffffffffffffffff05001400612e6e7079010010008400000000000000840000"
                                + "0000000000934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a2046"
                                + "616c73652c20277368617065273a2028312c292c207d20202020202020202020202020202020202020202020202020202020"
                                + "20202020202020202020202020202020202020202020202020202020202020200a0000c03f504b01022d032d000000000000"
                                + "00210054792e838400000084000000050000000000000000000000800100000000612e6e7079504b05060000000001000100"
                                + "33000000bb0000000000");
        assertThat(tensor(read(file), "a").values()).containsExactly(1.5f);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', quoteCharacter = '~', textBlock = """
            {"descr": ">f4", "fortran_order": False, "shape": (2,), } ! '>f4' ! little-endian
            {"descr": "|O", "fortran_order": False, "shape": (2,), }  ! '|O' ! little-endian
            {"descr": "<i4", "fortran_order": False, "shape": (2,), } ! '<i4' ! floats
            {"descr": "none", "fortran_order": False, "shape": (4,), }! 'none' ! floats
            {"descr": "", "fortran_order": False, "shape": (4,), }    ! '' ! floats
            {"descr": "<V2", "fortran_order": False, "shape": (4,), } ! '<V2' ! floats
            {"descr": [("x", "<f4")], "fortran_order": False, "shape": (2,), } ! descr ! header
            {"descr": "<f4", "shape": (2,), }                         ! fortran_order ! header
            {"descr": "<f4", "fortran_order": 0, "shape": (2,), }     ! fortran_order ! header
            {"descr": "<f4", "fortran_order": False, }                ! shape ! header
            {"descr": "<f4", "fortran_order": False, "shape": (-2,), }! shape ! header
            {"descr": "<f4", "fortran_order": False, "shape": [2], }  ! shape ! header
            {"descr": "<f4", "fortran_order": False, "shape": (1 2,), } ! '1 2' ! damaged
            {"descr": "<f4", "fortran_order": False, "shape": (3,), } ! takes 12 bytes ! has 8
            {"descr": "<f4", "fortran_order": False, "shape": (1,), } ! takes 4 bytes ! has 8
            {"descr": "<f8", "fortran_order": False, "shape": (2,), } ! takes 16 bytes ! has 8
            {"descr": "<f4", "fortran_order": False, "shape": (65536, 65536), } ! 65536 ! too large
            {"descr": "<f4", "fortran_order": False, "shape": (4294967296, 4294967296), } ! 4294967296 ! too large
            {"descr": "<f4", "fortran_order": False, "shape": (99999999999999999999999, ), } ! shape ! too large
            {"descr": "<f4", "fortran_order": False, "shape": (2147483647, ), } ! takes 8589934588 bytes ! has 8
            """)
    void otherArraysAreRefused(String header, String first, String second) {
        byte[] npy = NpzFile.array(1, header.replace('"', '\''), NpzFile.little(1f, 2f));
        BadInput.refused(() -> read(new NpzFile().stored("x.npy", npy).bytes()), NAME, "array x", first, second);
    }

    @Test
    void whatIsNoArrayIsRefused() {
        byte[] good = NpzFile.floats("(2,)", 1, 2);
        BadInput.refused(
                () -> read(entry("hello".getBytes(StandardCharsets.UTF_8))), NAME, "array x", "is not an npy array");
        BadInput.refused(() -> read(entry(new byte[0])), NAME, "array x", "is not an npy array");
        BadInput.refused(() -> read(entry(with(good, 6, 4))), NAME, "array x", "version 4");
        BadInput.refused(() -> read(entry(with(good, 6, 0))), NAME, "array x", "version 0");
        BadInput.refused(() -> read(entry(with(good, 9, 0xff))), NAME, "array x", "truncated in its header");
        byte[] second = NpzFile.array(2, "{'descr': '<f4'}", new byte[0]);
        BadInput.refused(() -> read(entry(with(second, 11, 0xff))), NAME, "array x", "truncated in its header");
        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            BadInput.refused(() -> read(entry(cut)), NAME, "array x");
        }
    }

    @Test
    void whatIsNoZipIsRefused() {
        for (String text : new String[] {"", "PK", "hello, this is text and no archive at all", "{}"}) {
            BadInput.refused(() -> read(text.getBytes(StandardCharsets.UTF_8)), NAME, "is not an npz file");
        }
        BadInput.refused(() -> read(new NpzFile().bytes()), NAME, "contains no arrays");
    }

    @Test
    void archivesCutOffWithinTheirArraysAreRefused() {
        byte[] stored = entry(NpzFile.floats("(2,)", 1, 2));
        // behind the array only the table of contents follows, which is not needed
        int end = 30 + "x.npy".length() + NpzFile.floats("(2,)", 1, 2).length;
        for (int length = 0; length < end; length++) {
            byte[] cut = Arrays.copyOf(stored, length);
            BadInput.refused(() -> read(cut), NAME);
        }
    }

    @Test
    void wrongChecksumsAreRefused() {
        byte[] file = entry(NpzFile.floats("(2,)", 1, 2));
        BadInput.refused(() -> read(with(file, 30 + "x.npy".length() + 130, 77)), NAME, "damaged npz");
    }

    @Test
    void twoArraysOfOneNameAreRefused() {
        byte[] array = NpzFile.floats("(1,)", 1);
        BadInput.refused(
                () -> read(
                        new NpzFile().stored("x.npy", array).stored("x", array).bytes()),
                NAME,
                "two arrays named x");
    }

    @Test
    void zipBombsAreRefusedBeforeTheyUnpack() {
        byte[] bomb = new NpzFile()
                .deflated(
                        "x.npy",
                        NpzFile.array(
                                1,
                                "{'descr': '<f4', 'fortran_order': False, 'shape': (20000000,), }",
                                new byte[80_000_000]))
                .bytes();
        assertThat(bomb).hasSizeLessThan(100_000);
        BadInput.refused(() -> read(bomb), NAME, "100000 bytes");
        NpzFile many = new NpzFile();
        for (int i = 0; i < 11; i++) {
            many.deflated("x" + i, NpzFile.floats("(2500,)", new float[2500]));
        }
        BadInput.refused(() -> read(many.bytes()), NAME, "100000 bytes");
    }

    @Test
    void hostileNamesStayOnOneLine() {
        BadInput.refused(
                () -> read(new NpzFile().stored("a\nb\u001b[2J", new byte[3]).bytes()), NAME, "is not an npy array");
    }

    private static byte[] entry(byte[] content) {
        return new NpzFile().stored("x.npy", content).bytes();
    }

    private static byte[] with(byte[] file, int position, int value) {
        byte[] copy = file.clone();
        copy[position] = (byte) value;
        return copy;
    }

    private static Map<String, WeightTensor> read(byte[] file) {
        return Npz.read(NAME, file, LIMIT);
    }

    private static WeightTensor tensor(Map<String, WeightTensor> read, String name) {
        WeightTensor tensor = read.get(name);
        assertThat(tensor).as(name).isNotNull();
        return tensor;
    }
}
