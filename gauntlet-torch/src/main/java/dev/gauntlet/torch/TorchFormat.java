package dev.gauntlet.torch;

import dev.gauntlet.FilePath;
import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.format.ModelDescription;
import dev.gauntlet.format.ModelFormat;
import dev.gauntlet.format.ModelUse;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.request.NetworkSpec;
import java.nio.file.Path;
import java.util.Optional;

/** Weights of networks and TorchScript, computed by libtorch. */
public final class TorchFormat implements ModelFormat {
    @Override
    public String name() {
        return "TorchScript, PyTorch state dictionaries, and weights as .safetensors or .npz";
    }

    @Override
    public boolean takes(ModelRef model) {
        if (!(model instanceof ModelRef.File file)) {
            return false;
        }
        try {
            return FileKind.of(FilePath.of(file.path())) != FileKind.ONNX;
        } catch (GauntletException e) {
            // explain says what the file is
            return false;
        }
    }

    @Override
    public Optional<String> explain(ModelRef model) {
        if (!(model instanceof ModelRef.File file)) {
            return Optional.empty();
        }
        try {
            FileKind.of(FilePath.of(file.path()));
            return Optional.empty();
        } catch (GauntletException e) {
            return Optional.ofNullable(e.getMessage());
        }
    }

    @Override
    public ModelDescription describe(ModelRef model, ModelUse use) {
        return ModelDescription.of(FileKind.of(file(model)).title());
    }

    @Override
    public DifferentiableClassifier openWhiteBox(ModelRef model, ModelUse use) {
        ModelRef.File file = (ModelRef.File) model;
        Optional<ImageShape> shape = use.sample().map(Batch::shape);
        return Models.load(
                file(model),
                file.network().map(spec -> network(spec, shape)),
                file.input(),
                use.sample(),
                use.classes());
    }

    @Override
    public Classifier openBlackBox(ModelRef model, ModelUse use) {
        return openWhiteBox(model, use);
    }

    private static Path file(ModelRef model) {
        return FilePath.of(((ModelRef.File) model).path());
    }

    private static Network network(NetworkSpec spec, Optional<ImageShape> images) {
        return spec.input()
                .or(() -> images)
                .map(shape -> Network.parse(spec.layers(), shape))
                .orElseGet(() -> Network.parse(spec.layers()))
                .withWeightNames(spec.weights());
    }
}
