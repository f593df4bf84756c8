package dev.gauntlet.evaluate;

import dev.gauntlet.data.Dataset;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.request.EvaluationRequest;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes everything that the results of an evaluation depend on, so that a journal continues only the same evaluation. */
final class JournalKey {
    private JournalKey() {}

    /** Returns the key of an evaluation, the same on every machine and in every run. */
    static String of(ModelCard model, Dataset data, EvaluationRequest request) {
        return Stream.of(
                        "gauntlet %s, record %d"
                                .formatted(
                                        RobustnessReport.Provenance.current().version(),
                                        RobustnessReport.SCHEMA_VERSION),
                        "model " + model.name() + ", " + model.architecture() + " "
                                + model.sha256().orElse("unknown"),
                        "engine " + model.engine(),
                        "contract " + model.contract() + " " + model.contract().layout() + " "
                                + model.contract().logits(),
                        "data %s %s, %d examples, %s"
                                .formatted(
                                        data.origin().name(),
                                        data.origin().split(),
                                        data.size(),
                                        data.origin().sha256()),
                        "shard size " + request.execution().shardSize(data.shape()),
                        // the lines of the request
                        request.essence().canonicalText())
                .collect(Collectors.joining("\n"));
    }
}
