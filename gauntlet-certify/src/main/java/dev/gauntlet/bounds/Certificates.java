package dev.gauntlet.bounds;

import dev.gauntlet.certify.Certificate;
import dev.gauntlet.data.Batch;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Makes certificates of proved margins. */
final class Certificates {
    private Certificates() {}

    static List<Certificate> of(Batch batch, ProvedMargins[] proved) {
        return IntStream.range(0, batch.size())
                .mapToObj(row -> of(batch.ids()[row], proved[row], 1))
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
}
