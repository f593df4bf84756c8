package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
    private static final String NAME = "weights.safetensors";

    private static final String TWO_TENSORS = """
            {"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[3],"data_offsets":[8,20]}}""";

    private static final float[] FIVE = {1, -2, 3.5f, Float.MIN_VALUE, Float.MAX_VALUE};

    @Test
    void readsWhatTheFormatDescribes() {
        Safetensors read = read(SafetensorsFile.of(TWO_TENSORS, FIVE));
        assertThat(read.tensors().keySet()).containsExactly("a", "b");
        assertThat(tensor(read, "a").shape()).containsExactly(2, 1);
        assertThat(tensor(read, "a").values()).containsExactly(1, -2);
        assertThat(tensor(read, "b").values()).containsExactly(3.5f, Float.MIN_VALUE, Float.MAX_VALUE);
        assertThat(read.metadata()).isEmpty();
    }

    @Test
    void theOrderOfTheHeaderNeedNotBeThatOfTheData() {
        Safetensors read = read(SafetensorsFile.of("""
                {"b":{"data_offsets":[8,20],"shape":[3],"dtype":"F32"},"__metadata__":{"k":"v"},
                 "none":{"dtype":"F32","shape":[0,7],"data_offsets":[8,8]},
                 "a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}\s\s""", FIVE));
        assertThat(tensor(read, "a").values()).containsExactly(1, -2);
        assertThat(tensor(read, "b").values()).containsExactly(3.5f, Float.MIN_VALUE, Float.MAX_VALUE);
        assertThat(tensor(read, "none").values()).isEmpty();
        assertThat(read.metadata()).containsExactly(Map.entry("k", "v"));
    }

    @Test
    void readsHalvesDoublesAndScalars() {
        ByteBuffer data = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        data.putDouble(0.1).putShort((short) 0x3c00).putShort((short) 0xbf80).putFloat(7);
        Safetensors read = read(SafetensorsFile.of("""
                {"d":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"h":{"dtype":"F16","shape":[1],"data_offsets":[8,10]},
                 "b":{"dtype":"BF16","shape":[1],"data_offsets":[10,12]},"s":{"dtype":"F32","shape":[],"data_offsets":[12,16]}}""", data.array()));
        assertThat(tensor(read, "d").values()).containsExactly(0.1f);
        assertThat(tensor(read, "h").values()).containsExactly(1);
        assertThat(tensor(read, "b").values()).containsExactly(-1);
        assertThat(tensor(read, "s").values()).containsExactly(7);
        assertThat(tensor(read, "s").shape()).isEmpty();
    }

    @Test
    void whatIsWrittenIsReadBackAndAligned() {
        Map<String, WeightTensor> tensors = new LinkedHashMap<>();
        tensors.put("3.weight", new WeightTensor(new long[] {2, 2}, new float[] {1, 2, 3, 4}));
        tensors.put("3.bias", new WeightTensor(new long[] {1}, new float[] {-0.0f}));
        Map<String, String> metadata = Map.of("z", "last \"quoted\" \n ümlaut 数", "a", "first");
        byte[] file = Safetensors.write(tensors, metadata);
        assertThat(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8)
                .as("data starts at a multiple of 8")
                .isZero();
        assertThat(Safetensors.write(tensors, metadata)).isEqualTo(file);
        Safetensors read = read(file);
        assertThat(read.metadata()).isEqualTo(metadata);
        assertThat(read.tensors().keySet()).containsExactly("3.weight", "3.bias");
        assertThat(tensor(read, "3.weight").shape()).containsExactly(2, 2);
        assertThat(tensor(read, "3.weight").values()).containsExactly(1, 2, 3, 4);
        assertThat(tensor(read, "3.bias").values()).containsExactly(-0.0f);
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] file = SafetensorsFile.of(TWO_TENSORS, FIVE);
        for (int length = 0; length < file.length; length++) {
            byte[] cut = Arrays.copyOf(file, length);
            BadInput.refused(() -> read(cut), NAME);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 100_000_001, 1L << 32, 200})
    void absurdHeaderLengthsAreRefused(long length) {
        byte[] header = "{}".getBytes(StandardCharsets.UTF_8);
        BadInput.refused(
                () -> read(SafetensorsFile.withLength(length, header, new byte[40])),
                NAME,
                "header",
                Long.toUnsignedString(length));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            hello                 | not JSON
            {"a":                 | not JSON
            {} {}                 | not JSON
            {'a': 1}              | not JSON
            [1,2]                 | not a JSON object
            12                    | not a JSON object
            null                  | not a JSON object
            {"a":1}               | tensor a
            {"a":null}            | tensor a
            {"a":[]}              | tensor a
            {"__metadata__":[1]}  | __metadata__
            {"__metadata__":{"k":1}} | __metadata__
            {"a":{"dtype":"F32","shape":[5],"data_offsets":[0,20]},"a":{"dtype":"F32","shape":[5],"data_offsets":[0,20]}} | uplicate
            {"a":{"dtype":"I64","shape":[5],"data_offsets":[0,20]}} | 'I64'
            {"a":{"dtype":"F8_E4M3","shape":[5],"data_offsets":[0,20]}} | 'F8_E4M3'
            {"a":{"dtype":5,"shape":[5],"data_offsets":[0,20]}} | tensor a
            {"a":{"dtype":"","shape":[5],"data_offsets":[0,20]}} | tensor a
            {"a":{"shape":[5],"data_offsets":[0,20]}} | tensor a
            {"a":{"dtype":"F32","data_offsets":[0,20]}} | shape
            {"a":{"dtype":"F32","shape":5,"data_offsets":[0,20]}} | shape
            {"a":{"dtype":"F32","shape":[-5],"data_offsets":[0,20]}} | shape has -5
            {"a":{"dtype":"F32","shape":[5.0],"data_offsets":[0,20]}} | shape has 5.0
            {"a":{"dtype":"F32","shape":["5"],"data_offsets":[0,20]}} | shape has "5"
            {"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,20]}} | shape has
            {"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,20]}} | too large
            {"a":{"dtype":"F32","shape":[65536,32769],"data_offsets":[0,20]}} | too large
            {"a":{"dtype":"F32","shape":[2147483647],"data_offsets":[0,20]}} | 8589934588
            {"a":{"dtype":"F32","shape":[6],"data_offsets":[0,20]}} | takes 24 bytes, but there are 20
            {"a":{"dtype":"F32","shape":[4],"data_offsets":[0,20]}} | takes 16 bytes, but there are 20
            {"a":{"dtype":"F16","shape":[5],"data_offsets":[0,20]}} | takes 10 bytes, but there are 20
            {"a":{"dtype":"F32","shape":[5]}} | data_offsets
            {"a":{"dtype":"F32","shape":[5],"data_offsets":[20]}} | data_offsets [20]
            {"a":{"dtype":"F32","shape":[5],"data_offsets":[0,20,20]}} | data_offsets [0, 20, 20]
            {"a":{"dtype":"F32","shape":[5],"data_offsets":[20,0]}} | data_offsets [20, 0]
            {"a":{"dtype":"F32","shape":[5],"data_offsets":[-20,0]}} | data_offsets has -20
            {"a":{"dtype":"F32","shape":[5],"data_offsets":[4,24]}} | data_offsets [4, 24] are outside the 20 bytes
            {"a":{"dtype":"F32","shape":[5],"data_offsets":[4294967296,4294967316]}} | outside
            {"a":{"dtype":"F32","shape":[5],"data_offsets":[9223372036854775787,9223372036854775807]}} | outside
            {"a":{"dtype":"F32","shape":[5],"data_offsets":[0,9223372036854775808]}} | data_offsets has 9223372036854775808
            {"a":{"dtype":"F32","shape":[4],"data_offsets":[4,20]}} | begins at 4, but the previous tensor ends at 0
            {"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}} | 20 bytes of data, but its tensors end at 16
            {"a":{"dtype":"F32","shape":[5],"data_offsets":[0,20]},"b":{"dtype":"F32","shape":[5],"data_offsets":[0,20]}} | tensor b
            {"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"b":{"dtype":"F32","shape":[3],"data_offsets":[8,20]}} | tensor b
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]}} | tensor b
            {} | its tensors end at 0
            {"a\\nb\\u001b[31m":{"dtype":"I8","shape":[5],"data_offsets":[0,20]}} | 'I8'
            {"a":{"dtype":"F\\r\\n32","shape":[5],"data_offsets":[0,20]}} | tensor a
            """)
    void damagedHeadersAreRefused(String header, String trouble) {
        BadInput.refused(() -> read(SafetensorsFile.of(header, FIVE)), NAME, trouble);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":", "{\"a\":{\"shape\":["})
    void deepNestingIsRefused(String opening) {
        BadInput.refused(() -> read(SafetensorsFile.of(opening.repeat(200_000), FIVE)), NAME, "not JSON");
    }

    @Test
    void endlessNamesAndNumbersAreRefused() {
        String digits = "9".repeat(5_000_000);
        BadInput.refused(
                () -> read(SafetensorsFile.of("{\"a\":{\"dtype\":\"F32\",\"shape\":[" + digits + "]}}", FIVE)), NAME);
        BadInput.refused(() -> read(SafetensorsFile.of("{\"" + digits + "\":1}", FIVE)), NAME);
        BadInput.refused(
                () -> read(SafetensorsFile.of("{\"a\":{\"dtype\":\"" + digits + "\"}}", FIVE)), NAME, "tensor a");
        BadInput.refused(
                () -> read(SafetensorsFile.of(
                        "{\"a\":{\"dtype\":\"F32\",\"shape\":[" + "1,".repeat(500_000) + "-1]}}", FIVE)),
                NAME);
        BadInput.refused(
                () -> read(SafetensorsFile.of(
                        "{\"a\":{\"dtype\":\"F32\",\"shape\":[" + "9,".repeat(500_000) + "1],\"data_offsets\":[0,20]}}",
                        FIVE)),
                NAME);
    }

    private static Safetensors read(byte[] file) {
        return Safetensors.read(NAME, file);
    }

    private static WeightTensor tensor(Safetensors read, String name) {
        WeightTensor tensor = read.tensors().get(name);
        assertThat(tensor).as(name).isNotNull();
        return tensor;
    }
}
