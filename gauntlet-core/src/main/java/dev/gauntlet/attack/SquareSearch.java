package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.ChangingImages;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Targeted;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * One random search of {@link Square} at one budget, for all examples that are still robust.
 *
 * <p>All candidates are in one array that is modified in place between queries; it is compacted only when examples are
 * finished.
 */
final class SquareSearch {
    private final Findings findings;
    private final SquareMoves moves;
    private final int length;
    private Batch candidates;
    private List<Walk> walks;

    SquareSearch(Problem problem, Findings findings, SquareMoves moves, int restart) {
        this.findings = findings;
        this.moves = moves;
        this.length = problem.clean().shape().size();
        int[] rows = findings.open();
        this.candidates = problem.clean().select(rows);
        Loss loss = problem.criterion() instanceof Targeted ? new CrossEntropy() : new Margin();
        this.walks = IntStream.of(rows)
                .mapToObj(row -> new Walk(problem, row, loss, restart))
                .toList();
    }

    void run(Classifier model, Square options) {
        ChangingImages images = model.changing();
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
            judge(images, images.logits(candidates));
        }
    }

    /** Accepts candidates that are successes or raise the loss, and reverts the others. */
    private void judge(ChangingImages images, Logits logits) {
        float[] pixels = candidates.pixels();
        boolean anyFinished = false;
        int[] accepted = new int[walks.size()];
        int count = 0;
        for (int i = 0; i < walks.size(); i++) {
            Walk walk = walks.get(i);
            if (findings.isSuccess(walk.row, logits, i)) {
                findings.keep(walk.row, pixels, i);
                anyFinished = true;
            } else if (walk.improves(logits, i)) {
                moves.accept(walk, pixels, i * length);
                accepted[count++] = i;
            } else {
                moves.reject(walk, pixels, i * length);
            }
        }
        images.accept(candidates, Arrays.copyOf(accepted, count));
        if (anyFinished) {
            int[] standing = IntStream.range(0, walks.size())
                    .filter(i -> !findings.isFound(walks.get(i).row))
                    .toArray();
            walks = IntStream.of(standing).mapToObj(walks::get).toList();
            candidates = candidates.select(standing);
            images.select(standing);
        }
    }

    /** The state of the search for one example. */
    static final class Walk {
        final SplittableRandom random;
        final float[] clean;

        /** The pixels with the largest loss so far. */
        final float[] best;

        /** The weight, as in {@link SquareMovesL2AndL1}, of the change from the clean to the best pixels. */
        double weight;

        /** The weight of the change from the clean pixels to the candidate. */
        double candidateWeight;

        /** The positions of the windows of the last change: the index of their first pixel within the first channel. */
        int at;

        int otherAt;

        private final int row;
        private final int label;
        private final Loss objective;
        private double loss = Double.NEGATIVE_INFINITY;

        private Walk(Problem problem, int row, Loss loss, int restart) {
            Batch batch = problem.clean();
            int length = batch.shape().size();
            this.row = row;
            this.random = problem.randomness(row).with(restart).generator();
            this.clean = Arrays.copyOfRange(batch.pixels(), row * length, (row + 1) * length);
            this.best = clean.clone();
            this.label = batch.labels()[row];
            this.objective = problem.criterion().objective(loss, label);
        }

        /** Records the loss of a candidate and tells whether it is the largest so far; that of the start always is. */
        private boolean improves(Logits logits, int candidate) {
            double candidateLoss =
                    objective.value(logits.values(), candidate * logits.classes(), logits.classes(), label);
            if (logits.isFinite(candidate) && candidateLoss > loss) {
                loss = candidateLoss;
                return true;
            }
            return false;
        }
    }
}
