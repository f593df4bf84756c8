package dev.gauntlet.data;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the operating system's folder for files that programs can create or download again. */
final class CacheFolder {
    private CacheFolder() {}

    /**
     * Finds the folder, which need not exist.
     *
     * @param operatingSystem the system property {@code os.name}
     * @param environment the environment variables
     * @param home the system property {@code user.home}
     * @param temporary the folder to use if there is no home, the system property {@code java.io.tmpdir}
     * @return the folder
     */
    static Path of(String operatingSystem, Map<String, String> environment, String home, String temporary) {
        String system = operatingSystem.toLowerCase(Locale.ROOT);
        // a user without an entry in the password file has the home "?"
        Path base = absolute(home).orElse(Path.of(temporary));
        Path caches;
        if (system.startsWith("windows")) {
            caches = absolute(environment.get("LOCALAPPDATA")).orElse(base.resolve("AppData/Local"));
        } else if (system.startsWith("mac")) {
            caches = base.resolve("Library/Caches");
        } else {
            // the XDG specification says to ignore a relative path
            caches = absolute(environment.get("XDG_CACHE_HOME")).orElse(base.resolve(".cache"));
        }
        return caches.resolve("gauntlet");
    }

    private static Optional<Path> absolute(@Nullable String path) {
        if (path == null || path.isBlank()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Path.of(path)).filter(Path::isAbsolute);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
