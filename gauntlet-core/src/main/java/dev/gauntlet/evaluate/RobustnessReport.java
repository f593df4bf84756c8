package dev.gauntlet.evaluate;

import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.evaluate.shard.GalleryExample;
import dev.gauntlet.model.ModelCard;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The record of a run: enough to judge it, to show it in any format and to repeat it.
 *
 * <p>Everything but {@link #timing()} is the same for the same plan, model and data, whatever the number of workers.
 *
 * @param schemaVersion the version of this structure, see {@link #SCHEMA_VERSION}
 * @param provenance which program ran where
 * @param model what was attacked
 * @param data with which examples
 * @param shape the shape of one example
 * @param classes the class names
 * @param plan what was run
 * @param attacks the attacks in their order, and what each cost
 * @param outcomes what the attacks achieved on each example with each budget
 * @param results one entry per budget, in growing order; the first has epsilon 0 and is the clean accuracy
 * @param ending why the run ended
 * @param diagnostics what was looked for that would speak against the numbers
 * @param gallery for each budget some examples that are right when clean and wrong under attack: drawn ones, then those that
 *     each attack changed least and most
 * @param timing when the run was and how long it took; the only part that differs between two runs
 */
public record RobustnessReport(
        int schemaVersion,
        Provenance provenance,
        ModelCard model,
        DataOrigin data,
        ImageShape shape,
        List<String> classes,
        PlanRecord plan,
        List<AttackRecord> attacks,
        Outcomes outcomes,
        List<EpsilonResult> results,
        Completion ending,
        List<Diagnostic> diagnostics,
        List<GalleryExample> gallery,
        Timing timing) {
    /** The version of the structure that this release writes. */
    public static final int SCHEMA_VERSION = 6;

    public RobustnessReport {
        classes = List.copyOf(classes);
        attacks = List.copyOf(attacks);
        results = List.copyOf(results);
        diagnostics = List.copyOf(diagnostics);
        gallery = List.copyOf(gallery);
    }

    /**
     * Returns the same record of a run that trained the model before it attacked it.
     *
     * @param seconds the wall-clock time of the training
     * @return the record
     */
    public RobustnessReport withTrainingSeconds(double seconds) {
        return new RobustnessReport(
                schemaVersion,
                provenance,
                model,
                data,
                shape,
                classes,
                plan,
                attacks,
                outcomes,
                results,
                ending,
                diagnostics,
                gallery,
                new Timing(timing.started(), seconds, timing.evaluationSeconds(), timing.workers()));
    }

    /**
     * Returns how far the numbers can be believed.
     *
     * @return the worst of the signs that were seen
     */
    public Trust trust() {
        return Diagnostic.verdict(diagnostics);
    }

    /**
     * Tells whether the time was up before any attack was finished, so that all that is known is the clean accuracy.
     *
     * @return whether it was; the attacks of this record are then those that were planned
     */
    public boolean endedBeforeAnyAttack() {
        return ending.reason() == Completion.Reason.TIME_LIMIT
                && results.size() == 1
                && attacks.stream().allMatch(attack -> attack.forwards() == 0);
    }

    /**
     * Which program ran where.
     *
     * @param version the version of Gauntlet
     * @param java the Java runtime, with vendor and version
     * @param operatingSystem the operating system with version and architecture
     * @param processor the model of the processor, as far as the system tells
     */
    public record Provenance(String version, String java, String operatingSystem, String processor) {
        /**
         * Describes the running program and this machine.
         *
         * @return the description
         */
        public static Provenance current() {
            return ThisMachine.provenance();
        }
    }

    /**
     * What was run, apart from the attacks and the budgets.
     *
     * @param name the name of the list of attacks: {@code autoattack} for exactly that, otherwise the names in a row
     * @param norm the name of the norm
     * @param criterion what counted as success
     * @param blackBox whether the attacks saw nothing of the model but its logits
     * @param seed the seed of every random choice
     * @param population how many examples the data set has, of which those of the report were drawn
     * @param shardSize how many examples were computed together at most
     * @param remarks what a reader of the numbers has to know about the attacks, as full sentences
     */
    public record PlanRecord(
            String name,
            String norm,
            String criterion,
            boolean blackBox,
            long seed,
            int population,
            int shardSize,
            List<String> remarks) {
        public PlanRecord {
            remarks = List.copyOf(remarks);
        }
    }

    /**
     * One of the attacks.
     *
     * @param name the name of the attack
     * @param options its options by name, in the order of the names
     * @param minimalNorm whether it looked for the nearest success, and not for one within each budget
     * @param forwards how many examples it sent forward through the model, over all budgets
     * @param backwards for how many examples it asked for a gradient
     * @param zeroGradients the number of examples for which some gradient was 0 in every pixel, so that it said nothing
     */
    public record AttackRecord(
            String name,
            Map<String, String> options,
            boolean minimalNorm,
            long forwards,
            long backwards,
            int zeroGradients) {
        public AttackRecord {
            // Map.copyOf would iterate in another order in every process, and so would the JSON
            options = Collections.unmodifiableMap(new TreeMap<>(options));
        }
    }

    /**
     * When the run was and how long it took.
     *
     * @param started the start, in ISO 8601, UTC
     * @param trainingSeconds the wall-clock time of the training in this run; 0 if there was none
     * @param evaluationSeconds the wall-clock time of the evaluation
     * @param workers the number of threads that evaluated
     */
    public record Timing(String started, double trainingSeconds, double evaluationSeconds, int workers) {}
}
