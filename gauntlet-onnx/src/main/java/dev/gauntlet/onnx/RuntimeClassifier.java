package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.ModelContract;
import dev.gauntlet.model.OutputKind;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** An ONNX model that ONNX Runtime computes; it gives logits and nothing else. */
final class RuntimeClassifier implements Classifier {
    private final OnnxFile file;
    private final ModelContract contract;
    private final RuntimeSession session;
    private final OutputKind kind;
    private final ModelCard card;

    /** Held for reading while computing, so that closing waits. */
    private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();

    private boolean closed;

    private RuntimeClassifier(OnnxFile file, ModelContract contract, RuntimeSession session, OutputKind kind) {
        this.file = file;
        this.contract = contract;
        this.session = session;
        this.kind = kind;
        this.card = new ModelCard(
                file.name(),
                file.architecture(),
                file.parameters(),
                file.sha256(),
                Optional.of(file.path().toString()),
                OnnxRuntime.version(),
                Optional.empty(),
                contract,
                kind.notice().map(List::of).orElse(List.of()),
                List.of());
    }

    static RuntimeClassifier of(OnnxFile file, ModelContract contract, Batch sample) {
        contract.requireFit(sample.shape());
        file.input().requireFit(file.name(), sample.shape());
        RuntimeSession session = RuntimeSession.open(file.path());
        try {
            RuntimeOutputs outputs = RuntimeOutputs.of(session, file, contract, sample);
            return new RuntimeClassifier(
                    file, contract, session, OutputKind.of(outputs.perExample(), outputs.values()));
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
    }

    @Override
    public ModelCard card() {
        return card;
    }

    @Override
    public Logits logits(Batch batch) {
        use.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("The model %s is closed.".formatted(card.name()));
            }
            contract.requireFit(batch.shape());
            file.input().requireFit(card.name(), batch.shape());
            RuntimeOutputs outputs = RuntimeOutputs.of(session, file, contract, batch);
            if (batch.size() > 0 && outputs.perExample() < 2) {
                throw new GauntletException(
                        "The model %s gives %d numbers for an image; expected one logit per class: name another output with --logits."
                                .formatted(card.name(), outputs.perExample()));
            }
            return new Logits(Math.max(2, outputs.perExample()), kind.logits(outputs.values()));
        } finally {
            use.readLock().unlock();
        }
    }

    @Override
    public void close() {
        use.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                session.close();
            }
        } finally {
            use.writeLock().unlock();
        }
    }
}
