package dev.gauntlet.torch;

import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.OutputKind;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.bytedeco.pytorch.Tensor;

/** A network whose weights change while it is trained; it does not close them. */
final class LiveNetwork extends TorchClassifier {
    private final Network network;
    private final List<Tensor> parameters;
    private final ModelCard card;

    LiveNetwork(Network network, List<Tensor> parameters, InputSpec contract) {
        super(NetworkClassifier.sliceSize(network), contract, Layout.NCHW, OutputKind.LOGITS, network.classes());
        this.network = network;
        this.parameters = parameters;
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
        return ForwardPass.compute(network, x, parameters, ForwardPass.DropoutRule.OFF);
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
