package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** Disks that are full or may not be written, also when they become so during the work: nothing finished is lost. */
class CommandLineStorageTest extends CommandLineFixture {
    private Path disk;

    @BeforeEach
    void makeTheMountPoint() throws Exception {
        disk = Files.createDirectory(folder.resolve("disk"));
    }

    @AfterEach
    void unmount() throws Exception {
        new ProcessBuilder("umount", disk.toString()).start().waitFor();
    }

    private void mount(String options) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/mount")), "there is no mount");
        int code = new ProcessBuilder("mount", "-t", "tmpfs", "-o", options, "tmpfs", disk.toString())
                .redirectErrorStream(true)
                .start()
                .waitFor();
        assumeTrue(code == 0, "only root may mount a small disk");
    }

    @Test
    void aReadOnlyDiskIsNotToldToBeCleared() throws Exception {
        mount("size=20M,ro");
        for (List<String> arguments : List.of(
                List.of("evaluate", weights().toString(), "--dataset", "digits", "--out", disk + "/report"),
                List.of(
                        "evaluate",
                        weights().toString(),
                        "--dataset",
                        "digits",
                        "--out",
                        folder + "/r",
                        "--journal",
                        disk + "/j"),
                List.of("train", "--dataset", "digits", "--out", disk + "/m.safetensors"))) {
            listen();
            assertThat(run(arguments.toArray(String[]::new))).as(err.toString()).isEqualTo(2);
            assertThat(message())
                    .contains(disk.toString())
                    .contains(": Read-only file system; choose a folder that you can write to.")
                    .doesNotContain("free some space");
        }
    }

    @Test
    void aFullDiskIsRefusedBeforeTheWork() throws Exception {
        mount("size=64k");
        assertThat(evaluate(weights(), disk.resolve("report"))).isEqualTo(4);
        assertThat(message())
                .contains("The report cannot be written to %s".formatted(disk.resolve("report")))
                .endsWith(": No space left on device; free some space or choose another place.");
        assertThat(disk).isEmptyDirectory();
    }

    /** The model itself fills the disk when it is asked for the first time, after the disk was found large enough. */
    @Test
    void aDiskThatFillsUpDuringTheWorkDoesNotLoseTheEvaluation() throws Exception {
        mount("size=8M");
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                fill(disk.resolve("fill"));
                int images = JsonMapper.shared()
                        .readTree(exchange.getRequestBody().readAllBytes())
                        .get("instances")
                        .size();
                String rows = String.join(",", Collections.nCopies(images, "[0,1,0,0,0,0,0,0,0,0]"));
                byte[] answer = "{\"predictions\": [%s]}".formatted(rows).getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
            }
        });
        server.start();
        try {
            assertThat(evaluate(
                            "http://localhost:%d/m"
                                    .formatted(server.getAddress().getPort()),
                            disk.resolve("report"),
                            "--attack",
                            "square:queries=5",
                            "--examples",
                            "20"))
                    .as(err.toString())
                    .isEqualTo(4);
        } finally {
            server.stop(0);
        }
        assertThat(out.toString()).contains("on 20 of 10,000 test images");
        Matcher place = Pattern.compile("No space left on device; .* The result was written to (\\S+/index.html)\\.\\R")
                .matcher(err.toString());
        assertThat(place.find()).as(err.toString()).isTrue();
        Path page = Path.of(place.group(1));
        assertThat(out.toString()).contains("Report: " + page);
        assertThat(read(page.getParent()).path("outcomes").path("ids").size()).isEqualTo(20);
        delete(page.getParent().getParent());
        assertThat(disk).isDirectoryNotContaining(path -> !path.endsWith("fill"));
    }

    @Test
    void aJournalThatNoLongerFitsKeepsWhatIsFinished() throws Exception {
        mount("size=64k");
        assertThat(evaluate(
                        weights(),
                        folder.resolve("report"),
                        "--journal",
                        disk.resolve("journal").toString()))
                .isEqualTo(4);
        assertThat(message())
                .containsPattern(
                        "The journal's file \\S+ cannot be written \\(what was finished before is kept\\): No space left");
    }

    @Test
    void imagesThatNoLongerFitDoNotEndTheEvaluation() throws Exception {
        mount("size=256k");
        Path report = folder.resolve("report");
        assertThat(evaluate(
                        weights(),
                        report,
                        "--examples",
                        "400",
                        "--adversarial",
                        disk.resolve("images").toString()))
                .isEqualTo(4);
        assertThat(read(report).path("outcomes").path("ids").size()).isEqualTo(400);
        assertThat(out.toString()).contains("Report: " + report.resolve("index.html"));
        assertThat(err.toString())
                .contains("The adversarial images cannot be written to %s: No space left"
                        .formatted(disk.resolve("images")));
    }

    @Test
    void trainedWeightsAreKeptElsewhere() throws Exception {
        mount("size=8k");
        assertThat(run(SMALL, "train", "--out", disk.resolve("m.safetensors").toString()))
                .isEqualTo(4);
        Matcher place = Pattern.compile("The result was written to (\\S+/m.safetensors)\\.\\R")
                .matcher(err.toString());
        assertThat(place.find()).as(err.toString()).isTrue();
        assertThat(Path.of(place.group(1))).hasSameBinaryContentAs(weights());
        delete(Path.of(place.group(1)).getParent());
    }

    @Test
    void aBaselineThatDoesNotFitDoesNotLoseTheEvaluation() throws Exception {
        Path l2 = folder.resolve("l2");
        assertThat(evaluate(weights(), l2, "--norm", "l2", "--epsilon", "1", "--examples", "20"))
                .isZero();
        listen();
        Path report = folder.resolve("report");
        assertThat(evaluate(weights(), report, "--epsilon", "0.1", "--examples", "20", "--baseline", l2.toString()))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("their norms differ: l2 and linf. The report %s was written without the comparison."
                        .formatted(report.resolve("index.html")));
        assertThat(read(report).path("outcomes").path("ids").size()).isEqualTo(20);
    }

    private static void fill(Path file) {
        try (OutputStream out = Files.newOutputStream(file)) {
            byte[] block = new byte[4096];
            while (Files.size(file) < 1 << 30) {
                out.write(block);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left on device");
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Collections.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
