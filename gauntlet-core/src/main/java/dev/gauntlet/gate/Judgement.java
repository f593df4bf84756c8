package dev.gauntlet.gate;

import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.diagnose.WarningSign;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The result of one requirement. */
public sealed interface Judgement {
    /**
     * Returns the requirement as text.
     *
     * @return a sentence without full stop
     */
    String requirement();

    /**
     * Tells whether the requirement is met.
     *
     * @return the verdict
     */
    Verdict verdict();

    /**
     * Returns the measurement as text.
     *
     * @return a sentence without full stop
     */
    String evidence();

    /**
     * Explains the judgement.
     *
     * @return the evidence and, if present, the worst class, some examples and the advice, as full sentences
     */
    List<String> explanation();

    /**
     * The result of a requirement on the model.
     *
     * @param requirement the requirement as text
     * @param verdict whether it is met
     * @param evidence the measurement as text
     * @param measurement the measurement; empty if there are no examples to measure
     * @param worstClass the class with the lowest robust accuracy, and that accuracy, if relevant
     * @param ids the ids of at most three examples that are not robust, first those on which an attack succeeded, then
     *     those that are misclassified when clean
     * @param advice how to settle an inconclusive judgement
     */
    record OfModel(
            String requirement,
            Verdict verdict,
            String evidence,
            Optional<Measurement> measurement,
            Optional<String> worstClass,
            List<Integer> ids,
            Optional<String> advice)
            implements Judgement {
        public OfModel {
            ids = List.copyOf(ids);
        }

        @Override
        public List<String> explanation() {
            List<String> sentences = new ArrayList<>(List.of(evidence + "."));
            worstClass.ifPresent(name -> sentences.add("Worst class %s.".formatted(name)));
            if (!ids.isEmpty()) {
                sentences.add("Not robust, for example: %s."
                        .formatted(ids.stream().map(String::valueOf).collect(Collectors.joining(", "))));
            }
            advice.ifPresent(sentences::add);
            return sentences;
        }

        /** Returns the same judgement, inconclusive because the evaluation is invalid. */
        OfModel doubted(String reason) {
            return new OfModel(
                    requirement, Verdict.INCONCLUSIVE, evidence, measurement, worstClass, ids, Optional.of(reason));
        }
    }

    /**
     * The result of a requirement on the evaluation itself.
     *
     * @param requirement the requirement as text
     * @param verdict whether it is met; never inconclusive
     * @param evidence the warning signs as text
     * @param trust the trust level of the evaluation
     * @param signs the warning signs that were found
     */
    record OfEvaluation(String requirement, Verdict verdict, String evidence, Trust trust, List<WarningSign> signs)
            implements Judgement {
        public OfEvaluation {
            signs = List.copyOf(signs);
        }

        @Override
        public List<String> explanation() {
            return List.of(evidence + ".");
        }
    }

    /**
     * A measurement with its interval.
     *
     * @param value an accuracy, a difference of two, or an overstatement
     * @param lower the lower bound of its interval
     * @param upper the upper bound of its interval
     * @param threshold the required minimum; of an overstatement the maximum
     * @param examples the number of examples that were measured
     */
    record Measurement(double value, double lower, double upper, double threshold, int examples) {}
}
