package com.example;

import dev.gauntlet.FilePath;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Setting;
import dev.gauntlet.format.ModelDescription;
import dev.gauntlet.format.ModelFormat;
import dev.gauntlet.format.ModelUse;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.ModelRef;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** Opens the linear models of {@link LinearFile}, whatever the name of the file. */
public final class LinearFormat implements ModelFormat {
    private static final byte[] SIGNATURE = LinearFile.FIRST_LINE.getBytes(StandardCharsets.UTF_8);

    @Override
    public String name() {
        return "linear models (.linear)";
    }

    @Override
    public boolean takes(ModelRef model) {
        if (!(model instanceof ModelRef.File file)) {
            return false;
        }
        Path path = FilePath.of(file.path());
        if (!Files.isRegularFile(path)) {
            return false;
        }
        // a damaged file is recognized by its name, so that the reader says what is wrong
        return file.path().toLowerCase(Locale.ROOT).endsWith(".linear") || hasSignature(path);
    }

    private static boolean hasSignature(Path path) {
        try (InputStream in = Files.newInputStream(path)) {
            return Arrays.equals(in.readNBytes(SIGNATURE.length), SIGNATURE);
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public ModelDescription describe(ModelRef model, ModelUse use) {
        return ModelDescription.of("linear softmax model")
                .withShape(open(model).file().shape());
    }

    @Override
    public DifferentiableClassifier openWhiteBox(ModelRef model, ModelUse use) {
        Opened opened = open(model);
        return new LinearModel(opened.path(), opened.file(), opened.reference().input());
    }

    @Override
    public Classifier openBlackBox(ModelRef model, ModelUse use) {
        return openWhiteBox(model, use);
    }

    private static Opened open(ModelRef model) {
        ModelRef.File reference = (ModelRef.File) model;
        if (reference.network().isPresent()) {
            throw new GauntletException(
                    "%s includes its architecture; give no other.".formatted(reference.path()), Setting.NETWORK);
        }
        Path path = FilePath.of(reference.path());
        return new Opened(reference, path, LinearFile.read(path));
    }

    private record Opened(ModelRef.File reference, Path path, LinearFile file) {}
}
