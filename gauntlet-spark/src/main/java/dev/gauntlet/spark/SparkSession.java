package dev.gauntlet.spark;

import dev.gauntlet.GauntletException;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;

/** Starts Spark with the settings that an evaluation needs, where nobody has set others. */
final class SparkSession {
    private static final Pattern STANDALONE = Pattern.compile("(?:spark://)?([^:,/]+):(\\d{1,5})");

    private static final int CONNECT_MILLISECONDS = 5000;

    private SparkSession() {}

    static SparkRunner connect(String master, Consumer<String> notices) {
        requireAnswer(master);
        SparkConf settings = settings(new SparkConf(), master);
        try {
            return SparkRunner.owning(new JavaSparkContext(new SparkContext(settings)), notices);
        } catch (Exception e) {
            // Spark throws checked exceptions without declaring them
            throw failed(master, e);
        }
    }

    private static GauntletException failed(String master, Throwable e) {
        return new GauntletException(
                "Spark could not be started with the master %s: %s."
                        .formatted(master, Failure.firstLine(e.getMessage())),
                e);
    }

    private static SparkConf settings(SparkConf settings, String master) {
        settings.setMaster(master);
        settings.setIfMissing("spark.app.name", "Gauntlet");
        settings.setIfMissing("spark.log.level", "WARN");
        // the command line has its own
        settings.setIfMissing("spark.ui.showConsoleProgress", "false");
        // results are taken one by one and not kept
        settings.setIfMissing("spark.driver.maxResultSize", "0");
        // an executor that hangs would keep the end of the program waiting for two minutes
        settings.setIfMissing("spark.cleaner.referenceTracking.blocking", "false");
        String plugins = settings.get("spark.plugins", "");
        if (!Arrays.asList(plugins.split(",", -1)).contains(ResultCheck.class.getName())) {
            settings.set(
                    "spark.plugins",
                    plugins.isEmpty() ? ResultCheck.class.getName() : plugins + "," + ResultCheck.class.getName());
        }
        // as the launcher of the command line has them: waiting threads do not spin, freed memory is kept
        settings.setIfMissing("spark.executorEnv.OMP_WAIT_POLICY", "passive");
        settings.setIfMissing("spark.executorEnv.TORCH_CPP_LOG_LEVEL", "ERROR");
        settings.setIfMissing("spark.executorEnv.MALLOC_TRIM_THRESHOLD_", "-536870912");
        settings.setIfMissing("spark.executorEnv.MALLOC_MMAP_THRESHOLD_", "33554432");
        settings.setIfMissing("spark.executorEnv.MALLOC_ARENA_MAX", "1");
        boolean isHere = master.equals("local") || master.startsWith("local[");
        if (!isHere && !settings.contains("spark.jars")) {
            settings.set("spark.jars", String.join(",", ownLibraries()));
        }
        return settings;
    }

    /** Returns the libraries that executors do not have: those of this program, without Spark's own and its logging. */
    private static List<String> ownLibraries() {
        Path ofSpark = library(SparkContext.class).resolveSibling("").normalize();
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> entry.endsWith(".jar"))
                .map(entry -> Path.of(entry).toAbsolutePath())
                .filter(Files::isRegularFile)
                .filter(jar -> !ofSpark.equals(jar.getParent()))
                .filter(jar -> !jar.getFileName().toString().startsWith("slf4j-"))
                .map(jar -> jar.toUri().toString())
                .distinct()
                .toList();
    }

    private static Path library(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toAbsolutePath();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("The library of %s has no place.".formatted(type.getName()), e);
        }
    }

    /** Asks whether a standalone master is there, because Spark itself waits a minute for one that is not. */
    private static void requireAnswer(String master) {
        if (!master.startsWith("spark://")) {
            return;
        }
        StringBuilder reasons = new StringBuilder();
        for (String one : master.split(",", -1)) {
            Matcher address = STANDALONE.matcher(one);
            if (!address.matches()) {
                throw new GauntletException(
                        "'%s' is not the address of a Spark master, such as spark://host:7077.".formatted(master));
            }
            try (Socket socket = new Socket()) {
                socket.connect(
                        new InetSocketAddress(address.group(1), Integer.parseInt(address.group(2))),
                        CONNECT_MILLISECONDS);
                return;
            } catch (UnknownHostException e) {
                reasons.append(reasons.isEmpty() ? "" : "; ")
                        .append("the host %s is not known".formatted(address.group(1)));
            } catch (IOException | IllegalArgumentException e) {
                reasons.append(reasons.isEmpty() ? "" : "; ").append(e.getMessage());
            }
        }
        throw new GauntletException("No Spark master answers at %s: %s.".formatted(master, reasons));
    }
}
