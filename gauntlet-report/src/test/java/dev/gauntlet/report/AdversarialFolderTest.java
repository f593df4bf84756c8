package dev.gauntlet.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.evaluate.shard.AdversarialExample;
import dev.gauntlet.evaluate.shard.ShardId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AdversarialFolderTest {
    private static final float[] CLEAN = {0, 0.25f, 0.5f, 0.75f, 1, 0.125f};
    private static final float[] ATTACKED = {0.1f, 0.15f, 0.6f, 0.65f, 0.9f, 0.225f};

    @TempDir
    Path folder;

    private final RobustnessReport report = Reports.usual().build();
    private final double epsilon = report.results().get(1).epsilon();

    @Test
    void writesArraysPicturesAndRates() throws IOException {
        Path place = folder.resolve("new/images");
        try (AdversarialFolder images = AdversarialFolder.at(place, Optional.empty())) {
            images.keep(task(1), List.of(success(epsilon, 101, 1), success(epsilon, 103, 0)));
            images.keep(task(0), List.of(success(epsilon, 102, 2)));
            images.write(report);
        }

        String name = "epsilon-" + Formats.shortDecimal(epsilon, 4);
        Map<String, byte[]> arrays = npz(place.resolve(name + ".npz"));
        assertThat(arrays.keySet())
                .containsExactly(
                        "id.npy",
                        "label.npy",
                        "prediction.npy",
                        "prediction_8bit.npy",
                        "attack.npy",
                        "distance.npy",
                        "clean.npy",
                        "adversarial.npy",
                        "adversarial_8bit.npy");
        assertThat(header(arrays.get("id.npy")))
                .startsWith("{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }");
        ByteBuffer ids = data(arrays.get("id.npy"));
        assertThat(List.of(ids.getInt(), ids.getInt(), ids.getInt())).containsExactly(101, 102, 103);
        assertThat(data(arrays.get("prediction_8bit.npy")).getInt(4)).isEqualTo(2);
        assertThat(data(arrays.get("distance.npy")).getDouble(8)).isEqualTo(0.1);
        assertThat(header(arrays.get("adversarial.npy"))).contains("'<f4'").contains("(3, 1, 2, 3)");
        float[] row = new float[6];
        data(arrays.get("adversarial.npy")).asFloatBuffer().get(6, row);
        assertThat(row).containsExactly(ATTACKED);
        data(arrays.get("clean.npy")).asFloatBuffer().get(6, row);
        assertThat(row).containsExactly(CLEAN);
        byte[] levels = new byte[6];
        data(arrays.get("adversarial_8bit.npy")).get(6, levels);
        assertThat(levels).containsExactly(26, 38, 153, 166, 229, 57);

        var picture =
                ImageIO.read(place.resolve(name + "/example-000102-1-as-2.png").toFile());
        assertThat(picture.getRaster().getSample(2, 0, 0)).isEqualTo(153);
        assertThat(picture.getRaster().getSample(2, 1, 0)).isEqualTo(57);

        JsonNode rates =
                JsonMapper.shared().readTree(place.resolve("rates.json").toFile());
        assertThat(rates).hasSameSizeAs(report.results());
        JsonNode rate = rates.get(1);
        assertThat(rate.path("accuracy").path("successes").asInt())
                .isEqualTo(report.results().get(1).accuracy().successes());
        assertThat(rate.path("accuracyIn8Bits").path("successes").asInt())
                .isEqualTo(report.results().get(1).accuracyAfterRounding().successes());
        assertThat(rate.path("successes").asInt())
                .isEqualTo(report.results().get(0).accuracy().successes()
                        - report.results().get(1).accuracy().successes());
        try (Stream<Path> left = Files.list(folder.resolve("new"))) {
            assertThat(left).containsExactly(place);
        }
    }

    @Test
    void aJournalKeepsWhatAnInterruptedRunFound() {
        Path journal = folder.resolve("journal");
        Path place = folder.resolve("images");
        try (AdversarialFolder interrupted = AdversarialFolder.at(place, Optional.of(journal))) {
            interrupted.keep(task(3), List.of(success(epsilon, 101, 1)));
        }
        try (AdversarialFolder resumed = AdversarialFolder.at(place, Optional.of(journal))) {
            assertThat(resumed.has(task(3))).isTrue();
            assertThat(resumed.has(task(2))).isFalse();
            resumed.write(report);
        }

        assertThat(place.resolve("epsilon-" + Formats.shortDecimal(epsilon, 4)))
                .isDirectoryContaining("glob:**/example-000101-1-as-1.png");
    }

    @Test
    void leavesOutWhatTheReportDoesNotCount() throws IOException {
        Path place = folder.resolve("images");
        AdversarialExample counted = success(epsilon, 101, 1);
        AdversarialExample ofAnotherAttack = new AdversarialExample(
                epsilon, 102, 1, 0, 0, success(epsilon, 102, 0).attack() + 1, 0.1, CLEAN, ATTACKED);
        AdversarialExample ofAnotherExample = new AdversarialExample(epsilon, 7, 1, 0, 0, 0, 0.1, CLEAN, ATTACKED);
        try (AdversarialFolder images = AdversarialFolder.at(place, Optional.empty())) {
            images.keep(task(0), List.of(counted, ofAnotherAttack, ofAnotherExample));
            images.write(report);
        }
        ByteBuffer ids = data(npz(place.resolve("epsilon-" + Formats.shortDecimal(epsilon, 4) + ".npz"))
                .get("id.npy"));
        assertThat(ids.remaining()).isEqualTo(Integer.BYTES);
        assertThat(ids.getInt()).isEqualTo(101);
    }

    @Test
    void nothingFoundGivesEmptyArrays() throws IOException {
        Path place = folder.resolve("images");
        try (AdversarialFolder images = AdversarialFolder.at(place, Optional.empty())) {
            images.keep(task(0), List.of());
            images.write(report);
        }

        Map<String, byte[]> arrays = npz(place.resolve("epsilon-" + Formats.shortDecimal(epsilon, 4) + ".npz"));
        assertThat(header(arrays.get("clean.npy"))).contains("(0, 1, 2, 3)");
        assertThat(data(arrays.get("clean.npy")).remaining()).isZero();
    }

    @Test
    void refusesAPlaceThatIsTakenAndLeavesNothingUnfinished() throws IOException {
        assertThatThrownBy(() -> AdversarialFolder.at(folder, Optional.empty()))
                .isInstanceOf(GauntletException.class)
                .hasMessage(folder + " already exists; choose a new folder for the adversarial images.");

        Path file = Files.writeString(folder.resolve("file"), "x");
        try (AdversarialFolder images = AdversarialFolder.at(file.resolve("images"), Optional.empty())) {
            assertThatThrownBy(() -> images.keep(task(0), List.of()))
                    .isInstanceOf(GauntletException.class)
                    .hasMessageContaining("cannot be written")
                    .hasMessageContaining("choose a folder that you can write to");
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(file);
        }
    }

    /** A success that the report counts. */
    private AdversarialExample success(double epsilon, int id, int prediction) {
        int attack = report.outcomes()
                .successfulAttack(report.outcomes().position(id).orElseThrow(), 1)
                .orElseThrow();
        return new AdversarialExample(epsilon, id, 1, prediction, prediction, attack, 0.1, CLEAN, ATTACKED);
    }

    private static ShardId task(int number) {
        return new ShardId(0, 1, number);
    }

    private static Map<String, byte[]> npz(Path file) throws IOException {
        Map<String, byte[]> arrays = new LinkedHashMap<>();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                arrays.put(entry.getName(), zip.readAllBytes());
            }
        }
        return arrays;
    }

    private static String header(byte[] npy) {
        int length = ByteBuffer.wrap(npy).order(ByteOrder.LITTLE_ENDIAN).getShort(8);
        assertThat((10 + length) % 64).isZero();
        return new String(npy, 10, length, StandardCharsets.US_ASCII);
    }

    private static ByteBuffer data(byte[] npy) {
        int start = 10 + ByteBuffer.wrap(npy).order(ByteOrder.LITTLE_ENDIAN).getShort(8);
        return ByteBuffer.wrap(npy, start, npy.length - start).slice().order(ByteOrder.LITTLE_ENDIAN);
    }
}
