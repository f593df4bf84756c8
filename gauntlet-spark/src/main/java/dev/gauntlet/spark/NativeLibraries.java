package dev.gauntlet.spark;

import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;

/** Where the native libraries of the engines are unpacked on an executor. */
final class NativeLibraries {
    /** Where JavaCPP unpacks, unless somebody has said so. */
    private static final String FOLDER = "org.bytedeco.javacpp.cachedir";

    private NativeLibraries() {}

    /**
     * Chooses, before the first library is loaded, a folder on a local disk that all executors of a machine share. The home
     * folder, where they would be unpacked otherwise, is often on a network, or cannot be written.
     */
    static void prepare() {
        if (SparkEnv.get() == null || SparkEnv.get().executorId().equals("driver")) {
            return;
        }
        setIfMissing("org.bytedeco.javacpp.nopointergc", "true");
        // JavaCPP's bound on memory counts libraries that are merely mapped
        setIfMissing("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        // it would look in every library for thirty parts of CUDA
        setIfMissing("org.bytedeco.javacpp.platform.extension", "-cpu");
        setIfMissing(FOLDER, folder().toString());
    }

    private static Path folder() {
        // the first is where containers of YARN may write, the others are what the administrator of a cluster sets
        String local = Stream.of(
                        System.getenv("LOCAL_DIRS"),
                        System.getenv("SPARK_LOCAL_DIRS"),
                        SparkEnv.get().conf().get("spark.local.dir", ""))
                .flatMap(folders -> Optional.ofNullable(folders).stream())
                .map(folders -> folders.split(",", -1)[0])
                .filter(folder -> !folder.isBlank())
                .findFirst()
                .orElseGet(() -> System.getProperty("java.io.tmpdir"));
        return Path.of(local, "gauntlet-natives-" + System.getProperty("user.name"));
    }

    private static void setIfMissing(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
