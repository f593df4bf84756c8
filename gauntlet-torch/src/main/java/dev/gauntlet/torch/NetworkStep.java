package dev.gauntlet.torch;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.torch.objective.TrainingStep;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** A step of a training with libtorch; what it computes is freed by the enclosing scope. */
final class NetworkStep implements TrainingStep, ForwardPass.Mode {
    /** The share of the running statistics that a step replaces, as in PyTorch. */
    private static final double MOMENTUM = 0.1;

    private final Network network;
    private final LiveNetwork model;
    private final List<Tensor> parameters;
    private final List<Tensor> statistics;
    private final Batch clean;
    private final double progress;
    private final RandomKey randomness;
    private final RandomKey dropout;
    private final List<LivePass> passes = new ArrayList<>();

    NetworkStep(
            Network network,
            LiveNetwork model,
            LiveWeights weights,
            Batch clean,
            double progress,
            RandomKey randomness,
            RandomKey dropout) {
        this.network = network;
        this.model = model;
        this.parameters = weights.parameters();
        this.statistics = weights.statistics();
        this.clean = clean;
        this.progress = progress;
        this.randomness = randomness;
        this.dropout = dropout;
    }

    @Override
    public Batch clean() {
        return clean;
    }

    @Override
    public double progress() {
        return progress;
    }

    @Override
    public RandomKey randomness(int row) {
        return randomness.with(clean.ids()[row]);
    }

    @Override
    public DifferentiableClassifier model() {
        return model;
    }

    @Override
    public Pass forward(float[] pixels) {
        return pass(ForwardPass.compute(network, input(pixels), parameters, this));
    }

    @Override
    public Pass worstLogits(float[] lower, float[] upper, double linearShare) {
        Tensor indices = IntervalPass.indices(clean.labels());
        return pass(
                IntervalPass.worstLogits(network, input(lower), input(upper), indices, parameters, this, linearShare));
    }

    /** Returns the gradients of the parameters for all passes with a derivative, and forgets these passes. */
    TensorVector gradients() {
        TensorVector outputs = new TensorVector();
        TensorVector derivatives = new TensorVector();
        for (LivePass pass : passes) {
            if (pass.derivative != null) {
                outputs.push_back(pass.output);
                derivatives.push_back(torch.from_blob(
                        Libtorch.copy(pass.derivative, 0, pass.derivative.length),
                        new long[] {clean.size(), network.classes()}));
            }
        }
        passes.clear();
        return Libtorch.gradients(outputs, derivatives, new TensorVector(parameters.toArray(Tensor[]::new)));
    }

    private Tensor input(float[] pixels) {
        return model.given(torch.from_blob(Libtorch.copy(pixels, 0, pixels.length), new long[] {
            clean.size(),
            network.input().channels(),
            network.input().height(),
            network.input().width()
        }));
    }

    private Pass pass(Tensor output) {
        LivePass pass = new LivePass(output, network.classes(), clean.size());
        passes.add(pass);
        return pass;
    }

    @Override
    public Tensor drop(Layer.Dropout layer, int index, Tensor input) {
        return input.mul(mask(layer, dropout.with(index), input));
    }

    /** Normalizes with the mean and the variance of the batch, and lets the running ones follow. */
    @Override
    public Tensor normalize(Layer.BatchNorm layer, int position, Tensor input, Tensor weight, Tensor bias) {
        int statistic = 0;
        List<Network.Weighted> weighted = network.weighted();
        for (int i = 0; 2 * i < position; i++) {
            statistic += weighted.get(i).layer() instanceof Layer.BatchNorm ? 2 : 0;
        }
        // a single number has no variance
        boolean single = input.numel() == input.size(1);
        return torch.batch_norm(
                input,
                new TensorOptional(weight),
                new TensorOptional(bias),
                new TensorOptional(statistics.get(statistic)),
                new TensorOptional(statistics.get(statistic + 1)),
                !single,
                MOMENTUM,
                layer.epsilon(),
                false);
    }

    /** Draws which values are kept, and scales them so that the expected value stays the same. */
    private static Tensor mask(Layer.Dropout layer, RandomKey key, Tensor input) {
        long examples = input.size(0);
        long channels = input.size(1);
        long[] shape =
                layer.wholeChannels() && input.dim() == 4 ? new long[] {examples, channels, 1, 1} : shapeOf(input);
        int count = Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b));
        SplittableRandom random = key.generator();
        float kept = (float) (1 / (1 - layer.probability()));
        float[] factors = new float[count];
        for (int i = 0; i < count; i++) {
            factors[i] = random.nextDouble() < layer.probability() ? 0 : kept;
        }
        return torch.from_blob(Libtorch.copy(factors, 0, count), shape);
    }

    private static long[] shapeOf(Tensor tensor) {
        long[] shape = new long[Math.toIntExact(tensor.dim())];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = tensor.size(i);
        }
        return shape;
    }

    /** The logits of one pass, and what is to be propagated back through it. */
    private static final class LivePass implements Pass {
        private final Tensor output;
        private final Logits logits;
        private float @Nullable [] derivative;

        LivePass(Tensor output, int classes, int examples) {
            this.output = output;
            float[] values = new float[examples * classes];
            Libtorch.copy(output, values, 0);
            this.logits = new Logits(classes, values);
        }

        @Override
        public Logits logits() {
            return logits;
        }

        @Override
        public void descend(float[] added) {
            if (derivative == null) {
                derivative = added;
                return;
            }
            float[] sum = derivative.clone();
            for (int i = 0; i < sum.length; i++) {
                sum[i] += added[i];
            }
            derivative = sum;
        }
    }
}
