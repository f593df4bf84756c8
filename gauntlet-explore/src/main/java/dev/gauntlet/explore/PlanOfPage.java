package dev.gauntlet.explore;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.Sample;
import dev.gauntlet.report.plan.PlanFile;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.ModelRef;
import java.util.Arrays;
import java.util.OptionalInt;

/** Writes the plan of an evaluation that repeats what the page shows. */
record PlanOfPage(Exploration exploration, Subject subject, Adversary adversary, int position) {
    /**
     * The plan.
     *
     * @param toml the plan
     * @param examples how many examples it attacks
     */
    record Result(String toml, int examples) {}

    Result write() {
        if (subject.isOwn()) {
            throw new GauntletException(
                    "This image is not in the data, so no plan can name it; save it as PNG in a directory with one subdirectory per class, and evaluate with --data.");
        }
        OpenModel model = exploration.models().get(position);
        if (model.reference() instanceof ModelRef.InProcess || model.reference() instanceof ModelRef.Trained) {
            throw new GauntletException("%s is not in a file, so no plan can name it.".formatted(model.title()));
        }
        int examples = smallestSample();
        EvaluationRequest request = adversary
                .request(
                        model,
                        exploration.reference(),
                        examples < exploration.data().size() ? OptionalInt.of(examples) : OptionalInt.empty())
                .resolved(model.classifier().card(), exploration.data().origin());
        return new Result("""
                # Example %d is one of the %d that this plan attacks; the report lists it under this number.
                %s""".formatted(subject.id(), examples, PlanFile.toml(request)), examples);
    }

    /** Returns the size of a small sample that contains the example; its seed is that of the attacks. */
    private int smallestSample() {
        Dataset data = exploration.data();
        int without = 0;
        int with = data.size();
        while (with - without > 1) {
            int middle = (with + without) >>> 1;
            if (contains(middle)) {
                with = middle;
            } else {
                without = middle;
            }
        }
        // samples of growing size contain each other but for the rounding of the shares of the classes
        while (!contains(with)) {
            with++;
        }
        return with;
    }

    private boolean contains(int size) {
        int[] ids = Sample.stratified(exploration.data(), size, RandomKey.of(adversary.seed()));
        return Arrays.binarySearch(ids, subject.id()) >= 0;
    }
}
