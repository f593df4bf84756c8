package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.DifferentiableClassifier;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The files of this test hold a layer of four inputs and three outputs as {@code torch.save} of PyTorch 1.13 wrote it: the
 * weights column by column, the biases from the second number of their storage on, and a counter that is no weight.
 */
class StateDictTest {
    private static final long LIMIT = 1 << 20;

    @TempDir
    private Path folder;

    private Map<String, WeightTensor> read(String name, byte[] content) throws IOException {
        return StateDict.open(file(name, content)).read(LIMIT);
    }

    private Path file(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = StateDictTest.class.getResourceAsStream(name)) {
            assertThat(in).as(name).isNotNull();
            return in.readAllBytes();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zip.pt", "legacy.pt", "checkpoint.pt"})
    void tensorsAreRead(String name) throws IOException {
        byte[] content = resource(name);

        assertThat(FileKind.of(file(name, content))).isEqualTo(FileKind.STATE_DICTIONARY);
        Map<String, WeightTensor> tensors = read(name, content);

        assertThat(tensors).containsOnlyKeys("0.weight", "0.bias");
        assertThat(tensors.get("0.weight").shape()).containsExactly(3, 4);
        assertThat(tensors.get("0.weight").values()).containsExactly(1, 2, 3, 4, 0, -1, 0, 1, -2, 0, 0.5f, 0);
        assertThat(tensors.get("0.bias").values()).containsExactly(0.5f, 0, -1);
    }

    @Test
    void modelOfAStateDictionaryComputes() throws IOException {
        Path file = Files.write(folder.resolve("model.pt"), resource("zip.pt"));
        Network network = Network.parse("mlp:4-3");
        Batch batch = new Batch(new ImageShape(1, 2, 2), new int[1], new int[1], new float[] {0.25f, 0.5f, 0.75f, 1});
        try (DifferentiableClassifier model = Models.load(file, Optional.of(network))) {
            assertThat(model.logits(batch).values()).containsExactly(8, 0.5f, -1.125f);
        }
        assertThatThrownBy(() -> Models.load(file))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("contains only weights and no architecture");
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.pt", "evil-legacy.pt"})
    void pickleThatNamesAFunctionIsRefusedAndNotRun(String name) throws IOException {
        byte[] file = resource(name);

        assertThatThrownBy(() -> read(name, file))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("contains a pickle that names 'posix system'")
                .hasMessageContaining("no code was run");
        assertThat(Path.of("/tmp/pwned")).doesNotExist();
    }

    private static byte[] pickle(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            out.write(text.charAt(i));
        }
        return out.toByteArray();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            'c__builtin__\\neval\\n.'        | names '__builtin__ eval'
            '\\u008c\\u0002os\\u008c\\u0006system\\u0093.' | names 'os system'
            'i__builtin__\\neval\\n.'        | with the instruction 0x69
            'Pid\\n.'                        | with the instruction 0x50
            ')\\u0082'                       | with the instruction 0x82
            '.'                              | damaged
            '('                              | damaged
            'h\\u0001.'                      | damaged
            '(.'                             | damaged
            'X\\u00ff\\u00ff\\u00ff\\u007fab.' | damaged
            'N(d'                            | with the instruction 0x64
            '}(Ne.'                          | damaged
            '](NNu.'                         | damaged
            'C\\u0005ab.'                     | damaged
            'B\\u00ff\\u00ff\\u00ff\\u007fab.' | damaged
            '\\u008b\\u00ff\\u00ff\\u00ff\\u00ffab.' | damaged
            '](K\\u0001\\u0090.'               | damaged
            'K\\u0001)R.'                    | calls an object that is not a function
            ']}b.'                           | builds an object
            """)
    void hostilePickleEndsInOneLine(String text, String reason) {
        ByteBuffer bytes = ByteBuffer.wrap(pickle(unescaped(text)));

        assertThatThrownBy(() -> Pickle.read("evil.pt", bytes))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(reason)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    /** Reads backslash-n and backslash-u, which a table cannot hold. */
    private static String unescaped(String text) {
        StringBuilder plain = new StringBuilder();
        int i = 0;
        while (i < text.length()) {
            if (text.startsWith("\\u", i)) {
                plain.append((char) Integer.parseInt(text.substring(i + 2, i + 6), 16));
                i += 6;
            } else if (text.startsWith("\\n", i)) {
                plain.append('\n');
                i += 2;
            } else {
                plain.append(text.charAt(i));
                i++;
            }
        }
        return plain.toString();
    }

    @Test
    void listThatHoldsItselfIsNoTrouble() {
        byte[] cyclic = pickle("]q\u0000h\u0000a.");

        assertThat(Pickle.read("cyclic.pt", ByteBuffer.wrap(cyclic))).isInstanceOf(List.class);
        assertThatThrownBy(() -> read(
                        "cyclic.pt", new NpzFile().stored("m/data.pkl", cyclic).bytes()))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("contains no dictionary of tensors");
    }

    /** A tuple of twice a tuple of twice a tuple: small in memory, endless as text. */
    private static String doubledWithoutEnd() {
        return ")" + "2\u0086".repeat(60);
    }

    @ParameterizedTest
    @ValueSource(strings = {"%s.", "\u008c\u0002os%s\u0093.", "%s\u008c\u0006system\u0093."})
    @Timeout(10)
    void whatIsEndlessAsTextIsNeverWritten(String pickle) {
        byte[] file = pickle("\u0080\u0004" + pickle.formatted(doubledWithoutEnd()));

        assertThatThrownBy(() -> read("endless.pt", file))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("endless.pt")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
    }

    @Test
    void pickleThatRemembersWithoutEndIsRefused() {
        byte[] file = pickle("\u0080\u0004}" + "\u0094".repeat(1_000_001) + ".");

        assertThatThrownBy(() -> Pickle.read("endless.pt", ByteBuffer.wrap(file)))
                .isInstanceOf(GauntletException.class)
                .hasMessage("endless.pt contains a pickle that exhausts the memory.");
    }

    @Test
    void checkpointWithWhatTheOptimizerRemembersIsRead() throws IOException {
        // as {"state_dict": {"0.weight", "0.bias"}, "optimizer": {"state": {0: {"exp_avg": ...}}}, "epoch": 3}
        byte[] file = resource("legacy-checkpoint.pt");

        assertThat(read("legacy-checkpoint.pt", file)).containsOnlyKeys("0.weight", "0.bias");
    }

    /** A dictionary with one tensor whose numbers the test chooses. */
    private static byte[] tensor(String offset, String sides, String strides, String count) {
        return pickle("\u0080\u0002}X\u0001\u0000\u0000\u0000wctorch._utils\n_rebuild_tensor_v2\n(("
                + "X\u0007\u0000\u0000\u0000storagectorch\nFloatStorage\nX\u0001\u0000\u0000\u00000X\u0003\u0000\u0000\u0000cpu"
                + count + "tQ" + offset + sides + strides + "\u0089}tRs.");
    }

    private static final String HUGE = "\u008a\u0008\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f";

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
    void tensorOutsideItsStorageIsRefused(int number) {
        String one = "K\u0001";
        String two = "K\u0002";
        byte[][] hostile = {
            tensor(one, two + "\u0085", one + "\u0085", two),
            tensor("K\u0000", HUGE + HUGE + "\u0086", one + one + "\u0086", two),
            tensor("K\u0000", two + "\u0085", HUGE + "\u0085", two),
            tensor(HUGE, two + "\u0085", one + "\u0085", two),
            tensor("K\u0000", two + "\u0085", one + "\u0085", HUGE),
            tensor("K\u0000", "J\u00ff\u00ff\u00ff\u00ff\u0085", one + "\u0085", two),
            tensor("K\u0000", "J\u0000\u0000\u0000\u0010\u0085", "K\u0000\u0085", two)
        };
        byte[] file = new NpzFile()
                .stored("m/data.pkl", hostile[number])
                .stored("m/data/0", new byte[8])
                .bytes();

        assertThatThrownBy(() -> read("evil.pt", file))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("evil.pt: tensor w");
    }

    @Test
    void zipBombIsRefused() {
        byte[] file = new NpzFile()
                .stored(
                        "m/data.pkl",
                        tensor(
                                "K\u0000",
                                "J\u0000\u0000\u0008\u0000\u0085",
                                "K\u0001\u0085",
                                "J\u0000\u0000\u0008\u0000"))
                .deflated("m/data/0", new byte[(int) LIMIT * 2])
                .bytes();

        assertThatThrownBy(() -> read("bomb.pt", file))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("unpacks to more than 1048576 bytes");
    }

    @Test
    void anotherPickleIsRefused() {
        byte[] file = pickle("\u0080\u0002}.");

        assertThatThrownBy(() -> read("other.pt", file))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("is a pickle, but not one of PyTorch");
    }

    @ParameterizedTest
    @ValueSource(strings = {"zip.pt", "legacy.pt"})
    void damagedFilesAreRefusedOrRead(String name) throws IOException {
        byte[] whole = resource(name);
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        int refused = 0;
        for (int trial = 0; trial < 3000; trial++) {
            byte[] damaged = Arrays.copyOf(whole, trial % 3 == 0 ? 1 + random.nextInt(whole.length - 1) : whole.length);
            for (int i = 0; i < 3; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try {
                read(name, damaged);
            } catch (GauntletException e) {
                refused++;
            } catch (RuntimeException e) {
                throw new AssertionError("seed %d, trial %d".formatted(seed, trial), e);
            }
        }
        assertThat(refused).as("seed %d", seed).isPositive();
    }

    @Test
    void torchScriptIsNone() throws IOException {
        byte[] script = new NpzFile()
                .stored("m/data.pkl", pickle("}."))
                .stored("m/code/__torch__.py", "x".getBytes(StandardCharsets.UTF_8))
                .bytes();

        assertThat(FileKind.of(file("script.pt", script))).isEqualTo(FileKind.TORCH_SCRIPT);
        Path cut = file("cut.pt", Arrays.copyOf(script, script.length / 2));
        assertThatThrownBy(() -> Models.load(cut, Optional.of(Network.parse("mlp:4-3"))))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("cut.pt is damaged, or cannot be read");
    }
}
