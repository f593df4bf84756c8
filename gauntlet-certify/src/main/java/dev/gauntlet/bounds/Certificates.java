package dev.gauntlet.bounds;

import dev.gauntlet.certify.Certificate;
import dev.gauntlet.data.Batch;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Makes certificates of proved margins. */
final class Certificates {
    private Certificates() {}

    static List<Certificate> of(Batch batch, ProvedMargins[] proved) {
        return IntStream.range(0, batch.size())
                .mapToObj(row -> of(batch.ids()[row], proved[row], 1))
                .toList();
    }

    /** Makes certificates of proved margins, and of counterexamples where there are any. */
    static List<Certificate> of(Batch batch, ProvedMargins[] proved, float[] @Nullable [] counterexamples) {
        return IntStream.range(0, batch.size())
                .mapToObj(row -> {
                    int id = batch.ids()[row];
                    float[] image = counterexamples[row];
                    return image == null ? of(id, proved[row], 1) : broken(id, proved[row], image, 1);
                })
                .toList();
    }

    static Certificate of(int id, ProvedMargins proved, long domains) {
        return new Certificate(
                id,
                proved.isCertified() ? Certificate.Standing.CERTIFIED : Certificate.Standing.UNDECIDED,
                proved.smallest(),
                proved.isCertified() && proved.isCertifiedInFloat32(),
                Optional.empty(),
                domains);
    }

    static Certificate broken(int id, ProvedMargins proved, float[] image, long domains) {
        return new Certificate(id, Certificate.Standing.BROKEN, proved.smallest(), false, Optional.of(image), domains);
    }
}
