package dev.gauntlet.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import dev.gauntlet.GauntletException;
import java.io.File;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/**
 * Starts ONNX Runtime once per process, without log output or telemetry.
 *
 * <p>Its native libraries are unpacked into JavaCPP's cache, like those of libtorch. By default, ONNX Runtime unpacks
 * them into the temporary folder at every start and does not delete them.
 */
final class OnnxRuntime {
    /** The property that tells ONNX Runtime where its libraries are; a user's own value is kept. */
    private static final String LIBRARY_FOLDER = "onnxruntime.native.path";

    /** ONNX Runtime's names of the platforms, by JavaCPP's names. */
    private static final Map<String, String> PLATFORMS = Map.of(
            "linux-x86_64", "linux-x64",
            "linux-arm64", "linux-aarch64",
            "macosx-x86_64", "osx-x64",
            "macosx-arm64", "osx-aarch64",
            "windows-x86_64", "win-x64",
            "windows-arm64", "win-aarch64");

    private OnnxRuntime() {}

    /**
     * Started on first use. A failure is stored, because an exception from a class initializer would not reach the
     * user.
     */
    private static final class Holder {
        static @Nullable OrtEnvironment environment;
        static @Nullable GauntletException failure;

        static {
            try {
                environment = start();
            } catch (GauntletException e) {
                failure = e;
            } catch (LinkageError e) {
                failure = new GauntletException(
                        "ONNX Runtime could not be loaded on %s: %s.".formatted(Loader.getPlatform(), e.getMessage()),
                        e);
            }
        }
    }

    /**
     * Returns the environment that all sessions share.
     *
     * @throws GauntletException if the native libraries cannot be unpacked or loaded
     */
    static OrtEnvironment environment() {
        OrtEnvironment environment = Holder.environment;
        if (environment == null) {
            throw new GauntletException(
                    String.valueOf(Objects.requireNonNull(Holder.failure).getMessage()), Holder.failure);
        }
        return environment;
    }

    static String version() {
        return "ONNX Runtime " + environment().getVersion();
    }

    private static OrtEnvironment start() {
        if (System.getProperty(LIBRARY_FOLDER) == null) {
            libraryFolder().ifPresent(folder -> System.setProperty(LIBRARY_FOLDER, folder.toString()));
        }
        OrtEnvironment environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "gauntlet");
        try {
            // on Windows it would otherwise report its use to the system's event tracing
            environment.setTelemetry(false);
        } catch (OrtException e) {
            throw new GauntletException(
                    "ONNX Runtime's telemetry could not be switched off: %s".formatted(e.getMessage()), e);
        }
        return environment;
    }

    /** Unpacks the libraries, if they exist for this platform. */
    private static Optional<File> libraryFolder() {
        String platform = PLATFORMS.get(Loader.getPlatform());
        if (platform == null) {
            return Optional.empty();
        }
        try {
            Optional<File> folder = Optional.empty();
            for (String library : new String[] {"onnxruntime", "onnxruntime4j_jni"}) {
                File file = Loader.cacheResource(
                        OrtEnvironment.class,
                        "/ai/onnxruntime/native/%s/%s".formatted(platform, System.mapLibraryName(library)));
                folder = Optional.ofNullable(file).map(File::getParentFile);
                if (folder.isEmpty()) {
                    return folder;
                }
            }
            return folder;
        } catch (IOException e) {
            throw new GauntletException(
                    "The native libraries of ONNX Runtime could not be unpacked (%s); set -Dorg.bytedeco.javacpp.cachedir=FOLDER to a folder with 1 GB of free space."
                            .formatted(e.getMessage()),
                    e);
        }
    }
}
