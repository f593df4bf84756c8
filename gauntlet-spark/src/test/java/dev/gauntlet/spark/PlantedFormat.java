package dev.gauntlet.spark;

import dev.gauntlet.FilePath;
import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.Sha256;
import dev.gauntlet.data.Batch;
import dev.gauntlet.format.ModelDescription;
import dev.gauntlet.format.ModelFormat;
import dev.gauntlet.format.ModelUse;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.testkit.PlainModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Opens linear models of three classes and four pixels that a number in a file describes. */
public final class PlantedFormat implements ModelFormat {
    static final AtomicInteger OPENED = new AtomicInteger();
    static final AtomicInteger CLOSED = new AtomicInteger();

    @Override
    public String name() {
        return "planted";
    }

    @Override
    public boolean takes(ModelRef model) {
        return model instanceof ModelRef.File file && file.path().endsWith(".planted");
    }

    @Override
    public ModelDescription describe(ModelRef model, ModelUse use) {
        return ModelDescription.of("planted");
    }

    @Override
    public DifferentiableClassifier openWhiteBox(ModelRef model, ModelUse use) {
        return Planted.read(FilePath.of(((ModelRef.File) model).path()));
    }

    @Override
    public Classifier openBlackBox(ModelRef model, ModelUse use) {
        return openWhiteBox(model, use);
    }

    /** The file has a seed in its first line, and in the others the examples on which the model fails. */
    private static final class Planted extends PlainModel {
        private final String sha256;
        private final double[][] weights = new double[3][4];
        private final List<Integer> fails;

        private Planted(String sha256, List<Integer> lines) {
            super(3);
            this.sha256 = sha256;
            SplittableRandom random = RandomKey.of(lines.get(0)).generator();
            for (double[] row : weights) {
                Arrays.setAll(row, i -> random.nextDouble() - .5);
            }
            fails = lines.subList(1, lines.size());
        }

        static Planted read(Path file) {
            try {
                byte[] content = Files.readAllBytes(file);
                OPENED.incrementAndGet();
                return new Planted(
                        Sha256.of(content),
                        new String(content, StandardCharsets.UTF_8)
                                .lines()
                                .map(Integer::valueOf)
                                .toList());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public ModelCard card() {
            return new ModelCard("planted", "linear", 12, sha256, Optional.empty(), "test", Optional.empty());
        }

        @Override
        public Logits logits(Batch batch) {
            for (int id : batch.ids()) {
                if (fails.contains(id)) {
                    throw new GauntletException("The model fails on example %d.".formatted(id));
                }
            }
            return super.logits(batch);
        }

        @Override
        public double[] logitsOf(double[] x) {
            double[] z = new double[3];
            for (int k = 0; k < 3; k++) {
                for (int i = 0; i < x.length; i++) {
                    z[k] += weights[k][i] * x[i];
                }
            }
            return z;
        }

        @Override
        public double[] backward(double[] x, double[] byLogits) {
            double[] byPixels = new double[x.length];
            for (int k = 0; k < 3; k++) {
                for (int i = 0; i < x.length; i++) {
                    byPixels[i] += weights[k][i] * byLogits[k];
                }
            }
            return byPixels;
        }

        @Override
        public void close() {
            CLOSED.incrementAndGet();
        }
    }
}
