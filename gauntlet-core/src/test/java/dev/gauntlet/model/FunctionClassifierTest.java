package dev.gauntlet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.testkit.ClassifierContract;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FunctionClassifierTest extends ClassifierContract {
    private static final ImageShape SHAPE = new ImageShape(2, 1, 3);
    private static final Batch TWO =
            new Batch(new ImageShape(2, 1, 2), new int[2], new int[2], new float[] {0, 0.25f, 0.5f, 0.75f, 1, 1, 1, 1});

    @Override
    protected Classifier open(InputSpec contract) {
        return new FunctionClassifier("mine", contract, FunctionClassifierTest::logits);
    }

    @Override
    protected ImageShape shape() {
        return SHAPE;
    }

    @Override
    protected int classes() {
        return 2;
    }

    /** Gives the first and the last number of each image. */
    private static float[][] logits(float[][] images) {
        return Arrays.stream(images)
                .map(image -> new float[] {image[0], image[image.length - 1]})
                .toArray(float[][]::new);
    }

    @Test
    void functionGetsWhatTheContractSays() {
        InputSpec contract = InputSpec.RAW.withInputMax(4).withLayout(Layout.NHWC);
        FunctionClassifier model = new FunctionClassifier("mine", contract, images -> {
            assertThat(images[0]).containsExactly(0, 2, 1, 3);
            return new float[][] {{1, 2, 3}, {4, 5, 6}};
        });

        assertThat(model.logits(TWO).values()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(model.card().name()).isEqualTo("mine");
    }

    @Test
    void rowsThatDoNotFitAreRefused() {
        assertThatThrownBy(() -> new FunctionClassifier("mine", InputSpec.RAW, images -> new float[1][2]).logits(TWO))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The model mine returned 1 rows of logits for 2 images.");
        assertThatThrownBy(() -> new FunctionClassifier("mine", InputSpec.RAW, images ->
                                new float[][] {{1, 2}, {1, 2, 3}})
                        .logits(TWO))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The model mine returned 2 logits for one image and 3 for another.");
        assertThatThrownBy(() -> new FunctionClassifier("mine", InputSpec.RAW, images -> new float[2][1]).logits(TWO))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("needs at least 2 classes");
    }
}
