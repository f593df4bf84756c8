package com.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.format.ModelFormats;
import dev.gauntlet.format.ModelUse;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.testkit.ClassifierContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinearModelTest extends ClassifierContract {
    private static final String WEIGHTS = """
            linear 1
            shape 2x1x2
            classes 3
            0.5 1 -1 0.25 2
            0 -1 1 0.5 -0.5
            -0.25 2 0.5 -1 1e-1
            """;

    @TempDir
    Path folder;

    @Override
    protected Classifier open(InputSpec contract) {
        ModelRef model = new ModelRef.File(file(WEIGHTS).toString(), Optional.empty(), contract, Optional.empty());
        return ModelFormats.of(model).openWhiteBox(model, ModelUse.withoutData());
    }

    @Override
    protected ImageShape shape() {
        return new ImageShape(2, 1, 2);
    }

    @Override
    protected int classes() {
        return 3;
    }

    @Test
    void refusesDamagedFilesInOneLine() {
        assertRefused("", "its first line is not 'linear 1'");
        assertRefused("linear 2", "its first line is not 'linear 1'");
        assertRefused("linear 1", "line 2: expected 'shape'");
        assertRefused("linear 1\nshape 2x2", "CHANNELSxROWSxCOLUMNS");
        assertRefused("linear 1\nshape 1x1x2\nclasses 1\n0 1 1", "line 3: the number of classes");
        assertRefused("linear 1\nshape 1x1x2\nclasses 3\n0 1 1\n0 1 1", "2 lines of weights for 3 classes");
        assertRefused("linear 1\nshape 1x1x2\nclasses 2\n0 1 1\n0 1", "line 5: expected a bias and 2 weights, got 2");
        assertRefused("linear 1\nshape 1x1x2\nclasses 2\n0 1 1\n0 1 NaN", "line 5: 'NaN' is not a finite number");
        assertRefused("linear 1\nshape 1x1x2\nclasses 2\n0 1 1\n0 1 x", "line 5: 'x' is not a finite number");
    }

    private void assertRefused(String content, String reason) {
        assertThatThrownBy(() -> LinearFile.read(file(content)))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("model.linear")
                .hasMessageContaining(reason);
    }

    @Test
    void isRecognizedByItsContentToo() throws IOException {
        Path other = Files.writeString(folder.resolve("weights.txt"), WEIGHTS);
        Path text = Files.writeString(folder.resolve("notes.txt"), "linear algebra");
        assertThat(new LinearFormat().takes(reference(other))).isTrue();
        assertThat(new LinearFormat().takes(reference(text))).isFalse();
        assertThat(new LinearFormat().takes(reference(folder.resolve("missing.linear"))))
                .isFalse();
    }

    private static ModelRef reference(Path path) {
        return new ModelRef.File(path.toString(), Optional.empty(), InputSpec.RAW, Optional.empty());
    }

    private Path file(String content) {
        try {
            return Files.writeString(folder.resolve("model.linear"), content);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
