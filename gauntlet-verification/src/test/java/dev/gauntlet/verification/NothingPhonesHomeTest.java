package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is shipped connects to nothing that the user did not name; ONNX Runtime 1.29.0 did. */
class NothingPhonesHomeTest {
    private static final Path PROGRAM =
            Path.of("../gauntlet-cli/target/gauntlet").toAbsolutePath().normalize();

    private static final int PATIENCE_SECONDS = 300;

    /** Hosts that native libraries name in the documentation of their operators, in errors and in signatures. */
    private static final Set<String> DOCUMENTATION = Set.of(
            "arxiv.org",
            "crbug.com",
            "crl.microsoft.com",
            "dawn-review.googlesource.com",
            "dawn.googlesource.com",
            "devblogs.nvidia.com",
            "discuss.pytorch.org",
            "docs.nvidia.com",
            "docs.scipy.org",
            "en.wikipedia.org",
            "fburl.com",
            "github.com",
            "gpuweb.github.io",
            "huggingface.co",
            "ieeexplore.ieee.org",
            "issues.chromium.org",
            "jmlr.org",
            "numpy.org",
            "papers.nips.cc",
            "pytorch.org",
            "source.chromium.org",
            "tinyurl.com",
            "www.microsoft.com",
            "www.opencompute.org",
            "www.tensorflow.org");

    private static final Pattern ADDRESS = Pattern.compile("https?://([a-z0-9.-]+\\.[a-z]{2,})");

    /** Names of services that collect, which may stand in a library without their scheme. */
    private static final List<String> COLLECTORS = List.of(
            "onecollector",
            "events.data.microsoft",
            "vortex.data",
            "applicationinsights",
            "google-analytics",
            "sentry.io",
            "api.segment",
            "amplitude.com",
            "mixpanel",
            "datadoghq",
            "honeycomb.io");

    private static final Pattern LIBRARY = Pattern.compile(".*\\.(so(\\.\\d+)*|dll|dylib|jnilib)");

    @TempDir
    Path folder;

    @Test
    void noNativeLibraryHoldsTheAddressOfACollector() throws IOException {
        Path libraries = PROGRAM.resolve("lib");
        assumeTrue(Files.isDirectory(libraries), libraries + " is not built; run ./mvnw package");
        List<String> suspects = new ArrayList<>();
        int searched = 0;
        try (Stream<Path> jars = Files.list(libraries)) {
            for (Path jar : jars.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList()) {
                try (ZipFile archive = new ZipFile(jar.toFile())) {
                    Enumeration<? extends ZipEntry> entries = archive.entries();
                    while (entries.hasMoreElements()) {
                        ZipEntry entry = entries.nextElement();
                        if (LIBRARY.matcher(entry.getName()).matches() && !entry.isDirectory()) {
                            searched++;
                            try (InputStream content = archive.getInputStream(entry)) {
                                suspects(content)
                                        .forEach(found -> suspects.add(
                                                "%s in %s of %s".formatted(found, entry.getName(), jar.getFileName())));
                            }
                        }
                    }
                }
            }
        }

        assertThat(searched).as("native libraries in %s", libraries).isGreaterThan(5);
        assertThat(suspects).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://mobile.events.data.microsoft.com/OneCollector/1.0",
                "http://telemetry.example.com/v1",
                "browser.events.data.microsoft.com"
            })
    void theSearchFindsACollectorInEitherEncodingAndAcrossTheEdgeOfAChunk(String address) throws IOException {
        for (var encoding : List.of(StandardCharsets.US_ASCII, StandardCharsets.UTF_16LE)) {
            for (int before : new int[] {0, 1, CHUNK - 10, CHUNK - 9}) {
                byte[] name = address.getBytes(encoding);
                byte[] content = new byte[before + name.length + 100];
                System.arraycopy(name, 0, content, before, name.length);

                assertThat(suspects(new ByteArrayInputStream(content)))
                        .as("%s after %d bytes", encoding, before)
                        .isNotEmpty();
            }
        }
    }

    @Test
    void theSearchLetsDocumentationPass() throws IOException {
        byte[] content =
                "see https://arxiv.org/abs/1502.03167 and https://pytorch.org/docs".getBytes(StandardCharsets.US_ASCII);

        assertThat(suspects(new ByteArrayInputStream(content))).isEmpty();
    }

    private static final int CHUNK = 1 << 22;

    private static final int OVERLAP = 512;

    /** The shortest name of a collector has as many letters. */
    private static final int SHORTEST = 8;

    /** Finds the names of collectors, and all hosts that are not known to be documentation. */
    private static Set<String> suspects(InputStream content) throws IOException {
        Set<String> suspects = new TreeSet<>();
        byte[] chunk = new byte[CHUNK + OVERLAP];
        int kept = 0;
        while (true) {
            int read = content.readNBytes(chunk, kept, chunk.length - kept);
            int length = kept + read;
            find(texts(chunk, length, 1), suspects);
            find(texts(chunk, length, 2), suspects);
            if (read == 0) {
                return suspects;
            }
            kept = Math.min(OVERLAP, length);
            System.arraycopy(chunk, length - kept, chunk, 0, kept);
        }
    }

    /**
     * Returns the texts among the bytes in lower case, one a line, because most of a library is code.
     *
     * @param bytes the bytes
     * @param length how many of them there are
     * @param width the bytes of a character: 1 for ASCII, 2 for UTF-16, little endian, at even and at odd places
     */
    private static String texts(byte[] bytes, int length, int width) {
        byte[] texts = new byte[length + 1];
        int end = 0;
        int begin = 0;
        int at = 0;
        while (at + width <= length) {
            byte letter = bytes[at];
            if (letter >= ' ' && letter <= '~' && (width == 1 || bytes[at + 1] == 0)) {
                texts[end++] = letter >= 'A' && letter <= 'Z' ? (byte) (letter + 'a' - 'A') : letter;
                at += width;
            } else {
                end = end - begin < SHORTEST ? begin : end;
                if (end > begin) {
                    texts[end++] = '\n';
                }
                begin = end;
                at++;
            }
        }
        return new String(texts, 0, end, StandardCharsets.US_ASCII);
    }

    private static void find(String text, Set<String> suspects) {
        // regular expressions are slow on hundreds of megabytes
        for (int at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at + 1)) {
            Matcher address = ADDRESS.matcher(text).region(Math.max(0, at - 5), Math.min(text.length(), at + OVERLAP));
            if (address.find() && !DOCUMENTATION.contains(address.group(1))) {
                suspects.add(address.group());
            }
        }
        COLLECTORS.stream().filter(text::contains).forEach(suspects::add);
    }

    @Test
    void evaluatingOnnxConnectsToNothingAndLeavesNothingBehind() throws Exception {
        Path launcher = PROGRAM.resolve("bin/gauntlet");
        assumeTrue(Files.isExecutable(launcher), launcher + " is not built; run ./mvnw package");
        Path tracer = Path.of("/usr/bin/strace");
        assumeTrue(Files.isExecutable(tracer), tracer + " is not installed; run apt-get install strace");
        Path inputs = Files.createDirectory(folder.resolve("inputs"));
        Path work = Files.createDirectory(folder.resolve("work"));
        Path temporary = Files.createDirectory(folder.resolve("temporary"));
        Path home = Files.createDirectory(folder.resolve("home"));
        Path model = Files.write(inputs.resolve("model.onnx"), TinyOnnx.matrixBehindSoftmax(4, 2, matrix()));
        Path data = Files.writeString(inputs.resolve("data.csv"), "0,0.9,0.9,0.1,0.1\n1,0.1,0.1,0.9,0.9\n");
        Path trace = folder.resolve("trace");
        ProcessBuilder builder = new ProcessBuilder(
                        tracer.toString(),
                        "-f",
                        "-qq",
                        "-s",
                        "4096",
                        "-e",
                        "trace=%network,%file",
                        "-o",
                        trace.toString(),
                        launcher.toString(),
                        "evaluate",
                        model.toString(),
                        "--data",
                        data.toString(),
                        "--epsilon",
                        "0.05",
                        "--out",
                        work.resolve("report").toString())
                .directory(work.toFile())
                .redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("HOME", home.toString());
        environment.put("XDG_CACHE_HOME", home.resolve(".cache").toString());
        environment.put("TMPDIR", temporary.toString());
        environment.put("GAUNTLET_JAVA_OPTIONS", "-Djava.io.tmpdir=" + temporary);
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assumeTrue(
                Files.exists(trace) && !out.contains("ptrace(PTRACE_TRACEME"),
                "this system does not let strace trace: " + out);

        assertThat(process.exitValue()).as(out).isZero();
        List<String> calls = Files.readAllLines(trace);
        assertThat(calls).as("the calls of the JVM are in the trace").anyMatch(call -> call.contains("libonnxruntime"));
        assertThat(calls)
                .as("the JDK opens sockets to see which protocols there are; nothing may use one")
                .noneMatch(call -> call.matches(".*\\b(connect|bind|sendto|sendmsg|sendmmsg)\\(.*AF_INET.*"));
        assertThat(calls)
                .as("nothing looks up a host or identifies the machine")
                .noneMatch(call -> call.contains("resolv.conf") || call.contains("machine-id"));
        Path natives = Path.of(System.getProperty(
                "org.bytedeco.javacpp.cachedir", System.getProperty("user.home") + "/.javacpp/cache"));
        assertThat(written(calls))
                .as("files that were written")
                .isNotEmpty()
                .allMatch(file -> file.startsWith(work.toString())
                        || file.startsWith("report/")
                        || file.startsWith(temporary.toString())
                        || file.startsWith(natives.toString())
                        || file.equals("/dev/null")
                        || file.startsWith("/proc/self/"));
        assertThat(temporary).isEmptyDirectory();
        assertThat(home).isEmptyDirectory();
        try (Stream<Path> left = Files.list(work)) {
            assertThat(left).containsExactly(work.resolve("report"));
        }
    }

    private static final Pattern WRITING = Pattern.compile(
            ".*\\b(?:open|openat|creat|mkdir|mkdirat|rename|renameat|renameat2|link|linkat|symlink|symlinkat|truncate)\\((?:AT_FDCWD, )?\"([^\"]*)\".*");

    private static List<String> written(List<String> calls) {
        List<String> written = new ArrayList<>();
        for (String call : calls) {
            Matcher matcher = WRITING.matcher(call);
            if (matcher.matches()
                    && !call.contains(" = -1 ")
                    && (!call.contains("open") || call.matches(".*O_(WRONLY|RDWR|CREAT|TRUNC|APPEND).*"))) {
                written.add(matcher.group(1));
            }
        }
        return written;
    }

    private static byte[] matrix() {
        ByteBuffer matrix = ByteBuffer.allocate(4 * 2 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float weight : new float[] {1, 0, 1, 0, 0, 1, 0, 1}) {
            matrix.putFloat(weight);
        }
        return matrix.array();
    }
}
