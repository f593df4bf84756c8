package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Native memory is invisible to the garbage collector, so a leak shows only in the size of the process. */
@Tag("slow")
class MemoryTest {
    private static final int ALLOWED_KILOBYTES = 50_000;

    @TempDir
    private Path folder;

    /** With and without JavaCPP's own collector of forgotten pointers, which would hide a leak for a while. */
    @ParameterizedTest
    @CsvSource({
        "dense, 2000, true", "dense, 2000, false",
        "convolutional, 2000, true", "convolutional, 2000, false",
        "script, 2000, true", "script, 2000, false",
        "failure, 2000, true", "failure, 2000, false",
        "loading, 2000, true", "loading, 2000, false",
        "loading-script, 2000, true", "loading-script, 2000, false",
        "training-dense, 200, true", "training-dense, 200, false",
        "training-convolutional, 200, true", "training-convolutional, 200, false"
    })
    void repetitionKeepsTheSizeOfTheProcess(
            String work, String repetitions, String withoutPointerCollector, TestReporter reporter)
            throws IOException, InterruptedException {
        assumeTrue(Files.isReadable(MemoryProbe.STATUS), "skipped: this system has no " + MemoryProbe.STATUS);
        List<String> output = ChildProcess.run(
                List.of(
                        // a Java heap that is all there from the start, so that only native memory can grow
                        "-Xms128m",
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:+AlwaysPreTouch",
                        "-Dorg.bytedeco.javacpp.nopointergc=" + withoutPointerCollector),
                MemoryProbe.class,
                work,
                repetitions,
                folder.toString());
        assertThat(output).singleElement().asString().matches("-?\\d+");
        reporter.publishEntry(work + ", nopointergc=" + withoutPointerCollector + ", growth in kB", output.get(0));
        assertThat(Integer.parseInt(output.get(0)))
                .as("growth in kB of %s repetitions of %s", repetitions, work)
                .isLessThan(ALLOWED_KILOBYTES);
    }
}
