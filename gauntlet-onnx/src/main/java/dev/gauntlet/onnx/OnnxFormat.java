package dev.gauntlet.onnx;

import dev.gauntlet.FilePath;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Setting;
import dev.gauntlet.format.ModelDescription;
import dev.gauntlet.format.ModelFormat;
import dev.gauntlet.format.ModelUse;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.torch.FileKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** ONNX files: with gradients by libtorch, without by ONNX Runtime. */
public final class OnnxFormat implements ModelFormat {
    @Override
    public String name() {
        return "ONNX";
    }

    @Override
    public boolean takes(ModelRef model) {
        if (!(model instanceof ModelRef.File file)) {
            return false;
        }
        try {
            return FileKind.of(FilePath.of(file.path())) == FileKind.ONNX;
        } catch (GauntletException e) {
            // the format of PyTorch's files says what the file is
            return false;
        }
    }

    @Override
    public List<Path> files(ModelRef model) {
        return OnnxFile.files(FilePath.of(file(model).path()));
    }

    @Override
    public ModelDescription describe(ModelRef model, ModelUse use) {
        ModelRef.File file = file(model);
        OnnxDescription found = OnnxModels.describe(FilePath.of(file.path()), file.input());
        return new ModelDescription(
                "ONNX, opset %d%s"
                        .formatted(found.opset(), found.producer().isEmpty() ? "" : ", written by " + found.producer()),
                Optional.of(found.input()),
                found.shape(),
                found.layout(),
                found.takesIntegers(),
                Optional.of(found.output()),
                found.otherOutputs(),
                found.layers(),
                found.shape().isEmpty() || found.obstacle().isPresent(),
                found.obstacle());
    }

    @Override
    public DifferentiableClassifier openWhiteBox(ModelRef model, ModelUse use) {
        ModelRef.File file = file(model);
        Path path = FilePath.of(file.path());
        return use.sample()
                .map(sample -> OnnxModels.whiteBox(path, file.input(), sample))
                .orElseGet(() -> OnnxModels.whiteBox(path, file.input()));
    }

    @Override
    public Classifier openBlackBox(ModelRef model, ModelUse use) {
        ModelRef.File file = file(model);
        return OnnxModels.blackBox(
                FilePath.of(file.path()),
                file.input(),
                use.sample()
                        .orElseThrow(() -> new GauntletException(
                                "%s is opened without its gradient only for some data.".formatted(file.path()))),
                use.classes());
    }

    private static ModelRef.File file(ModelRef model) {
        ModelRef.File file = (ModelRef.File) model;
        if (file.network().isPresent()) {
            throw new GauntletException(
                    "%s includes its architecture, as all ONNX files do; give no other.".formatted(file.path()),
                    Setting.NETWORK);
        }
        return file;
    }
}
