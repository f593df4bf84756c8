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

/** Looks into the archive of a TorchScript file for what libtorch's messages do not say. */
final class ScriptArchive {
    /** A device in the code or the attributes, such as {@code torch.device("cuda:0")}. */
    private static final Pattern DEVICE =
            Pattern.compile("\\b(cuda|hip|xpu|mps|xla|hpu|npu|musa|ipu|vulkan|privateuseone)(:\\d{1,3})?\\b");

    /** How libtorch names a device that is not there. */
    private static final Pattern MISSING_DEVICE =
            Pattern.compile("(?i)from the '(\\w+)' backend|\\b(cuda|hip|xpu|mps|xla|hpu|npu)\\b");

    /** No code that a person has written is as long. */
    private static final int LONGEST_CODE = 16 << 20;

    private ScriptArchive() {}

    /**
     * Finds the device without which a script cannot run.
     *
     * @param file the script
     * @param reason libtorch's message
     * @return the device, as the script names it; empty if the message is about something else
     */
    static Optional<String> missingDevice(Path file, String reason) {
        Matcher matcher = MISSING_DEVICE.matcher(reason);
        if (!matcher.find() || "CPU".equals(matcher.group(1))) {
            return Optional.empty();
        }
        String named = matcher.group(1) == null ? matcher.group() : matcher.group(1);
        // an attribute may hold it, too, beside the places of the weights
        return Optional.of(
                device(file, ".py").or(() -> device(file, "/data.pkl")).orElse(named.toLowerCase(Locale.ROOT)));
    }

    /** Returns the first device that the entries with an ending name. */
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
            // libtorch has opened the archive; where Java cannot, its message names the device less exactly
            return Optional.empty();
        }
    }
}
