package dev.gauntlet.verification;

import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.explore.Exploration;
import dev.gauntlet.explore.OpenModel;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.ModelRef;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Models and data for pages, as if the command had opened them from files. */
final class Explorations {
    private Explorations() {}

    static OpenModel model(String title, Classifier model) {
        return model(title, model, Access.WHITE_BOX);
    }

    static OpenModel model(String title, Classifier model, Access access) {
        return new OpenModel(
                title,
                model,
                new ModelRef.File(title + ".safetensors", Optional.empty(), InputSpec.RAW, Optional.empty()),
                access);
    }

    static Exploration of(Dataset data, Optional<RobustnessReport> record, List<OpenModel> models) {
        DataRef reference = new DataRef.Files(
                "digits.npz",
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                DataRef.ImageFiles.AS_THEY_ARE,
                Map.of());
        return new Exploration(models, data, reference, record);
    }
}
