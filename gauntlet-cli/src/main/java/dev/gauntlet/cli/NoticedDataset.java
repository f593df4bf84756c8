package dev.gauntlet.cli;

import dev.gauntlet.data.Batch;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import java.util.List;

/** A data set with a notice of how the command line read it. */
final class NoticedDataset implements Dataset {
    private final Dataset data;
    private final DataOrigin origin;

    NoticedDataset(Dataset data, String notice) {
        this.data = data;
        this.origin = data.origin().withAlso(notice);
    }

    @Override
    public DataOrigin origin() {
        return origin;
    }

    @Override
    public ImageShape shape() {
        return data.shape();
    }

    @Override
    public List<String> classes() {
        return data.classes();
    }

    @Override
    public boolean numbersAssumed() {
        return data.numbersAssumed();
    }

    @Override
    public int size() {
        return data.size();
    }

    @Override
    public int label(int id) {
        return data.label(id);
    }

    @Override
    public void copyPixels(int id, float[] target, int offset) {
        data.copyPixels(id, target, offset);
    }

    @Override
    public Batch batch(int... ids) {
        return data.batch(ids);
    }
}
