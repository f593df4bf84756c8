package dev.gauntlet.explore;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.request.DataRef;
import java.util.List;
import java.util.Optional;

/**
 * What the page shows: open models, the examples, and the record of a run.
 *
 * @param models the models, at least one; all take the images of the data
 * @param data the examples, with the classes of the models
 * @param reference where the data is, for the plan that repeats what the page shows
 * @param report the record of a run of the first model on this data, if one is open
 */
public record Exploration(List<OpenModel> models, Dataset data, DataRef reference, Optional<RobustnessReport> report) {
    /** Larger images make requests and answers that a page cannot handle. */
    private static final int LARGEST_IMAGE = 1 << 20;

    public Exploration {
        models = List.copyOf(models);
        if (models.isEmpty()) {
            throw new GauntletException("Exploring requires at least one model.");
        }
        if (data.shape().size() > LARGEST_IMAGE) {
            throw new GauntletException("An image of %s has %,d numbers, too many for the page (at most %,d)."
                    .formatted(data.shape(), data.shape().size(), LARGEST_IMAGE));
        }
        report.ifPresent(record -> {
            if (!record.shape().equals(data.shape())) {
                throw new GauntletException("The report is about images of %s, but the data has images of %s."
                        .formatted(record.shape(), data.shape()));
            }
        });
    }

    ImageShape shape() {
        return data.shape();
    }
}
