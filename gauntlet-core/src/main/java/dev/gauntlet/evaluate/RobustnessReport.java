package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.certify.ProvedAccuracy;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.evaluate.shard.GalleryExample;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.Limits;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The record of a run: enough to judge it, to show it in any format and to repeat it.
 *
 * <p>Its parts agree: a record whose counts are not those of its outcomes is refused with a {@link GauntletException} that
 * names the place as in the JSON record.
 *
 * <p>Everything but {@link #timing()} is the same for the same plan, model and data, whatever the number of workers.
 *
 * @param schemaVersion the version of this structure, see {@link #SCHEMA_VERSION}
 * @param provenance which program ran where
 * @param model what was attacked
 * @param data with which examples
 * @param shape the shape of one example
 * @param classes the class names
 * @param request what was asked; to repeat the run is to run it
 * @param plan what was run
 * @param attacks the attacks in their order, and what each cost; the certifier comes last if it broke an example
 * @param outcomes what the attacks achieved on each example with each budget
 * @param results one entry per budget, in growing order; the first has epsilon 0 and is the clean accuracy
 * @param certificates what was proved of each example, if that was asked for
 * @param ending why the run ended
 * @param diagnostics the signs of failed attacks that were looked for
 * @param probes what the diagnostics cost, and by how much the robust accuracy is overstated
 * @param gallery for each budget some examples that are classified correctly clean and misclassified under attack: drawn ones, then those that
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
        EvaluationRequest request,
        PlanRecord plan,
        List<AttackRecord> attacks,
        Outcomes outcomes,
        List<EpsilonResult> results,
        Optional<CertificateRecord> certificates,
        Completion ending,
        List<Diagnostic> diagnostics,
        Probes probes,
        List<GalleryExample> gallery,
        Timing timing) {
    /** The version of the structure that this release writes. */
    public static final int SCHEMA_VERSION = 10;

    public RobustnessReport {
        classes = List.copyOf(classes);
        attacks = List.copyOf(attacks);
        results = List.copyOf(results);
        diagnostics = List.copyOf(diagnostics);
        gallery = List.copyOf(gallery);
        Rules.require(
                classes.size() == outcomes.classes(),
                "outcomes.classes",
                "is %s, classes has %s names",
                outcomes.classes(),
                classes.size());
        Rules.require(
                plan.population() >= outcomes.size(),
                "plan.population",
                "is %s, but there are %s examples",
                plan.population(),
                outcomes.size());
        requireAsked(request, plan);
        Rules.require(
                certificates.isEmpty() || request.certificates().isPresent(),
                "certificates",
                "is there, but request asks for none");
        requireAttacks(attacks, plan, outcomes.size(), certificates);
        requireResults(results, plan, attacks.size(), outcomes);
        Norm norm = Norm.parse(plan.norm());
        List<LpBall> balls = results.stream()
                .map(result -> new LpBall(norm, result.epsilon()))
                .toList();
        certificates.ifPresent(proved -> proved.requireFit(outcomes, balls));
        ending.requireFit(outcomes.size(), plan.population());
        for (int i = 1; i < diagnostics.size(); i++) {
            Rules.require(
                    diagnostics
                                    .get(i - 1)
                                    .indicator()
                                    .compareTo(diagnostics.get(i).indicator())
                            < 0,
                    "diagnostics[" + i + "].indicator",
                    "is %s, which is there twice or out of order",
                    diagnostics.get(i).indicator());
        }
        probes.requireFit(outcomes, results);
        List<Double> epsilons = results.stream().map(EpsilonResult::epsilon).toList();
        for (int i = 0; i < gallery.size(); i++) {
            requireShown(gallery.get(i), "gallery[" + i + "]", outcomes, epsilons, shape);
        }
    }

    private static void requireAsked(EvaluationRequest request, PlanRecord plan) {
        Rules.require(
                request.threat().norm().id().equals(plan.norm()),
                "plan.norm",
                "is %s, request asks for %s",
                plan.norm(),
                request.threat().norm().id());
        Rules.require(
                request.sampling().seed() == plan.seed(),
                "plan.seed",
                "is %s, request asks for %s",
                plan.seed(),
                request.sampling().seed());
        Rules.require(
                (request.access() == Access.BLACK_BOX) == plan.blackBox(),
                "plan.blackBox",
                "is %s, request asks for %s",
                plan.blackBox(),
                request.access());
    }

    private static void requireAttacks(
            List<AttackRecord> attacks, PlanRecord plan, int examples, Optional<CertificateRecord> certificates) {
        Rules.require(!attacks.isEmpty(), "attacks", "is empty");
        Rules.require(
                !plan.name().equals(AutoAttack.NAME)
                        || isAutoAttack(planned(attacks, certificates), Norm.parse(plan.norm())),
                "plan.name",
                "is %s, but the attacks are not these",
                AutoAttack.NAME);
        for (int i = 0; i < attacks.size(); i++) {
            Rules.require(
                    attacks.get(i).zeroGradients() <= examples,
                    "attacks[" + i + "].zeroGradients",
                    "is %s of %s examples",
                    attacks.get(i).zeroGradients(),
                    examples);
        }
    }

    /** Tells whether the attacks are exactly those of AutoAttack. */
    private static boolean isAutoAttack(List<AttackRecord> attacks, Norm norm) {
        return norm != Norm.L0
                && AutoAttack.standard(norm).stream()
                        .map(attack -> Map.entry(attack.name(), attack.options()))
                        .toList()
                        .equals(attacks.stream()
                                .map(attack -> Map.entry(attack.name(), attack.options()))
                                .toList());
    }

    private static void requireResults(List<EpsilonResult> results, PlanRecord plan, int attacks, Outcomes outcomes) {
        Rules.require(
                results.size() == outcomes.budgets(),
                "results",
                "has %s entries, outcomes has %s budgets",
                results.size(),
                outcomes.budgets());
        Norm norm = Norm.parse(plan.norm());
        Criterion criterion =
                Rules.requireReadable("plan.criterion", () -> Criterion.parse(plan.criterion(), outcomes.classes()));
        for (int budget = 0; budget < results.size(); budget++) {
            EpsilonResult result = results.get(budget);
            String place = "results[" + budget + "]";
            Rules.require(
                    budget > 0 ? result.epsilon() > results.get(budget - 1).epsilon() : result.epsilon() == 0,
                    place + ".epsilon",
                    "is %s, epsilons grow from 0, which is the clean accuracy",
                    result.epsilon());
            LpBall ball = Rules.requireReadable(place + ".epsilon", () -> new LpBall(norm, result.epsilon()));
            outcomes.requireSuccesses(budget, attacks, criterion, ball);
            result.requireFit(place, outcomes, budget, ball);
        }
    }

    /** Requires that an example of the gallery is one of the outcomes. */
    private static void requireShown(
            GalleryExample example, String place, Outcomes outcomes, List<Double> epsilons, ImageShape shape) {
        int budget = epsilons.indexOf(example.epsilon());
        Rules.require(budget >= 0, place + ".epsilon", "is %s, no result has it", example.epsilon());
        int position = outcomes.position(example.id())
                .orElseThrow(() -> Rules.broken(place + ".id", "is %s, which is not in outcomes.ids", example.id()));
        requireSame(example.label(), outcomes.label(position), place + ".label");
        requireSame(example.cleanPrediction(), outcomes.cleanPrediction(position), place + ".cleanPrediction");
        requireSame(example.prediction(), outcomes.prediction(position, budget), place + ".prediction");
        Rules.require(
                outcomes.successfulAttack(position, budget).isPresent(),
                place + ".id",
                "is %s, on which no attack succeeded at epsilon %s",
                example.id(),
                example.epsilon());
        requireSize(example.clean(), shape, place + ".clean");
        requireSize(example.adversarial(), shape, place + ".adversarial");
    }

    private static void requireSame(int actual, int expected, String place) {
        Rules.require(actual == expected, place, "is %s, by the outcomes it is %s", actual, expected);
    }

    private static void requireSize(float[] pixels, ImageShape shape, String place) {
        Rules.require(
                pixels.length == shape.size(),
                place,
                "has %s pixels, an image of %s has %s",
                pixels.length,
                shape,
                shape.size());
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
                request,
                plan,
                attacks,
                outcomes,
                results,
                certificates,
                ending,
                diagnostics,
                probes,
                gallery,
                new Timing(
                        timing.started(),
                        seconds,
                        timing.evaluationSeconds(),
                        timing.diagnosticsSeconds(),
                        timing.certificationSeconds(),
                        timing.workers(),
                        timing.cluster()));
    }

    /**
     * Returns the request that gives this record again. If a time limit ended the run, it has a limit of backward passes
     * instead, which ends it at the same place.
     *
     * @return the request
     */
    public EvaluationRequest repeatableRequest() {
        long backwards = attacks.stream().mapToLong(AttackRecord::backwards).sum();
        if (ending.reason() != Completion.Reason.TIME_LIMIT || backwards == 0) {
            return request;
        }
        return request.withLimits(new Limits(
                Optional.empty(), OptionalLong.of(backwards), request.limits().question()));
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
     * Returns the attacks of the plan.
     *
     * @return the attacks without the certifier, which is listed last if it broke an example
     */
    public List<AttackRecord> plannedAttacks() {
        return planned(attacks, certificates);
    }

    private static List<AttackRecord> planned(List<AttackRecord> attacks, Optional<CertificateRecord> certificates) {
        int last = attacks.size() - 1;
        return certificates
                        .map(CertificateRecord::method)
                        .filter(attacks.get(last).name()::equals)
                        .isPresent()
                ? attacks.subList(0, last)
                : attacks;
    }

    /**
     * Returns what is known of the robust accuracy with a budget, from attacks and certificates together.
     *
     * @param budget the position of the budget in the results
     * @return the counts; empty without certificates and for the clean images
     */
    public Optional<ProvedAccuracy> proved(int budget) {
        return budget == 0
                ? Optional.empty()
                : certificates.map(record -> record.proved().get(budget - 1));
    }

    /**
     * Returns the budget in focus: the one at which the robust accuracy is closest to half of the clean accuracy, so that there
     * are both successes and robust examples to look at; the smallest of several. The diagnostics that need a single budget
     * examine it, and the headline of the report is about it.
     *
     * @return its position in the results; 0 if there is only the clean accuracy
     */
    public int focus() {
        return EpsilonResult.focus(results);
    }

    /**
     * Tells whether the time limit was reached before any attack finished, so only the clean accuracy is known.
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
     * @param blackBox whether the attacks saw only the logits of the model
     * @param seed the seed of every random choice
     * @param population how many examples the data set has, of which those of the report were drawn
     * @param shardSize how many examples were computed together at most
     * @param remarks what a reader must know about the attacks, as full sentences
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
            Rules.requireReadable("norm", () -> Norm.parse(norm));
            Rules.require(shardSize >= 1, "shardSize", "is %s", shardSize);
        }
    }

    /**
     * One of the attacks.
     *
     * @param name the name of the attack
     * @param options its options by name, in the order of the names
     * @param minimalNorm whether it looked for the nearest success, and not for one within each budget
     * @param forwards how many examples it sent forward through the model, over all budgets, with its successes rounded to 8 bits
     * @param backwards for how many examples it asked for a gradient
     * @param zeroGradients the number of examples for which some gradient was 0 in every pixel, which gave no direction
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
            Rules.require(backwards >= 0, "backwards", "is %s", backwards);
            Rules.require(
                    forwards >= backwards, "forwards", "is %s, each of %s gradients needs one", forwards, backwards);
            Rules.require(
                    zeroGradients >= 0 && zeroGradients <= backwards,
                    "zeroGradients",
                    "is %s of %s gradients",
                    zeroGradients,
                    backwards);
        }
    }

    /**
     * What was done after the attacks to find out what the numbers are worth.
     *
     * @param forwards how many examples were sent forward through the model
     * @param backwards for how many examples a gradient was asked for
     * @param overstatement by how much the robust accuracy is overstated; empty if no stronger attack was considered
     */
    public record Probes(long forwards, long backwards, Optional<Overstatement> overstatement) {
        /** Nothing. */
        public static final Probes NONE = new Probes(0, 0, Optional.empty());

        public Probes {
            Rules.require(backwards >= 0, "probes.backwards", "is %s", backwards);
            Rules.require(
                    forwards >= backwards,
                    "probes.forwards",
                    "is %s, each of %s gradients needs one",
                    forwards,
                    backwards);
        }

        private void requireFit(Outcomes outcomes, List<EpsilonResult> results) {
            overstatement.ifPresent(known -> {
                int budget =
                        results.stream().map(EpsilonResult::epsilon).toList().indexOf(known.epsilon());
                Rules.require(budget > 0, "probes.overstatement.epsilon", "is %s, no result has it", known.epsilon());
                Rules.require(
                        known.examples() == outcomes.size(),
                        "probes.overstatement.examples",
                        "is %s of %s",
                        known.examples(),
                        outcomes.size());
                Rules.require(
                        known.robust() + known.certified() <= outcomes.robust(budget),
                        "probes.overstatement.robust",
                        "is %s beside %s certified, by the outcomes at most %s together",
                        known.robust(),
                        known.certified(),
                        outcomes.robust(budget));
            });
        }
    }

    /**
     * When the run was and how long it took.
     *
     * @param started the start, in ISO 8601, UTC
     * @param trainingSeconds the wall-clock time of the training in this run; 0 if there was none
     * @param evaluationSeconds the wall-clock time of the evaluation
     * @param diagnosticsSeconds how much of it the diagnostics took after the attacks
     * @param certificationSeconds how much of it the certificates took
     * @param workers the number of threads that evaluated
     * @param cluster the machines that evaluated, in words; absent for this machine alone
     */
    public record Timing(
            String started,
            double trainingSeconds,
            double evaluationSeconds,
            double diagnosticsSeconds,
            double certificationSeconds,
            int workers,
            Optional<String> cluster) {
        public Timing {
            Rules.requireMeasure(trainingSeconds, "trainingSeconds");
            Rules.requireMeasure(evaluationSeconds, "evaluationSeconds");
            Rules.requireMeasure(diagnosticsSeconds, "diagnosticsSeconds");
            Rules.requireMeasure(certificationSeconds, "certificationSeconds");
            Rules.require(workers >= 1, "workers", "is %s", workers);
            try {
                Instant.parse(started);
            } catch (DateTimeException e) {
                throw new GauntletException("started is not a time such as 2026-01-31T12:00:00Z.", e);
            }
        }
    }
}
