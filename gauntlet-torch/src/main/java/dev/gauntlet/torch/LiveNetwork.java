package dev.gauntlet.torch;

import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.OutputKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** A network whose weights change while it is trained; it does not close them. */
final class LiveNetwork extends TorchClassifier {
    private final Network network;
    private final List<Tensor> parameters;
    private final List<Tensor> statistics;
    private final ModelCard card;

    LiveNetwork(Network network, LiveWeights weights, InputSpec contract) {
        super(NetworkClassifier.sliceSize(network), contract, Layout.NCHW, OutputKind.LOGITS, network.classes());
        this.network = network;
        this.parameters = weights.parameters();
        this.statistics = weights.statistics();
        this.card = new ModelCard(
                network.name(),
                network.description(),
                OptionalLong.of(network.parameters()),
                Optional.empty(),
                Optional.empty(),
                Libtorch.version(),
                Optional.empty(),
                contract,
                List.of(),
                List.of());
    }

    @Override
    public ModelCard card() {
        return card;
    }

    @Override
    protected Tensor forward(Tensor x) {
        return ForwardPass.compute(
                network, x, statistics.isEmpty() ? parameters : withStatistics(), ForwardPass.Mode.INFERENCE);
    }

    /** Makes the running means and variances part of the weights of batch normalizations. */
    private List<Tensor> withStatistics() {
        List<Tensor> tensors = new ArrayList<>(parameters);
        List<Network.Weighted> weighted = network.weighted();
        int statistic = 0;
        for (int i = 0; i < weighted.size(); i++) {
            if (weighted.get(i).layer() instanceof Layer.BatchNorm norm) {
                Tensor deviation = statistics
                        .get(statistic + 1)
                        .add(new Scalar(norm.epsilon()))
                        .sqrt();
                Tensor scale = parameters.get(2 * i).div(deviation);
                tensors.set(2 * i, scale);
                tensors.set(
                        2 * i + 1,
                        parameters.get(2 * i + 1).sub(statistics.get(statistic).mul(scale)));
                statistic += 2;
            }
        }
        return tensors;
    }

    @Override
    protected void requireFit(ImageShape shape) {
        // the trainer has checked the data
    }

    @Override
    protected void release() {
        // the weights belong to the training
    }
}
