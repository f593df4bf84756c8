package dev.gauntlet.explore;

import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.LayerGraph;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.PlainModel;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Small models and data for the page. */
final class Fixtures {
    static final int SIDE = 4;
    static final int INPUTS = SIDE * SIDE;
    static final int CLASSES = 3;

    private Fixtures() {}

    /** A linear model that shows its layers, so that it can be certified, and exactly so. */
    static final class Linear extends PlainModel {
        private final double[][] weights;

        Linear(long seed) {
            super(CLASSES);
            SplittableRandom random = new SplittableRandom(seed);
            weights = IntStream.range(0, CLASSES)
                    .mapToObj(k -> random.doubles(INPUTS, -1, 1)
                            .map(weight -> (float) weight)
                            .toArray())
                    .toArray(double[][]::new);
        }

        @Override
        public double[] logitsOf(double[] x) {
            return affine(weights, new double[CLASSES], x);
        }

        @Override
        public double[] backward(double[] x, double[] byLogits) {
            return transposed(weights, byLogits);
        }

        @Override
        public Optional<LayerGraph> layerGraph() {
            float[] rows = new float[CLASSES * INPUTS];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = (float) weights[i / INPUTS][i % INPUTS];
            }
            return Optional.of(new LayerGraph(List.of(
                    new LayerGraph.Node("input", new LayerGraph.Input(), new int[0], new int[] {INPUTS}),
                    new LayerGraph.Node(
                            "linear",
                            new LayerGraph.Dense(CLASSES, INPUTS, rows, new float[CLASSES]),
                            new int[] {0},
                            new int[] {CLASSES}))));
        }
    }

    /** Random images, labelled as a model answers them, but for the last, which is labelled otherwise. */
    static ArrayDataset data(Classifier model, int examples) {
        return data(model, examples, List.of("ant", "bee", "cat"));
    }

    /** The same with other names of the classes. */
    static ArrayDataset data(Classifier model, int examples, List<String> classes) {
        SplittableRandom random = new SplittableRandom(7);
        float[] pixels = new float[examples * INPUTS];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextDouble(.2, .8);
        }
        ImageShape shape = new ImageShape(1, SIDE, SIDE);
        Logits logits = model.logits(new Batch(shape, new int[examples], new int[examples], pixels));
        int[] labels = IntStream.range(0, examples).map(logits::prediction).toArray();
        labels[examples - 1] = (labels[examples - 1] + 1) % CLASSES;
        return new ArrayDataset(shape, classes, labels, pixels);
    }

    static OpenModel open(String title, Classifier model) {
        return new OpenModel(title, model, ModelRef.InProcess.of(model.card()));
    }

    static Exploration exploration(ArrayDataset data, OpenModel... models) {
        return new Exploration(Arrays.asList(models), data, DataRef.InProcess.of(data.origin()), Optional.empty());
    }

    /** The same model without its gradients. */
    static Classifier blackBox(DifferentiableClassifier model) {
        return new Classifier() {
            @Override
            public ModelCard card() {
                return model.card();
            }

            @Override
            public Logits logits(Batch batch) {
                return model.logits(batch);
            }

            @Override
            public void close() {
                // the model belongs to the test
            }
        };
    }

    /** Returns the fields of a request about an example. */
    static String about(String page, int example, String rest) {
        return """
                {"page": "%s", "image": {"example": %d}, "norm": "linf", "seed": 5, %s}""".formatted(page, example, rest);
    }
}
