package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A data set with as many classes as a model has outputs, of which some have no example. */
final class WiderDataset extends DatasetView {
    private final List<String> classes;

    private WiderDataset(Dataset data, String notice, List<String> classes) {
        super(data, notice);
        this.classes = List.copyOf(classes);
    }

    static Dataset of(Dataset data, String model, int outputs) {
        int named = data.classes().size();
        if (outputs < named) {
            throw new GauntletException("The model %s has %d %s, but %s has %d classes%s."
                    .formatted(
                            model,
                            outputs,
                            outputs == 1 ? "output" : "outputs",
                            data.origin().name(),
                            named,
                            outputs == named - 1 && countsFromOne(data)
                                    ? ", and no example is of class 0; if the labels count from 1, subtract 1 from each (or give class folders in the order of the outputs)"
                                    : ""));
        }
        if (outputs == named) {
            return data;
        }
        if (data.numbersAssumed()) {
            throw new GauntletException(
                    "%d classes in the data against %d of the model %s: the names %s do not say which outputs are theirs; name all classes in the order of the model's outputs."
                            .formatted(named, outputs, model, ClassNumbers.list(data.classes())));
        }
        List<String> classes = new ArrayList<>(data.classes());
        IntStream.range(named, outputs).mapToObj(Integer::toString).forEach(classes::add);
        long occurring =
                IntStream.range(0, data.size()).map(data::label).distinct().count();
        return new WiderDataset(
                data,
                "%,d %s in the data against %,d of the model: labels keep their numbers, and the other classes have no examples."
                        .formatted(occurring, occurring == 1 ? "class" : "classes", outputs),
                classes);
    }

    /** Tells whether the labels are numbers, not names, and 1 is the smallest. */
    private static boolean countsFromOne(Dataset data) {
        boolean areNumbers = IntStream.range(0, data.classes().size())
                .allMatch(k -> data.classes().get(k).matches("0*" + k));
        return areNumbers
                && IntStream.range(0, data.size()).map(data::label).min().orElse(0) == 1;
    }

    @Override
    public List<String> classes() {
        return classes;
    }
}
