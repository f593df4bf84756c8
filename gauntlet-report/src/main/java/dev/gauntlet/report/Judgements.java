package dev.gauntlet.report;

import dev.gauntlet.gate.Judgement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The words for what became of a requirement. */
final class Judgements {
    private Judgements() {}

    /** Says everything that is known of a judgement, in sentences. */
    static String details(Judgement judgement) {
        List<String> sentences = new ArrayList<>();
        sentences.add(judgement.evidence() + ".");
        if (!judgement.worstClass().isEmpty()) {
            sentences.add("Worst class %s.".formatted(judgement.worstClass()));
        }
        if (judgement.ids().length > 0) {
            sentences.add("Wrong, for example: %s."
                    .formatted(Arrays.stream(judgement.ids())
                            .mapToObj(Integer::toString)
                            .collect(Collectors.joining(", "))));
        }
        if (!judgement.advice().isEmpty()) {
            sentences.add(judgement.advice());
        }
        return Formats.plain(String.join(" ", sentences));
    }
}
