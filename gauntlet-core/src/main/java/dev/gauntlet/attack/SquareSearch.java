package dev.gauntlet.attack;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Targeted;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One random search of {@link Square} for all examples that still stand, within one budget.
 *
 * <p>All candidates are in one array that is written to between the queries; only when examples are finished are the
 * others moved together.
 */
final class SquareSearch {
    private final Findings findings;
    private final SquareMoves moves;
    private final int length;
    private Batch candidates;
    private List<SquareWalk> walks;

    SquareSearch(Problem problem, Findings findings, SquareMoves moves, int restart) {
        this.findings = findings;
        this.moves = moves;
        this.length = problem.clean().shape().size();
        int[] rows = findings.open();
        this.candidates = problem.clean().select(rows);
        Loss loss = problem.criterion() instanceof Targeted ? new CrossEntropy() : new Margin();
        this.walks = IntStream.of(rows)
                .mapToObj(row -> new SquareWalk(problem, row, loss, restart))
                .toList();
    }

    void run(Classifier model, Square options) {
        for (int query = 0; query < options.queries() && !walks.isEmpty(); query++) {
            float[] pixels = candidates.pixels();
            if (query == 0) {
                for (int i = 0; i < walks.size(); i++) {
                    moves.start(walks.get(i), pixels, i * length);
                }
            } else {
                moves.resize(options.share(query - 1));
                for (int i = 0; i < walks.size(); i++) {
                    moves.change(walks.get(i), pixels, i * length);
                }
            }
            judge(model.logits(candidates));
        }
    }

    /** Keeps what is a success or raises the loss, and takes everything else back. */
    private void judge(Logits logits) {
        float[] pixels = candidates.pixels();
        boolean anyFinished = false;
        for (int i = 0; i < walks.size(); i++) {
            SquareWalk walk = walks.get(i);
            if (findings.isSuccess(walk.row, logits, i)) {
                findings.keep(walk.row, pixels, i);
                anyFinished = true;
            } else if (walk.improves(logits, i)) {
                moves.accept(walk, pixels, i * length);
            } else {
                moves.reject(walk, pixels, i * length);
            }
        }
        if (anyFinished) {
            int[] standing = IntStream.range(0, walks.size())
                    .filter(i -> !findings.isFound(walks.get(i).row))
                    .toArray();
            walks = IntStream.of(standing).mapToObj(walks::get).toList();
            candidates = candidates.select(standing);
        }
    }
}
