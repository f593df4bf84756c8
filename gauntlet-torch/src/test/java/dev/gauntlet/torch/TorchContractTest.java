package dev.gauntlet.torch;

import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.testkit.ClassifierContract;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** What libtorch computes keeps the contract of all engines. */
class TorchContractTest {
    private static final ImageShape SHAPE = new ImageShape(2, 5, 4);
    private static final int CLASSES = 3;
    private static final Network CONVOLUTIONAL =
            Samples.network(SHAPE, "conv 6 k3 p1, relu, pool 2, flatten, linear 8, relu, linear 3");
    private static final Map<String, WeightTensor> WEIGHTS = Samples.weights(CONVOLUTIONAL, 5);

    /** Models that all take the same images. */
    private abstract static class Contract extends ClassifierContract {
        @Override
        protected ImageShape shape() {
            return SHAPE;
        }

        @Override
        protected int classes() {
            return CLASSES;
        }
    }

    @Nested
    class ConvolutionalNetwork extends Contract {
        @Override
        protected Classifier open(InputSpec contract) {
            return new NetworkClassifier(
                    CONVOLUTIONAL, WEIGHTS, Optional.empty(), Optional.empty(), Optional.empty(), contract, List.of());
        }
    }

    @Nested
    class DenseNetwork extends Contract {
        private static final Network DENSE = Samples.network(SHAPE, "flatten, linear 12, relu, linear 3");
        private static final Map<String, WeightTensor> OF_DENSE = Samples.weights(DENSE, 6);

        @Override
        protected Classifier open(InputSpec contract) {
            return new NetworkClassifier(
                    DENSE, OF_DENSE, Optional.empty(), Optional.empty(), Optional.empty(), contract, List.of());
        }
    }

    @Nested
    class TorchScript extends Contract {
        @TempDir
        private Path folder;

        @Override
        protected Classifier open(InputSpec contract) {
            return script(folder, contract, "return torch.linear(x.flatten(1), self.weight)");
        }
    }

    @Nested
    class TorchScriptThatGivesClassesOnly extends Contract {
        @TempDir
        private Path folder;

        @Override
        protected Classifier open(InputSpec contract) {
            return script(folder, contract, "return torch.linear(x.flatten(1), self.weight).argmax(1)");
        }
    }

    private static Classifier script(Path folder, InputSpec contract, String forward) {
        Map<String, WeightTensor> weights = Map.of("weight", Samples.tensor(7, CLASSES, SHAPE.size()));
        Path file = Scripts.write(folder.resolve("m.pt"), weights, forward);
        return Models.load(file, Optional.empty(), contract, Optional.of(Samples.batch(SHAPE, CLASSES, 4, 9)), CLASSES);
    }
}
