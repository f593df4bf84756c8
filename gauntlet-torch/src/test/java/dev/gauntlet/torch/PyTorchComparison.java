package dev.gauntlet.torch;

import dev.gauntlet.data.Batch;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.DatasetLoader;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.loss.Float32CrossEntropy;
import dev.gauntlet.model.Logits;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Compares the loss that is rounded as PyTorch's with PyTorch's own, in a process of its own: libtorch chooses its vector
 * code when it is loaded, by {@code ATEN_CPU_CAPABILITY}.
 */
public final class PyTorchComparison {
    private static final int ROWS = 3000;

    /** Enough for networks that are right more often than not, and that FGSM makes wrong. */
    private static final int TRAIN = 12_000;

    private static final int TEST = 3000;

    /** The sum of a loss over a batch, in libtorch's numbers. */
    private static final long SUM = 2;

    private PyTorchComparison() {}

    /**
     * Prints a line for each comparison.
     *
     * @param arguments what to compare: {@code derivatives}; {@code networks} on all digits or {@code sample} on some, and the cache
     *     for the digits
     */
    public static void main(String[] arguments) {
        Libtorch.load();
        String capability = torch.get_cpu_capability().getString();
        System.out.println("capability " + capability);
        Float32CrossEntropy loss = new Float32CrossEntropy(
                capability.equals("AVX512")
                        ? Float32CrossEntropy.Registers.AVX512
                        : Float32CrossEntropy.Registers.AVX2);
        if (arguments[0].equals("derivatives")) {
            for (int classes : new int[] {2, 3, 7, 8, 9, 10, 15, 16, 17, 24, 31, 100, 1000}) {
                for (double scale : new double[] {1, 5, 30}) {
                    System.out.printf(
                            "%d classes, scale %s: %d rows differ%n",
                            classes, scale, differences(loss, classes, scale));
                }
            }
        } else {
            TrainTest digits = DatasetLoader.of(Map.of("XDG_CACHE_HOME", arguments[1]))
                    .withoutDownloads()
                    .load(NamedDataset.DIGITS);
            for (String network :
                    new String[] {"mlp:784-64-10", "conv 8 k5, relu, pool 2, flatten, linear 10", "flatten, linear 10"
                    }) {
                if (arguments[0].equals("networks")) {
                    compare(loss, network, digits.train(), digits.test());
                } else {
                    compare(loss, network, new First(digits.train(), TRAIN), new First(digits.test(), TEST));
                }
            }
        }
    }

    private static int differences(Float32CrossEntropy loss, int classes, double scale) {
        SplittableRandom random = new SplittableRandom(classes);
        float[] logits = new float[ROWS * classes];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) (scale * random.nextGaussian());
        }
        int[] labels =
                IntStream.range(0, ROWS).map(row -> random.nextInt(classes)).toArray();
        float[] theirs = new float[logits.length];
        try (PointerScope scope = new PointerScope()) {
            Tensor z = torch.from_blob(Libtorch.copy(logits, 0, logits.length), ROWS, classes)
                    .clone()
                    .set_requires_grad(true);
            Tensor gradient = Libtorch.gradients(theirLoss(z, labels), torch.ones(), new TensorVector(z))
                    .get(0);
            Libtorch.copy(gradient, theirs, 0);
        }
        float[] ours = new float[logits.length];
        int different = 0;
        for (int row = 0; row < ROWS; row++) {
            loss.valueAndDerivative(logits, row * classes, classes, labels[row], ours);
            boolean same = true;
            for (int k = row * classes; k < (row + 1) * classes; k++) {
                same &= ours[k] == theirs[k];
            }
            different += same ? 0 : 1;
        }
        return different;
    }

    /** Trains a network, attacks it with FGSM by both derivatives and prints how many images each leaves right. */
    private static void compare(Float32CrossEntropy loss, String network, Dataset train, Dataset test) {
        try (NetworkClassifier model =
                new Trainer(1, 128, 0.001, 0).train(Network.parse(network), train, test, TrainingListener.NONE)) {
            for (double epsilon : new double[] {0.05, 0.1, 0.2}) {
                int ours = 0;
                int theirs = 0;
                int different = 0;
                for (int first = 0; first < test.size(); first += 1000) {
                    Batch batch = test.batch(IntStream.range(first, Math.min(first + 1000, test.size()))
                            .toArray());
                    Logits own =
                            attacked(model, batch, model.gradient(batch, loss).pixels(), epsilon);
                    Logits other = attacked(model, batch, gradient(model, batch), epsilon);
                    for (int row = 0; row < batch.size(); row++) {
                        ours += own.prediction(row) == batch.labels()[row] ? 1 : 0;
                        theirs += other.prediction(row) == batch.labels()[row] ? 1 : 0;
                        different += own.prediction(row) == other.prediction(row) ? 0 : 1;
                    }
                }
                System.out.printf(
                        "%s at %s: %d, PyTorch %d, predictions that differ: %d%n",
                        network, epsilon, ours, theirs, different);
            }
        }
    }

    private static Logits attacked(NetworkClassifier model, Batch batch, float[] gradient, double epsilon) {
        float[] x = batch.pixels().clone();
        for (int i = 0; i < x.length; i++) {
            x[i] = Math.max(0, Math.min(1, x[i] + (float) epsilon * Math.signum(gradient[i])));
        }
        return model.logits(batch.withPixels(x));
    }

    /** Lets libtorch differentiate its own loss all the way down to the pixels. */
    private static float[] gradient(NetworkClassifier model, Batch batch) {
        float[] pixels = new float[batch.pixels().length];
        try (PointerScope scope = new PointerScope()) {
            // one channel: the strides of channels-last, as the engine has them
            long[] sizes = {
                batch.size(), 1, batch.shape().height(), batch.shape().width()
            };
            Tensor x = torch.from_blob(
                            Libtorch.copy(batch.pixels(), 0, batch.pixels().length),
                            sizes,
                            batch.shape().size(),
                            1,
                            batch.shape().width(),
                            1)
                    .set_requires_grad(true);
            Tensor gradient = Libtorch.gradients(
                            theirLoss(model.forward(x), batch.labels()), torch.ones(), new TensorVector(x))
                    .get(0);
            Libtorch.copy(gradient, pixels, 0);
        }
        return pixels;
    }

    private static Tensor theirLoss(Tensor logits, int[] labels) {
        long[] numbers = IntStream.of(labels).asLongStream().toArray();
        Tensor target = torch.from_blob(
                new LongPointer(numbers), new long[] {numbers.length}, new TensorOptions(torch.ScalarType.Long));
        return torch.cross_entropy_loss(logits, target, new TensorOptional(), SUM, -100, 0);
    }

    private record First(Dataset all, int size) implements Dataset {
        @Override
        public DataOrigin origin() {
            return all.origin();
        }

        @Override
        public ImageShape shape() {
            return all.shape();
        }

        @Override
        public List<String> classes() {
            return all.classes();
        }

        @Override
        public int label(int id) {
            return all.label(id);
        }

        @Override
        public void copyPixels(int id, float[] target, int offset) {
            all.copyPixels(id, target, offset);
        }
    }
}
