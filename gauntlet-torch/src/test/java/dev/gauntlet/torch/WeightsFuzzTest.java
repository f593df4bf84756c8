package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.model.InputSpec;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Damages small files at random: each is read, or refused in one line, and nothing else. */
class WeightsFuzzTest {
    private static final long SEED = 20_261_122;
    private static final int ROUNDS = 20_000;
    private static final String SYNTAX = "0123456789-[]{}(),:'\"\n\\ eE.";
    private static final Network NETWORK = Network.mlp(3, 2, 2);

    @Test
    void safetensors() {
        byte[] file = Safetensors.write(
                Samples.weights(NETWORK, 1), ModelMetadata.of(NETWORK, Optional.empty(), InputSpec.RAW));
        fuzz(file, "safetensors", damaged -> {
            Safetensors read = Safetensors.read("fuzz", damaged);
            Network network = ModelMetadata.network("fuzz", read.metadata()).orElse(NETWORK);
            ModelMetadata.training("fuzz", read.metadata());
            return WeightNames.match("fuzz", network, read.tensors(), WeightNames.FileOrder.OF_NAMES)
                    .weights();
        });
    }

    @Test
    void storedNpz() {
        NpzFile file = new NpzFile();
        Samples.weights(NETWORK, 1).forEach((name, tensor) -> file.stored(name + ".npy", npy(tensor)));
        fuzz(file.bytes(), "stored npz", WeightsFuzzTest::readNpz);
    }

    @Test
    void deflatedNpz() {
        NpzFile file = new NpzFile();
        Samples.weights(NETWORK, 1).forEach((name, tensor) -> file.deflated(name + ".npy", npy(tensor)));
        fuzz(file.bytes(), "deflated npz", WeightsFuzzTest::readNpz);
    }

    /** Damages the array rather than its archive, whose checksum would hide most of what follows. */
    @Test
    void npy() {
        byte[] array = NpzFile.floats("(2, 3)", 1, 2, 3, 4, 5, 6);
        fuzz(
                array,
                "npy",
                damaged ->
                        Npz.read("fuzz", new NpzFile().stored("a.npy", damaged).bytes(), 10_000));
    }

    private static Map<String, WeightTensor> readNpz(byte[] damaged) {
        return WeightNames.match("fuzz", NETWORK, Npz.read("fuzz", damaged, 100_000), WeightNames.FileOrder.OF_LAYERS)
                .weights();
    }

    private static void fuzz(byte[] file, String kind, Function<byte[], Map<String, WeightTensor>> reader) {
        assertThat(reader.apply(file)).isNotEmpty();
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] damaged =
                    damage(file, RandomKey.of(SEED).with(kind).with(round).generator());
            try {
                assertThat(reader.apply(damaged)).isNotEmpty();
            } catch (GauntletException e) {
                refused++;
                assertThat(e.getMessage())
                        .as("%s, seed %d, round %d", kind, SEED, round)
                        .contains("fuzz")
                        .hasSizeBetween(10, 1000)
                        .doesNotContainPattern("[\\p{Cntrl}\\u2028\\u2029]");
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
                throw new AssertionError("%s, seed %d, round %d".formatted(kind, SEED, round), e);
            }
        }
        assertThat(refused)
                .as("%s, seed %d: most damage is noticed", kind, SEED)
                .isBetween(ROUNDS / 10, ROUNDS);
    }

    private static byte[] damage(byte[] file, SplittableRandom random) {
        byte[] damaged = file.clone();
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            // the beginning, which holds the structure, is the more interesting half
            int position = random.nextInt(random.nextBoolean() ? damaged.length : (damaged.length + 1) / 2);
            switch (random.nextInt(6)) {
                case 0 -> damaged[position] ^= (byte) (1 << random.nextInt(8));
                case 1 -> damaged[position] = (byte) random.nextInt(256);
                case 2 -> damaged[position] = (byte) SYNTAX.charAt(random.nextInt(SYNTAX.length()));
                case 3 -> damaged[position] = (byte) (random.nextBoolean() ? 0xff : 0x7f);
                case 4 -> {
                    int length = Math.min(8, damaged.length - position);
                    int from = random.nextInt(damaged.length - length + 1);
                    System.arraycopy(damaged.clone(), from, damaged, position, length);
                }
                default -> damaged = Arrays.copyOf(damaged, Math.max(1, position));
            }
        }
        return damaged;
    }

    private static byte[] npy(WeightTensor tensor) {
        return NpzFile.floats(Arrays.toString(tensor.shape()).replace('[', '(').replace("]", ",)"), tensor.values());
    }
}
