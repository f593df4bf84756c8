package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
    void smoothsAnyModel() throws IOException {
        String[] options = {
            "--method",
            "smoothing",
            "--sigma",
            "0.1",
            "--samples",
            "400",
            "--selection-samples",
            "20",
            "--error-rate",
            "0.01",
            "--epsilon",
            "0.02,0.05,0.15"
        };
        assertThat(certify(options)).as(err.toString()).isZero();
        assertThat(out.toString())
                .contains("randomized smoothing, in L2")
                .contains("sigma 0.1; 400 noisy copies of each image, and 20 to choose its class")
                .contains("not the model itself; each certificate by itself holds with 99 % confidence");
        List<String> more = new ArrayList<>(List.of("certify", onnx().toString(), "--dataset", "digits"));
        more.addAll(List.of("--offline", "--examples", "10", "--json"));
        more.addAll(List.of(options));
        listen();
        assertThat(run(more.toArray(String[]::new))).as(err.toString()).isZero();
        JsonNode result = JSON.readTree(out.toString());
        assertThat(result.at("/smoothing/sigma").asDouble()).isEqualTo(0.1);
        assertThat(result.at("/norm").asString()).isEqualTo("l2");
        int certified = 0;
        for (JsonNode example : result.at("/budgets/1/examples")) {
            boolean isCertified = example.at("/standing").asString().equals("CERTIFIED");
            assertThat(isCertified).isEqualTo(example.at("/radius").asDouble(0) > 0.05);
            certified += isCertified ? 1 : 0;
        }
        assertThat(certified).isPositive();
    }

    @Test
    void warnsOfRadiiThatSmoothingCannotCertify() {
        assertThat(certify("--method", "smoothing", "--sigma", "0.1", "--samples", "100", "--epsilon", "0.9"))
                .isZero();
        assertThat(err.toString()).contains("no radius of 0.15 or more can be certified");
    }

    @Test
    void refusesOptionsOfAnotherMethod() {
        assertThat(certify("--epsilon", "0.1", "--method", "smoothing")).isEqualTo(2);
        assertThat(message()).contains("--method smoothing needs --sigma");
        assertThat(certify("--epsilon", "0.1", "--method", "smoothing", "--sigma", "0.1", "--norm", "linf"))
                .isEqualTo(2);
        assertThat(message()).contains("smoothing does not certify in L-infinity; it certifies in L2");
        assertThat(certify("--epsilon", "0.1", "--method", "smoothing", "--sigma", "0.1", "--time", "5s"))
                .isEqualTo(2);
        assertThat(message()).contains("limits --method complete");
        assertThat(certify("--epsilon", "0.1", "--sigma", "0.1")).isEqualTo(2);
        assertThat(message()).contains("--sigma belongs to --method smoothing; crown has no such option");
        assertThat(certify("--epsilon", "0.1", "--method", "complete", "--error-rate", "0.1"))
                .isEqualTo(2);
        assertThat(message()).contains("--error-rate belongs to --method smoothing");
        assertThat(certify("--epsilon", "0.1", "--method", "smoothing", "--sigma", "-1"))
                .isEqualTo(2);
        assertThat(message()).contains("positive number");
        assertThat(certify("--epsilon", "0.1", "--method", "smoothing", "--sigma", "1", "--samples", "0"))
                .isEqualTo(2);
        assertThat(message()).contains("at least 1 noisy image");
    }

    @Test
    void refusesBadInputInOneLine() throws IOException {
        assertThat(certify()).isEqualTo(2);
        assertThat(message()).contains("Which budget?");
        assertThat(certify("--epsilon", "0.1", "--method", "magic")).isEqualTo(2);
        assertThat(message()).contains("method").contains("intervals, crown, complete, smoothing");
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
