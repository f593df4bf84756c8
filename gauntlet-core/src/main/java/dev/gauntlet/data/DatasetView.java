package dev.gauntlet.data;

import java.util.List;

/** A view of another data set with a change or a notice. */
class DatasetView implements Dataset {
    private final Dataset data;
    private final DataOrigin origin;

    /**
     * @param data the other data set
     * @param notice what a reader of results must know about the change
     */
    DatasetView(Dataset data, String notice) {
        this.data = data;
        this.origin = data.origin().withAlso(notice);
    }

    @Override
    public final DataOrigin origin() {
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
    public final boolean numbersAssumed() {
        return data.numbersAssumed();
    }

    @Override
    public final int size() {
        return data.size();
    }

    @Override
    public final int label(int id) {
        return data.label(id);
    }

    @Override
    public void copyPixels(int id, float[] target, int offset) {
        data.copyPixels(id, target, offset);
    }
}
