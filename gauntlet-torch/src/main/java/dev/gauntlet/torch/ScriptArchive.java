package dev.gauntlet.torch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Searches the archive of a TorchScript file for information that libtorch's messages lack. */
final class ScriptArchive {
    /** A device in the code or the attributes, such as {@code torch.device("cuda:0")}. */
    private static final Pattern DEVICE =
            Pattern.compile("\\b(cuda|hip|xpu|mps|xla|hpu|npu|musa|ipu|vulkan|privateuseone)(:\\d{1,3})?\\b");

    /** How libtorch's messages name an unavailable device. */
    private static final Pattern MISSING_DEVICE =
            Pattern.compile("(?i)from the '(\\w+)' backend|\\b(cuda|hip|xpu|mps|xla|hpu|npu)\\b");

    /** Longer than any hand-written code. */
    private static final int LONGEST_CODE = 16 << 20;

    private ScriptArchive() {}

    /**
     * Finds the device that a script requires.
     *
     * @param file the script
     * @param reason libtorch's message
     * @return the device as the script names it; empty if the message has another reason
     */
    static Optional<String> missingDevice(Path file, String reason) {
        Matcher matcher = MISSING_DEVICE.matcher(reason);
        if (!matcher.find() || "CPU".equals(matcher.group(1))) {
            return Optional.empty();
        }
        String named = matcher.group(1) == null ? matcher.group() : matcher.group(1);
        // an attribute may contain it, too, besides the devices of the weights
        return Optional.of(
                device(file, ".py").or(() -> device(file, "/data.pkl")).orElse(named.toLowerCase(Locale.ROOT)));
    }

    /** Returns the first device that entries with a given extension name. */
    private static Optional<String> device(Path file, String ending) {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                if (!entry.getName().endsWith(ending)) {
                    continue;
                }
                String text;
                try (InputStream in = zip.getInputStream(entry)) {
                    text = new String(in.readNBytes(LONGEST_CODE), StandardCharsets.ISO_8859_1);
                }
                Matcher device = DEVICE.matcher(text);
                if (device.find()) {
                    return Optional.of(device.group());
                }
            }
            return Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            // libtorch has opened the archive; if Java cannot, the message names the device less precisely
            return Optional.empty();
        }
    }
}
