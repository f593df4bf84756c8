package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.Loader;

/** Whether the program has native libraries for this machine at all; the portable distribution has none. */
public final class NativeCode {
    private static final Set<String> PLATFORMS =
            Set.of("linux-x86_64", "macosx-arm64", "macosx-x86_64", "windows-x86_64");

    private NativeCode() {}

    /**
     * Makes sure that there are native libraries, without loading any.
     *
     * @throws GauntletException if there are none for this machine, although they exist
     */
    public static void require() {
        missing().ifPresent(failure -> {
            throw failure;
        });
    }

    static Optional<GauntletException> missing() {
        String platform = Loader.getPlatform();
        String library = "/org/bytedeco/javacpp/%s/%s".formatted(platform, System.mapLibraryName("jnijavacpp"));
        return !PLATFORMS.contains(platform) || Loader.class.getResource(library) != null
                ? Optional.empty()
                : Optional.of(new GauntletException(
                        "This program has no native libraries for %s, as the portable distribution, which evaluates only models behind an address; install the distribution for %s."
                                .formatted(platform, platform)));
    }
}
