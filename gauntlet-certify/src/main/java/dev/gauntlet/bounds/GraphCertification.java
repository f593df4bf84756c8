package dev.gauntlet.bounds;

import dev.gauntlet.GauntletException;
import dev.gauntlet.certify.Certificate;
import dev.gauntlet.certify.Certification;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.LayerGraph;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.torch.Libtorch;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Certifies with bounds on the graph of a model. */
final class GraphCertification implements Certification {
    /** The coefficients of the margins in the largest layer: 8 MB. */
    private static final int NUMBERS_AT_ONCE = 1 << 20;

    private static final int MOST_AT_ONCE = 256;

    /** Proves what can be proved of some examples that are classified correctly. */
    @FunctionalInterface
    interface Method {
        /**
         * Certifies examples.
         *
         * @param graph the model
         * @param batch the examples
         * @param region what the adversary may reach, and what the evaluation would still accept
         * @param ball what the adversary may do
         * @return one certificate per example
         */
        List<Certificate> certify(BoundGraph graph, Batch batch, Region region, LpBall ball);
    }

    private final Certifier certifier;
    private final Classifier model;
    private final BoundGraph graph;
    private final Method method;

    private GraphCertification(Certifier certifier, Classifier model, BoundGraph graph, Method method) {
        this.certifier = certifier;
        this.model = model;
        this.graph = graph;
        this.method = method;
    }

    /** Prepares the graph of a model, if it has one. */
    static GraphCertification open(Certifier certifier, Classifier model, Method method) {
        String name = model.card().name();
        LayerGraph graph = model.layerGraph()
                .orElseThrow(() -> new GauntletException(
                        "The model %s cannot be certified by %s, because its layers are not known; give it as ONNX or native weights, and not as a black box, or use smoothing, which certifies any classifier."
                                .formatted(name, certifier.name())));
        return new GraphCertification(certifier, model, BoundGraph.of(name, graph), method);
    }

    @Override
    public List<Certificate> certify(Batch batch, LpBall ball) {
        certifier.requireFit(ball);
        if (batch.shape().size() != graph.inputs()) {
            throw new GauntletException("The model %s takes %d numbers, but the data has images of %s."
                    .formatted(model.card().name(), graph.inputs(), batch.shape()));
        }
        Certificate[] certificates = new Certificate[batch.size()];
        int[] correct = correct(batch, certificates);
        int atOnce = Math.max(
                1, Math.min(MOST_AT_ONCE, NUMBERS_AT_ONCE / Math.max(1, graph.largest() * (graph.classes() - 1))));
        for (int from = 0; from < correct.length; from += atOnce) {
            int[] rows = IntStream.range(from, Math.min(correct.length, from + atOnce))
                    .map(i -> correct[i])
                    .toArray();
            List<Certificate> found = certifySlice(batch.select(rows), ball);
            for (int i = 0; i < rows.length; i++) {
                certificates[rows[i]] = found.get(i);
            }
        }
        return List.of(certificates);
    }

    private List<Certificate> certifySlice(Batch slice, LpBall ball) {
        return Libtorch.call(
                "The bounds of the model %s failed".formatted(model.card().name()), () -> {
                    try (PointerScope scope = new PointerScope();
                            NoGradGuard guard = new NoGradGuard()) {
                        Tensor clean = Doubles.of(slice.pixels(), slice.size(), graph.inputs());
                        return method.certify(graph, slice, Region.of(clean, ball.norm(), ball.reach()), ball);
                    }
                });
    }

    /** Returns the rows that are classified correctly, and notes the others as mistakes. */
    private int[] correct(Batch batch, Certificate[] certificates) {
        Logits logits = model.logits(batch);
        return IntStream.range(0, batch.size())
                .filter(row -> {
                    int label = batch.labels()[row];
                    if (label < 0 || label >= graph.classes()) {
                        throw new GauntletException("Example %d has label %d, but the model has the classes 0 to %d."
                                .formatted(batch.ids()[row], label, graph.classes() - 1));
                    }
                    boolean isCorrect = logits.isFinite(row) && logits.prediction(row) == label;
                    if (!isCorrect) {
                        certificates[row] = Certificate.mistake(batch.ids()[row]);
                    }
                    return isCorrect;
                })
                .toArray();
    }

    @Override
    public void close() {
        graph.close();
    }
}
