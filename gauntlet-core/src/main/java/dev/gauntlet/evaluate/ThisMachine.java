package dev.gauntlet.evaluate;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/** Describes the program and the machine it runs on. */
final class ThisMachine {
    private ThisMachine() {}

    static RobustnessReport.Provenance provenance() {
        return new RobustnessReport.Provenance(
                version(),
                System.getProperty("java.vendor") + " " + System.getProperty("java.runtime.version"),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                processor());
    }

    private static String version() {
        Properties properties = new Properties();
        try (var in = ThisMachine.class.getResourceAsStream("version.properties")) {
            if (in == null) {
                throw new IllegalStateException("version.properties is missing beside " + ThisMachine.class);
            }
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }

    /** Only Linux names the model in a file; on other systems the number of processors stands in. */
    private static String processor() {
        int processors = Runtime.getRuntime().availableProcessors();
        Path information = Path.of("/proc/cpuinfo");
        String model = "processor of unknown model";
        if (Files.isReadable(information)) {
            try (BufferedReader lines = Files.newBufferedReader(information)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith("model name")) {
                        model = line.substring(line.indexOf(':') + 1).strip();
                        break;
                    }
                }
            } catch (IOException e) {
                model += " (" + e.getMessage() + ")";
            }
        }
        return model + ", " + processors + " processors";
    }
}
