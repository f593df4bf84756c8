package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Certifies models. */
class CertifyCommandTest extends CommandLineFixture {
    private int certify(String... more) {
        String[] first = {"certify", weights().toString(), "--dataset", "digits", "--offline", "--examples", "20"};
        String[] all = new String[first.length + more.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        listen();
        return run(all);
    }

    @Test
    void printsATable() {
        assertThat(certify("--epsilon", "0.001,0.3")).as(err.toString()).isZero();
        assertThat(out.toString())
                .contains("linear relaxations (CROWN), in L-infinity")
                .contains("epsilon   certified  as float32    broken  undecided  mistakes")
                .contains("of 20 images are proved robust");
    }

    @Test
    void printsCertificatesForMachines() {
        assertThat(certify("--epsilon", "0.001", "--method", "complete", "--time", "20s", "--json"))
                .as(err.toString())
                .isZero();
        JsonNode result = JSON.readTree(out.toString());
        JsonNode counts = result.at("/budgets/0/counts");
        assertThat(result.at("/method").asString()).isEqualTo("complete");
        assertThat(result.at("/budgets/0/examples")).hasSize(20);
        assertThat(counts.at("/certified").asInt()).isPositive();
        assertThat(counts.at("/undecided").asInt()).isZero();
    }

    @Test
    void certifiesLessAsTheBudgetGrows() {
        assertThat(certify("--epsilon", "0.001,0.01,0.3", "--norm", "l2", "--json"))
                .isZero();
        JsonNode budgets = JSON.readTree(out.toString()).at("/budgets");
        for (int i = 1; i < budgets.size(); i++) {
            assertThat(budgets.get(i).at("/counts/certified").asInt())
                    .isLessThanOrEqualTo(
                            budgets.get(i - 1).at("/counts/certified").asInt());
        }
    }

    @Test
    void refusesBadInputInOneLine() throws IOException {
        assertThat(certify()).isEqualTo(2);
        assertThat(message()).contains("Which budget?");
        assertThat(certify("--epsilon", "0.1", "--method", "magic")).isEqualTo(2);
        assertThat(message()).contains("method").contains("intervals, crown, complete");
        assertThat(certify("--epsilon", "5", "--norm", "l0")).isEqualTo(2);
        assertThat(message()).contains("does not certify in L0");
        assertThat(certify("--epsilon", "0.1", "--method", "complete", "--time", "0s"))
                .isEqualTo(2);
        assertThat(message()).contains("longer than 0");
        assertThat(certify("--epsilon", "0.1", "--time", "5s")).isEqualTo(2);
        assertThat(message()).contains("limits --method complete");
        Path property = folder.resolve("p.vnnlib");
        Files.writeString(property, "(declare-const X_0 Real)\n(check-sat)\n");
        listen();
        assertThat(run("certify", "--vnnlib", property.toString(), onnx().toString()))
                .isEqualTo(2);
        assertThat(message()).contains("line 2").contains("check-sat");
    }

    @Test
    void decidesAProperty() throws IOException {
        // a box of one point, where one of two outputs is at least as large as the other
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 784; i++) {
            text.append("(declare-const X_%d Real)\n".formatted(i));
        }
        for (int i = 0; i < 10; i++) {
            text.append("(declare-const Y_%d Real)\n".formatted(i));
        }
        for (int i = 0; i < 784; i++) {
            text.append("(assert (<= X_%d 0.5)) (assert (>= X_%d 0.5))\n".formatted(i, i));
        }
        Path property = folder.resolve("q.vnnlib");
        Files.writeString(property, text + "(assert (or (and (>= Y_0 Y_1)) (and (>= Y_1 Y_0))))\n");
        listen();
        assertThat(run("certify", "--vnnlib", property.toString(), onnx().toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).startsWith("sat").contains("(X_0 0.5)").contains("(Y_9 ");
        // the fixture ends in a softmax, which does not change the order of its outputs, but their numbers
        assertThat(err.toString()).contains("softmax");
        Files.writeString(property, text + "(assert (>= Y_0 2))\n");
        listen();
        assertThat(run("certify", "--vnnlib", property.toString(), onnx().toString()))
                .isEqualTo(2);
        assertThat(message()).contains("compares outputs with numbers");
    }
}
