package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.data.ArrayDataset;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.LinearModel;
import dev.gauntlet.threat.Norm;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FgsmTest {
    /** Class 0 wins as long as -x0 + 2 x1 + x3 stays below 1. */
    private static final LinearModel BINARY = new LinearModel(new double[][] {{.5, -1, 3, 0}, {-.5, 1, 3, 1}}, 1, 0);

    @Test
    void moves_along_the_sign_of_the_weights_of_a_binary_linear_model() {
        float[] x = {.5f, .25f, .5f, .25f};
        Batch batch = ArrayDataset.of(2, new int[] {0, 1}, x, x).all();
        AttackResult result =
                Fgsm.defaults().prepare(BINARY, Problem.of(batch, Norm.LINF)).within(.25);
        assertThat(result.pixels())
                .containsExactly(
                        .25f, .5f, .5f, .5f, // away from class 0; the third pixel says nothing
                        .5f, .25f, .5f, .25f); // wrong already
        assertThat(result.success()).containsExactly(true, true);
    }

    @Test
    void tells_its_name_and_options() {
        assertThat(Fgsm.defaults().name()).isEqualTo("fgsm");
        assertThat(Fgsm.defaults().options()).containsExactly(Map.entry("loss", "cross-entropy"));
    }
}
