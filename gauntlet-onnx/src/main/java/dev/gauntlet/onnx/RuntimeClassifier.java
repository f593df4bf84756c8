package dev.gauntlet.onnx;

import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.OutputKind;
import dev.gauntlet.model.RawOutputs;
import dev.gauntlet.torch.Images;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** An ONNX model that ONNX Runtime computes; it returns only logits. */
final class RuntimeClassifier implements Classifier {
    /**
     * The tolerance between the outputs and the tail applied to the logits, relative to the largest output or, below 1,
     * absolute.
     */
    private static final double TOLERANCE = 1e-4;

    private final RuntimeModel model;
    private final String value;
    private final OutputKind kind;
    private final Optional<Tail.Columns> columns;
    private final int classes;
    private final ModelCard card;

    /** Held for reading while computing, so that closing waits. */
    private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();

    private boolean closed;

    private RuntimeClassifier(
            RuntimeModel model, String value, OutputKind kind, int classes, OnnxFile file, List<String> notices) {
        this.model = model;
        this.value = value;
        this.kind = kind;
        this.columns = file.columns();
        this.classes = classes;
        this.card = new ModelCard(
                file.name(),
                file.architecture(),
                OptionalLong.of(file.parameters()),
                Optional.of(file.sha256()),
                Optional.of(file.path().toString()),
                OnnxRuntime.version(),
                Optional.empty(),
                file.contract(),
                notices,
                List.of());
    }

    static RuntimeClassifier of(OnnxFile file, Batch sample, int classes) {
        file.contract().requireFit(sample.shape());
        file.input().fit(file.name(), sample.shape());
        Batch random = Images.random(sample);
        for (Tail tail : file.tails()) {
            // inner values of a graph are available only if the file has no external data
            if (tail.cuts() && !file.graph().external().isEmpty()) {
                continue;
            }
            RuntimeModel model = RuntimeModel.open(file, tail.output(), List.of(tail.logits()), sample);
            try {
                RawOutputs outputs = model.outputs(sample, tail.logits()).and(model.outputs(random, tail.logits()));
                if (tail.cuts()) {
                    RawOutputs squashed =
                            model.outputs(sample, tail.output()).and(model.outputs(random, tail.output()));
                    if (!tail.difference(squashed, outputs).within(TOLERANCE)) {
                        model.close();
                        continue;
                    }
                }
                OutputKind kind = tail.kind(outputs);
                List<String> notices = new ArrayList<>(file.notices());
                tail.notice().ifPresent(notices::add);
                kind.notice().ifPresent(notices::add);
                model.notice().ifPresent(notices::add);
                kind.requireFit(file.name(), outputs.perExample());
                return new RuntimeClassifier(model, tail.logits(), kind, classes, file, notices);
            } catch (RuntimeException e) {
                model.close();
                throw e;
            }
        }
        throw new IllegalStateException("the last tail is empty");
    }

    @Override
    public ModelCard card() {
        return card;
    }

    @Override
    public boolean givesOnlyClasses() {
        return kind == OutputKind.CLASS_NUMBERS;
    }

    @Override
    public Logits logits(Batch batch) {
        use.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("The model %s is closed.".formatted(card.name()));
            }
            Logits logits = kind.logits(card.name(), model.outputs(batch, value), classes);
            return columns.filter(known -> known.columns().length == logits.classes())
                    .map(known -> inOrder(logits, known.columns()))
                    .orElse(logits);
        } finally {
            use.readLock().unlock();
        }
    }

    private static Logits inOrder(Logits logits, int[] columns) {
        float[] values = new float[logits.values().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = logits.values()[i - i % columns.length + columns[i % columns.length]];
        }
        return new Logits(columns.length, values);
    }

    @Override
    public void close() {
        use.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                model.close();
            }
        } finally {
            use.writeLock().unlock();
        }
    }
}
