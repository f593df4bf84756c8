package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A view of a data set with as many classes as a model has outputs; some classes have no examples. */
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
                                    ? ", and class 0 has no examples; if the labels start at 1, subtract 1 from each (or give the class folders in the order of the outputs)"
                                    : ""));
        }
        if (outputs == named) {
            return data;
        }
        if (data.numbersAssumed()) {
            throw new GauntletException(
                    "The data has %d classes, but the model %s has %d: the names %s do not tell which outputs belong to them; name all classes in the order of the model's outputs."
                            .formatted(named, model, outputs, ClassNumbers.list(data.classes())));
        }
        List<String> classes = new ArrayList<>(data.classes());
        IntStream.range(named, outputs).mapToObj(Integer::toString).forEach(classes::add);
        long occurring =
                IntStream.range(0, data.size()).map(data::label).distinct().count();
        return new WiderDataset(
                data,
                "The data has %,d %s, but the model has %,d: labels keep their numbers, and the other classes have no examples."
                        .formatted(occurring, occurring == 1 ? "class" : "classes", outputs),
                classes);
    }

    /** Tells whether the labels are numbers instead of names, and 1 is the smallest. */
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
