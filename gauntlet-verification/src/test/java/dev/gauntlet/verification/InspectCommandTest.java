package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Inspects models. */
class InspectCommandTest extends CommandLineFixture {
    @Test
    void inspectsModels() throws IOException {
        assertThat(run("inspect", onnx().toString())).as(err.toString()).isZero();
        assertThat(out.toString())
                .contains("Model      model.onnx, 7,840 parameters")
                .contains("Input      'x' [?, 784] flat")
                .contains("  MatMul  matmul_z  784x10")
                .contains("Checked    outputs differ by at most")
                .contains("Attacks    all (the model has a gradient)");
        assertThat(err.toString()).startsWith("WARNING: The model ends in a softmax");
        listen();
        assertThat(run("inspect", weights().toString(), "--dataset", "digits", "--input-max", "255"))
                .isZero();
        assertThat(out.toString())
                .contains("  linear 16")
                .contains("Receives   pixels scaled to [0,255]")
                .contains("of 200 images");
        listen();
        assertThat(run("inspect", onnx().toString(), "--json")).isZero();
        assertThat(out.toString()).contains("\"format\" : \"ONNX, opset 13").contains("\"whiteBox\" : true");
        listen();
        assertThat(run("inspect", folder.resolve("none.onnx").toString())).isEqualTo(2);
        assertThat(message()).contains("does not exist; check the path");
    }
}
