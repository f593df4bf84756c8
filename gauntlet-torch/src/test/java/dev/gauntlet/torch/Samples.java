package dev.gauntlet.torch;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.InMemoryDataset;
import dev.gauntlet.model.InputSpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Random networks, batches and data sets, the same for the same seed. */
final class Samples {
    private Samples() {}

    static Network network(ImageShape input, String description) {
        return Network.describedBy("sample", input, description);
    }

    /** Weights around 0, of the size that keeps values between layers near 1. */
    static Map<String, WeightTensor> weights(Network network, long seed) {
        Map<String, WeightTensor> weights = new LinkedHashMap<>();
        SplittableRandom random = RandomKey.of(seed).with("weights").generator();
        List<String> names = WeightNames.of(network);
        for (int i = 0; i < names.size(); i++) {
            Layer.WeightShape shape = network.weights().get(i);
            double size = Math.sqrt(6.0 / shape.fanIn());
            weights.put(names.get(i) + ".weight", tensor(shape.weight(), size, random));
            weights.put(names.get(i) + ".bias", tensor(shape.bias(), 0.3, random));
        }
        return weights;
    }

    static NetworkClassifier classifier(Network network, Map<String, WeightTensor> weights) {
        return new NetworkClassifier(
                network, weights, Optional.empty(), Optional.empty(), Optional.empty(), InputSpec.RAW, List.of());
    }

    static NetworkClassifier classifier(Network network, long seed) {
        return classifier(network, weights(network, seed));
    }

    static Batch batch(ImageShape shape, int classes, int examples, long seed) {
        SplittableRandom random = RandomKey.of(seed).with("batch").generator();
        float[] pixels = new float[examples * shape.size()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextDouble();
        }
        int[] labels =
                IntStream.range(0, examples).map(i -> random.nextInt(classes)).toArray();
        return new Batch(shape, IntStream.range(0, examples).toArray(), labels, pixels);
    }

    static Batch slice(Batch batch, int first, int end) {
        int length = batch.shape().size();
        return new Batch(
                batch.shape(),
                Arrays.copyOfRange(batch.ids(), first, end),
                Arrays.copyOfRange(batch.labels(), first, end),
                Arrays.copyOfRange(batch.pixels(), first * length, end * length));
    }

    /** Images with a bright bar whose place tells the class, over faint noise: no two classes are ever alike. */
    static Dataset bars(ImageShape shape, int classes, int size, long seed) {
        SplittableRandom random = RandomKey.of(seed).with("bars").generator();
        byte[] labels = new byte[size];
        byte[] pixels = new byte[size * shape.size()];
        int band = shape.size() / classes;
        for (int i = 0; i < size; i++) {
            labels[i] = (byte) (i % classes);
            for (int p = 0; p < shape.size(); p++) {
                int bright = p / band == labels[i] ? 150 : 0;
                pixels[i * shape.size() + p] = (byte) (bright + random.nextInt(100));
            }
        }
        return dataset(shape, classes, labels, pixels);
    }

    static Dataset dataset(ImageShape shape, int classes, byte[] labels, byte[] pixels) {
        return new InMemoryDataset(
                new DataOrigin("bars", "sample", "built in", Map.of("b", "2", "a", "1"), Optional.of("A test.")),
                shape,
                IntStream.range(0, classes).mapToObj(k -> "class " + k).toList(),
                labels,
                pixels);
    }

    /** Numbers between -1 and 1. */
    static WeightTensor tensor(long seed, long... shape) {
        return tensor(shape, 1, RandomKey.of(seed).with("tensor").generator());
    }

    private static WeightTensor tensor(long[] shape, double size, SplittableRandom random) {
        float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-size, size);
        }
        return new WeightTensor(shape, values);
    }
}
