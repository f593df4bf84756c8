package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.ModelContract;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GraphOptimizerEnabledGuard;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A model exported from PyTorch as TorchScript, traced or scripted, in evaluation mode.
 *
 * <p>It takes a tensor of shape examples, channels, height, width in raw units of [0,1] and gives one row of logits per
 * example. A TorchScript file is a program: load only files you trust.
 */
final class ScriptClassifier extends TorchClassifier {
    private static final int SLICE = 250;

    private final JitModule module;
    private final ModelCard card;

    ScriptClassifier(Path file, String sha256, ModelContract contract) {
        super(SLICE, contract, contract.layout().orElse(Layout.NCHW));
        this.module = Libtorch.call(
                "%s is no TorchScript file that libtorch can load".formatted(file), () -> torch.load(file.toString()));
        module.eval();
        this.card = new ModelCard(
                String.valueOf(file.getFileName()),
                "TorchScript",
                parameters(module),
                sha256,
                Optional.of(file.toString()),
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
        IValue output;
        // the interpreter rewrites what it has run once, and then the last bits of a gradient depend on who came first
        try (GraphOptimizerEnabledGuard plain = new GraphOptimizerEnabledGuard(false)) {
            output = module.forward(new IValueVector(new IValue(x)));
        }
        if (!output.isTensor()) {
            throw new GauntletException(
                    "The model %s returns no tensor but %s; export it so that it returns the logits alone."
                            .formatted(card.name(), output.tagKind().getString()));
        }
        return new Tensor(output.toTensor());
    }

    @Override
    protected void requireFit(ImageShape shape) {
        // only running a script tells what it takes
    }

    @Override
    protected void release() {
        module.close();
    }

    private static long parameters(JitModule module) {
        try (PointerScope scope = new PointerScope()) {
            var list = module.parameters(true);
            long count = 0;
            var iterator = list.begin();
            // comparing with end() runs off the end, so the number of entries decides
            for (long i = 0; i < list.size(); i++, iterator.increment()) {
                count += iterator.access().numel();
            }
            return count;
        }
    }
}
