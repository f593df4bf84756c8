package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The program on clusters of Apache Spark, in processes of their own, some of which die. */
@Tag("cluster")
class ClusterTest extends CommandLineFixture {
    private static final Path LAUNCHER = Path.of("../gauntlet-cli/target/gauntlet/bin/gauntlet")
            .toAbsolutePath()
            .normalize();

    private static final int PATIENCE_SECONDS = 120;

    @TempDir
    static Path shared;

    private static SparkCluster cluster;
    private static JsonNode undisturbed;

    @BeforeAll
    static void start() throws IOException {
        cluster = SparkCluster.start(shared, 2);
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private record Finished(int exitCode, String out, String err) {}

    private ProcessBuilder builder(String name, List<String> options, String... javaOptions) {
        List<String> command = new ArrayList<>(
                List.of(LAUNCHER.toString(), "evaluate", "--out", place(name).toString()));
        command.addAll(options);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(folder.resolve(name + ".out").toFile())
                .redirectError(folder.resolve(name + ".err").toFile());
        Map<String, String> environment = builder.environment();
        environment.putAll(environment());
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("GAUNTLET_DEFAULTS", "");
        environment.put("SPARK_HOME", SparkCluster.HOME.toString());
        environment.put("SPARK_SCALA_VERSION", "2.13");
        environment.put("SPARK_LOCAL_IP", "127.0.0.1");
        environment.put("GAUNTLET_JAVA_OPTIONS", String.join(" ", javaOptions));
        return builder;
    }

    private Path place(String name) {
        return folder.resolve(name);
    }

    private Finished finish(String name, Process process) throws Exception {
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .as(() -> name + " is over")
                .isTrue();
        return new Finished(
                process.exitValue(),
                Files.readString(folder.resolve(name + ".out")),
                Files.readString(folder.resolve(name + ".err")));
    }

    private Finished run(String name, List<String> options, String... javaOptions) throws Exception {
        return finish(name, builder(name, options, javaOptions).start());
    }

    private static List<String> with(List<String> options, String... more) {
        return Stream.concat(options.stream(), Stream.of(more)).toList();
    }

    private JsonNode record(String name) throws IOException {
        return withoutTiming(read(place(name)));
    }

    private void assertSame(String name, String expected) throws IOException {
        assertThat(record(name)).isEqualTo(record(expected));
    }

    private void evaluateHere(List<String> options) throws Exception {
        Finished here = run("here", with(options, "--workers", "1"));
        assertThat(here.exitCode).as(here.err).isZero();
    }

    private void evaluateOnTheCluster(List<String> options) throws Exception {
        Finished there = run("there", with(options, "--master", cluster.master()));
        assertThat(there.exitCode).as(there.err).isZero();
    }

    private static List<String> options(Path model, String... more) {
        return with(List.of(model.toString(), "--dataset", "digits", "--offline"), more);
    }

    @ParameterizedTest
    @ValueSource(strings = {"local[2]", "local-cluster[2,1,1024]", "standalone"})
    void everyClusterGivesTheRecordOfThisMachine(String kind) throws Exception {
        List<String> options =
                options(weights(), "--attack", "autoattack", "--epsilon", "0.05,0.1", "--examples", "60");
        evaluateHere(options);

        String master = kind.equals("standalone") ? cluster.master() : kind;
        Finished there = run("there", with(options, "--master", master));

        assertThat(there.exitCode).as(there.err).isZero();
        assertThat(withoutProgress(there.err)).startsWith("Takes up to about ").hasLineCount(1);
        assertSame("there", "here");
        assertThat(read(place("there")).path("timing").path("cluster").asString())
                .startsWith("Apache Spark ")
                .contains(master);
        assertThat(read(place("here")).path("timing").path("cluster").isNull()).isTrue();
    }

    @Test
    void twoWorkersOfThisMachineGiveTheSameRecordAsTwoOfTheCluster() throws Exception {
        List<String> options = options(
                weights(), "--suite", "standard", "--epsilon", "0.1", "--examples", "150", "--shard-size", "20");
        Finished here = run("here", with(options, "--workers", "2"));
        assertThat(here.exitCode).as(here.err).isZero();
        evaluateOnTheCluster(options);
        assertSame("there", "here");
    }

    @Test
    void anOnnxFileIsSent() throws Exception {
        List<String> options = options(onnx(), "--attack", "apgd", "--epsilon", "0.1", "--examples", "80");
        evaluateHere(options);
        evaluateOnTheCluster(options);
        assertSame("there", "here");
    }

    @Test
    void certificatesAreMadeOnTheCluster() throws Exception {
        List<String> options = options(
                weights(),
                "--attack",
                "apgd",
                "--epsilon",
                "0.02,0.1",
                "--examples",
                "80",
                "--certify",
                "first",
                "--certify-method",
                "complete:domains=10");
        evaluateHere(options);
        evaluateOnTheCluster(options);
        assertSame("there", "here");
        assertThat(read(place("there"))
                        .path("certificates")
                        .path("proved")
                        .path(0)
                        .path("certified")
                        .asInt())
                .isPositive();
    }

    @Test
    void aBlackBoxIsAskedByOnnxRuntime() throws Exception {
        List<String> options = options(
                onnx(), "--black-box", "--attack", "square:queries=200", "--epsilon", "0.1", "--examples", "40");
        evaluateHere(options);
        evaluateOnTheCluster(options);
        assertSame("there", "here");
    }

    @Test
    void aTorchScriptIsSent() throws Exception {
        Path script = PublishedNetworks.require().network("lenet5-standard").resolve("model.torchscript.pt");
        List<String> options = options(script, "--attack", "fgsm", "--epsilon", "0.1", "--examples", "40");
        evaluateHere(options);
        evaluateOnTheCluster(options);
        assertSame("there", "here");
    }

    @Test
    void picturesOfAFolderAreSent() throws Exception {
        Path pictures = pictures(folder.resolve("pictures"));
        List<String> options = List.of(
                onnx().toString(),
                "--data",
                pictures.toString(),
                "--channels",
                "1",
                "--attack",
                "fgsm",
                "--epsilon",
                "0.1");
        evaluateHere(options);
        evaluateOnTheCluster(options);
        assertSame("there", "here");
    }

    /** Writes two pictures of each of ten classes. */
    private static Path pictures(Path place) throws IOException {
        for (int label = 0; label < 10; label++) {
            Path images = Files.createDirectories(place.resolve(Integer.toString(label)));
            for (int number = 0; number < 2; number++) {
                BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
                // the model looks at ten pixels of the row in the middle
                image.getRaster().setSample(label, 10, 0, 200 + number);
                ImageIO.write(image, "png", images.resolve(number + ".png").toFile());
            }
        }
        return place;
    }

    /** A request of which a cluster of two cores has some seconds to do. */
    private static List<String> longer() {
        return options(
                weights(),
                "--attack",
                "pgd:steps=1500",
                "--epsilon",
                "0.02",
                "--examples",
                "2000",
                "--shard-size",
                "50",
                "--diagnostics",
                "off");
    }

    /** Returns the record of {@link #longer} on this machine, which is computed once. */
    private JsonNode undisturbed() throws Exception {
        if (undisturbed == null) {
            evaluateHere(longer());
            undisturbed = record("here");
        }
        return undisturbed;
    }

    /** Starts a run on the cluster, and waits until the results of some tasks are there. */
    private Process begun(String name, String... javaOptions) throws Exception {
        Path journal = folder.resolve("journal");
        Process run = builder(
                        name,
                        with(longer(), "--master", cluster.master(), "--journal", journal.toString()),
                        javaOptions)
                .start();
        SparkCluster.await(() -> {
            assertThat(run.isAlive())
                    .as("it is over before something could happen")
                    .isTrue();
            return Files.exists(journal.resolve("shard-0000-01-00001.bin"))
                    || Files.exists(journal.resolve("shard-0000-01-00000.bin"));
        });
        return run;
    }

    private void assertNothingLost(Process run) throws Exception {
        Finished there = finish("there", run);
        assertThat(there.exitCode).as(there.err).isZero();
        assertThat(record("there")).isEqualTo(undisturbed());
    }

    @Test
    void anExecutorMayBeKilled() throws Exception {
        Process run = begun("there");
        cluster.executors().get(0).destroyForcibly();
        assertNothingLost(run);
        assertThat(Files.readString(folder.resolve("there.err")))
                .contains("WARNING: Spark has lost the executor ")
                .contains("; its tasks are computed again.");
    }

    @Test
    void aWorkerMayBeKilled() throws Exception {
        Process run = begun("there");
        cluster.replaceWorker();
        assertNothingLost(run);
    }

    @Test
    void theDriverMayBeKilledAndGoesOnWhereItStopped() throws Exception {
        Process killed = begun("killed");
        killed.destroyForcibly().waitFor();
        assertThat(place("killed").resolve("report.json")).doesNotExist();

        Finished resumed = run(
                "there",
                with(
                        longer(),
                        "--master",
                        cluster.master(),
                        "--journal",
                        folder.resolve("journal").toString()));
        assertThat(resumed.exitCode).as(resumed.err).isZero();
        assertThat(resumed.out).contains("were already finished; their results are from the journal ");
        assertThat(record("there")).isEqualTo(undisturbed());
    }

    @Test
    void aTaskThatIsSlowIsComputedTwiceAndCountedOnce() throws Exception {
        Path events = Files.createDirectory(folder.resolve("events"));
        Process run = begun(
                "there",
                "-Dspark.eventLog.enabled=true",
                "-Dspark.eventLog.compress=false",
                "-Dspark.eventLog.dir=" + events.toUri(),
                "-Dspark.speculation=true",
                "-Dspark.speculation.interval=100ms",
                "-Dspark.speculation.multiplier=1.5",
                "-Dspark.speculation.quantile=0.1");
        // both executors have the images by then, which they get from each other
        SparkCluster.await(() -> Files.exists(folder.resolve("journal/shard-0000-01-00000.bin"))
                && Files.exists(folder.resolve("journal/shard-0000-01-00001.bin")));
        ProcessHandle slow = cluster.executors().get(0);
        signal("STOP", slow);
        try {
            assertNothingLost(run);
        } finally {
            // which ends a stopped process, too, if its worker has not ended it yet
            slow.destroyForcibly();
        }
        try (Stream<Path> files = Files.walk(events)) {
            // beside the log are files with checksums
            List<Path> logs = files.filter(file -> file.getFileName().toString().startsWith("events_"))
                    .toList();
            assertThat(logs).isNotEmpty();
            long copies = 0;
            for (Path log : logs) {
                try (Stream<String> lines = Files.lines(log)) {
                    copies += lines.filter(line -> line.contains("\"Speculative\":true"))
                            .count();
                }
            }
            assertThat(copies).isPositive();
        }
    }

    private static void signal(String name, ProcessHandle process) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** Leaves out the lines that a busy machine adds every 30 s. */
    private static String withoutProgress(String lines) {
        return lines.replaceAll("(?m)^\\[\\d+:\\d\\d\\] .*\\R", "");
    }

    @Test
    void anInterruptEndsTheJob() throws Exception {
        Process run = begun("there");
        // what Ctrl-C does, which a process in the background may ignore
        signal("TERM", run.toHandle());
        Finished ended = finish("there", run);
        assertThat(ended.exitCode).as(ended.err).isEqualTo(143);
        assertThat(withoutProgress(ended.err))
                .startsWith("Takes up to about ")
                .hasLineCount(2)
                .endsWith(
                        "gauntlet: Interrupted; no report was written; the same command continues where this one stopped.\n");
        SparkCluster.await(() -> cluster.executors().isEmpty());
    }

    @Test
    void theTimeLimitEndsTheRun() throws Exception {
        List<String> endless =
                options(weights(), "--attack", "pgd:steps=1000000", "--epsilon", "0.02", "--diagnostics", "off");
        Finished limited;
        int seconds = 10;
        do {
            // on a busy machine, the executors may need longer to start
            seconds *= 2;
            limited = run("there", with(endless, "--master", cluster.master(), "--time-limit", seconds + "s"));
        } while (limited.err.contains("The time limit is too short") && 2 * seconds < PATIENCE_SECONDS);
        assertThat(limited.exitCode).as(limited.err).isZero();
        assertThat(read(place("there")).path("ending").path("reason").asString())
                .isEqualTo("time-limit");
    }

    @Test
    void theHomeFolderOfExecutorsNeedNotBeWritable() throws Exception {
        List<String> options = options(weights(), "--attack", "fgsm", "--epsilon", "0.1", "--examples", "20");
        evaluateHere(options);
        Finished there = run(
                "there",
                with(options, "--master", cluster.master()),
                "-Dspark.executorEnv.HOME=/proc",
                "-Dspark.executor.extraJavaOptions=-Duser.home=/proc");
        assertThat(there.exitCode).as(there.err).isZero();
        assertSame("there", "here");
    }

    @Test
    void anExecutorWithoutNativesFailsInOneLine() throws Exception {
        Finished there = run(
                "there",
                with(
                        options(weights(), "--attack", "fgsm", "--epsilon", "0.1", "--examples", "20"),
                        "--master",
                        cluster.master()),
                "-Dspark.executor.extraJavaOptions=-Dorg.bytedeco.javacpp.platform=plan9-sparc");
        assertThat(there.exitCode).as(there.err).isNotZero();
        assertThat(there.err)
                .startsWith("gauntlet: The executor on ")
                .contains("plan9-sparc")
                .hasLineCount(1);
        assertThat(place("there")).doesNotExist();
    }

    @Test
    void aMasterThatIsNotThereIsNamed() throws Exception {
        Finished there = run("there", with(longer(), "--master", "spark://127.0.0.1:1"));
        assertThat(there.exitCode).isNotZero();
        assertThat(there.err)
                .startsWith("gauntlet: No Spark master answers at spark://127.0.0.1:1: ")
                .hasLineCount(1);
    }

    @Test
    void sparkSubmitTakesTheWordsOfTheCommandLine() throws Exception {
        List<String> options = options(weights(), "--suite", "quick", "--epsilon", "0.1", "--examples", "40");
        evaluateHere(options);
        Path jar = Path.of("../gauntlet-cli/target/gauntlet-spark.jar")
                .toAbsolutePath()
                .normalize();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                SparkCluster.HOME + "/jars/*",
                "org.apache.spark.deploy.SparkSubmit",
                "--master",
                cluster.master(),
                "--class",
                "dev.gauntlet.cli.Gauntlet",
                jar.toString(),
                "evaluate",
                "--out",
                place("there").toString()));
        command.addAll(options);
        Finished there =
                finish("there", builder("there", options).command(command).start());
        assertThat(there.exitCode).as(there.err).isZero();
        assertSame("there", "here");
    }
}
