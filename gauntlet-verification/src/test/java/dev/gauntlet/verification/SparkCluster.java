package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A standalone master of Apache Spark and its workers, each a process of this machine with one core. */
final class SparkCluster implements AutoCloseable {
    /** The folder of Spark, which the profile {@code cluster} fills. */
    static final Path HOME =
            Path.of("../gauntlet-spark/target/spark").toAbsolutePath().normalize();

    private static final Pattern ADDRESS = Pattern.compile("Starting Spark master at (spark://\\S+)");

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path folder;
    private final List<Process> workers = new ArrayList<>();
    private final Process master;
    private final String address;

    private SparkCluster(Path folder, Process master, String address) {
        this.folder = folder;
        this.master = master;
        this.address = address;
    }

    static SparkCluster start(Path folder, int workers) throws IOException {
        assumeTrue(Files.isDirectory(HOME.resolve("jars")), HOME + " is not there; run ./mvnw package -Pcluster");
        assumeTrue(
                System.getProperty("os.name").equals("Linux"),
                "processes are stopped by signals, and each worker has an address of the loopback");
        Path log = folder.resolve("master.log");
        Process master = start(folder, log, "127.0.0.1", "org.apache.spark.deploy.master.Master", "--port", "0");
        await(() -> address(log).isPresent());
        SparkCluster cluster = new SparkCluster(folder, master, address(log).orElseThrow());
        for (int i = 0; i < workers; i++) {
            cluster.addWorker();
        }
        return cluster;
    }

    /** Adds a worker, and waits until the master knows it. */
    void addWorker() throws IOException {
        Path log = folder.resolve("worker-%d.log".formatted(workers.size()));
        // each has an address of its own, because Spark never computes a task twice on the same host
        workers.add(start(
                folder,
                log,
                "127.0.0." + (workers.size() + 2),
                "org.apache.spark.deploy.worker.Worker",
                "--cores",
                "1",
                "--memory",
                "2g",
                "--work-dir",
                folder.resolve("work-%d".formatted(workers.size())).toString(),
                address));
        await(() -> text(log).contains("Successfully registered with master"));
    }

    private static Process start(Path folder, Path log, String host, String main, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                HOME + "/jars/*",
                main,
                "--host",
                host,
                "--webui-port",
                "0"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("SPARK_HOME", HOME.toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.13");
        builder.environment().put("SPARK_LOCAL_IP", host);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return builder.start();
    }

    private static Optional<String> address(Path log) {
        Matcher found = ADDRESS.matcher(text(log));
        return found.find() ? Optional.of(found.group(1)) : Optional.empty();
    }

    private static String text(Path log) {
        try {
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(end);
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    String master() {
        return address;
    }

    /** Returns the executors that run now. */
    List<ProcessHandle> executors() {
        return workers.stream()
                .flatMap(worker -> worker.toHandle().descendants())
                .filter(process -> process.info()
                        .arguments()
                        .map(arguments -> Stream.of(arguments).anyMatch(word -> word.contains("ExecutorBackend")))
                        .orElse(false))
                .toList();
    }

    /** Kills a worker, as kill -9 does, and starts another one. */
    void replaceWorker() throws IOException {
        workers.get(workers.size() - 1).destroyForcibly();
        addWorker();
    }

    @Override
    public void close() {
        executors().forEach(ProcessHandle::destroyForcibly);
        workers.forEach(Process::destroyForcibly);
        master.destroyForcibly();
    }
}
