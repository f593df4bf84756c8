package dev.gauntlet.evaluate;

import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Passes;
import dev.gauntlet.attack.Square;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.GradientDiagnostics;
import dev.gauntlet.diagnose.InputDiagnostics;
import dev.gauntlet.diagnose.StrongerAttacks;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.Certificates;
import dev.gauntlet.request.DiagnosticsBudget.Effort;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * Looks, after the attacks, for what speaks against their results, and estimates by how much they overstate the robustness.
 *
 * <p>What costs nothing comes first, then the cheap probes of the gradient, then stronger attacks, then the expensive probes.
 * With an automatic budget it ends as soon as the evaluation is suspect.
 */
final class Diagnosis {
    static final String NO_TIME = "The time limit left no time for it.";

    private static final String OFF = "The diagnostics were turned off.";

    private static final String ANSWERED =
            "The plan contains attacks as strong as AutoAttack; the full diagnostics test them, too.";

    private static final String DECIDED =
            "Every image is broken or certified at every epsilon, so it does not matter whether an attack failed.";

    private static final String SETTLED = "The evaluation is %s without it.";

    private static final String UNAFFORDABLE =
            "It would take about %,d passes, more than the diagnostics may still spend; the full diagnostics measure it.";

    /** The cheap probes of the gradient may spend this share of the budget. */
    private static final double SHARE_OF_CHEAP_PROBES = 0.3;

    /** If a smaller share of the clean images is classified correctly, the model may be fed wrongly. */
    private static final double CLEARLY_WRONG = 0.5;

    /** A share of fewer examples would say nothing. */
    private static final int FEWEST_EXAMPLES = 10;

    /** Those that cost less than a search for stronger attacks. */
    private static final List<GradientDiagnostics.Probe> CHEAP = List.of(
            GradientDiagnostics.Probe.TINY_STEP,
            GradientDiagnostics.Probe.ALONG_THE_GRADIENT,
            GradientDiagnostics.Probe.SINGLE_STEP);

    private static final List<GradientDiagnostics.Probe> EXPENSIVE = List.of(
            GradientDiagnostics.Probe.UNLIMITED, GradientDiagnostics.Probe.TRANSFER, GradientDiagnostics.Probe.PLANTED);

    private final Plan<?> plan;
    private final int plannedAttacks;
    private final int firstStage;
    private final int attacksDone;
    private final boolean blackBox;
    private final Admission admission;
    private final StageRunner stages;
    private final List<Diagnostic> found = new ArrayList<>();
    private final Map<WarningSign, String> reasons = new LinkedHashMap<>();
    private Optional<Overstatement> overstatement = Optional.empty();
    private boolean isDecided;

    /**
     * Prepares it.
     *
     * @param plan what was run
     * @param plannedAttacks how many attacks were to be run
     * @param firstStage the stage after all that were planned
     * @param attacksDone how many of them were finished on all examples
     * @param blackBox whether the attacks saw nothing but logits
     * @param admission the examples, and what was seen before the attacks
     * @param stages where the probes are run
     */
    Diagnosis(
            Plan<?> plan,
            int plannedAttacks,
            int firstStage,
            int attacksDone,
            boolean blackBox,
            Admission admission,
            StageRunner stages) {
        this.plan = plan;
        this.plannedAttacks = plannedAttacks;
        this.firstStage = firstStage;
        this.attacksDone = attacksDone;
        this.blackBox = blackBox;
        this.admission = admission;
        this.stages = stages;
    }

    /**
     * What came out.
     *
     * @param signs one diagnostic for each sign, in their order
     * @param probes what it cost, and what the stronger attacks broke
     */
    record Findings(List<Diagnostic> signs, RobustnessReport.Probes probes) {}

    /** Looks at everything that the budget allows. */
    Findings of(ResultDiagnostics ofResults) {
        int focus = EpsilonResult.focus(ofResults.results());
        isDecided = ofResults.isDecided();
        ProbeRunner runner = new ProbeRunner(
                stages,
                firstStage,
                plan.diagnostics()
                        .effort()
                        .passes(ofResults.passesOfAttacks(plan.certifies(Certificates.Moment.FIRST))));
        lookAtResults(ofResults, focus);
        Outcomes outcomes = ofResults.outcomes();
        if (focus == 0 || blackBox) {
            probeInput(outcomes, runner);
        } else {
            double epsilon = ofResults.results().get(focus).epsilon();
            int[] correct = ids(outcomes, chosen(outcomes, i -> isAttacked(outcomes, i)));
            // what is certified, no attack breaks
            int[] robust =
                    ids(outcomes, chosen(outcomes, i -> isAttacked(outcomes, i) && ofResults.isUndecided(i, focus)));
            int certified = (int) outcomes.examples()
                    .filter(i -> outcomes.isRobust(i, focus) && !ofResults.isUndecided(i, focus))
                    .count();
            int probed = Math.min(GradientDiagnostics.EXAMPLES, correct.length);
            long expensive = cost(EXPENSIVE, probed, epsilon);
            long stronger = DiagnosticsEstimate.search(
                    strongerAttacks().stream()
                            .mapToLong(attack -> cost(attack, epsilon).total())
                            .sum(),
                    robust.length,
                    outcomes.size());
            runner.expect(isOver() || isDecided ? 0 : cost(CHEAP, probed, epsilon) + stronger + expensive);
            probeInput(outcomes, runner);
            probeGradients(correct, epsilon, runner, CHEAP);
            runner.expect(stronger + expensive);
            tryStronger(outcomes.size(), robust, certified, epsilon, runner);
            runner.expect(expensive);
            probeGradients(correct, epsilon, runner, EXPENSIVE);
        }
        complete(runner.isLate(), focus);
        Passes spent = runner.spent();
        return new Findings(found, new RobustnessReport.Probes(spent.forwards(), spent.backwards(), overstatement));
    }

    private void lookAtResults(ResultDiagnostics ofResults, int focus) {
        int classes = admission.data().classes().size();
        found.addAll(admission.answers());
        found.add(ofResults.atChance(classes));
        found.add(ofResults.fewExamples());
        found.add(ResultDiagnostics.endedEarly(plannedAttacks, attacksDone));
        if (attacksDone > 0 && !isDecided) {
            found.add(ofResults.zeroGradients());
            found.add(ofResults.lessWithMore());
            found.add(ResultDiagnostics.onlyBaselines(plan.attacks()));
            found.add(ofResults.firstLook(plan, classes));
        }
        if (focus > 0) {
            found.add(ofResults.lostByRounding(focus));
            if (!isDecided) {
                ofResults.blackBoxWins(focus).ifPresent(found::add);
            }
        }
    }

    /** Says of each sign that was not looked for why. */
    private void complete(boolean late, int focus) {
        if (missing(WarningSign.UNSETTLED) && focus > 0 && !blackBox && (late || isOff())) {
            found.add(Diagnostic.measured(
                    WarningSign.UNSETTLED,
                    true,
                    1,
                    WarningSign.UNSETTLED.threshold(),
                    (isOff() ? OFF : NO_TIME) + " So it is unknown what a stronger attack would break."));
        }
        Trust verdict = Diagnostic.verdict(found);
        for (WarningSign sign : WarningSign.values()) {
            if (sign != WarningSign.MOSTLY_UNMEASURED && missing(sign)) {
                found.add(Diagnostic.notMeasured(sign, reason(sign, verdict, late)));
            }
        }
        found.add(
                isOver() || isDecided
                        ? Diagnostic.notMeasured(
                                WarningSign.MOSTLY_UNMEASURED, isDecided ? DECIDED : SETTLED.formatted(verdict))
                        : ResultDiagnostics.mostlyUnmeasured(found));
        found.sort(Comparator.comparing(Diagnostic::indicator));
    }

    private boolean missing(WarningSign sign) {
        return found.stream().noneMatch(diagnostic -> diagnostic.indicator() == sign);
    }

    private boolean isOff() {
        return plan.diagnostics().effort() == Effort.OFF;
    }

    /** Tells whether nothing more is looked for, because the evaluation cannot be saved. */
    private boolean isOver() {
        return plan.diagnostics().effort() == Effort.AUTO
                && Diagnostic.verdict(found).compareTo(Trust.SUSPECT) >= 0;
    }

    /** Tells whether the plan is so strong, and so expensive, that its attacks need no test of their own. */
    private boolean isAnsweredByThePlan() {
        return plan.diagnostics().effort() == Effort.AUTO
                && overstatement.filter(known -> known.probes().isEmpty()).isPresent();
    }

    /**
     * Tries other preprocessing, also if the evaluation is over, because it may explain why. If the model classifies few images
     * correctly, that matters more than the budget.
     */
    private void probeInput(Outcomes outcomes, ProbeRunner runner) {
        if (isOff()) {
            return;
        }
        double accuracy =
                outcomes.examples().filter(i -> !outcomes.isCleanMistake(i)).count() / (double) outcomes.size();
        long affordable = accuracy < CLEARLY_WRONG
                ? InputDiagnostics.EXAMPLES
                : (long) (SHARE_OF_CHEAP_PROBES * runner.left()) / InputDiagnostics.PASSES;
        if (affordable < Math.min(FEWEST_EXAMPLES, outcomes.size())) {
            reasons.put(
                    WarningSign.FED_WRONGLY,
                    UNAFFORDABLE.formatted(
                            (long) InputDiagnostics.PASSES * Math.min(InputDiagnostics.EXAMPLES, outcomes.size())));
            return;
        }
        int[] sample = first(chosen(outcomes, i -> true), (int) Math.min(affordable, InputDiagnostics.EXAMPLES));
        Arrays.sort(sample);
        add(runner.run(Map.of(
                new ShardTask.ProbeInput(
                        ids(outcomes, sample),
                        Arrays.stream(sample).map(outcomes::cleanPrediction).toArray()),
                Passes.forwards((long) InputDiagnostics.PASSES * sample.length))));
    }

    private void probeGradients(
            int[] correct, double epsilon, ProbeRunner runner, List<GradientDiagnostics.Probe> probes) {
        if (isOver() || isDecided) {
            return;
        }
        int examples = Math.min(GradientDiagnostics.EXAMPLES, correct.length);
        if (probes.equals(CHEAP)) {
            examples =
                    (int) Math.min(examples, (long) (SHARE_OF_CHEAP_PROBES * runner.left()) / cost(probes, 1, epsilon));
        }
        int[] sample = first(correct, Math.max(examples, Math.min(FEWEST_EXAMPLES, correct.length)));
        Arrays.sort(sample);
        long left = runner.left();
        Map<ShardTask.Work, Passes> tasks = new LinkedHashMap<>();
        for (GradientDiagnostics.Probe probe : probes) {
            if (probe == GradientDiagnostics.Probe.PLANTED && isAnsweredByThePlan()) {
                probe.signs().forEach(sign -> reasons.put(sign, ANSWERED));
                continue;
            }
            Passes cost = cost(probe, sample.length, epsilon);
            if (cost.total() <= left) {
                left -= cost.total();
                tasks.put(new ShardTask.ProbeGradient(probe, sample, epsilon, attacksDone), cost);
            } else {
                probe.signs().forEach(sign -> reasons.put(sign, UNAFFORDABLE.formatted(cost.total())));
            }
        }
        add(runner.run(tasks));
    }

    private long cost(List<GradientDiagnostics.Probe> probes, int examples, double epsilon) {
        return probes.stream()
                .mapToLong(probe -> cost(probe, examples, epsilon).total())
                .sum();
    }

    private Passes cost(Attack<?> attack, double epsilon) {
        return DiagnosticsEstimate.cost(
                attack, plan, epsilon, admission.data().classes().size());
    }

    private List<Attack<? super DifferentiableClassifier>> strongerAttacks() {
        return StrongerAttacks.beyond(
                plan.attacks(),
                plan.norm(),
                plan.criterion(),
                admission.data().classes().size());
    }

    private Passes cost(GradientDiagnostics.Probe probe, int examples, double epsilon) {
        return probe.passes(
                plan.attacks(),
                plan.norm(),
                examples,
                epsilon,
                admission.data().classes().size());
    }

    private void tryStronger(int examples, int[] robust, int certified, double epsilon, ProbeRunner runner) {
        boolean isProved = robust.length == 0 && certified > 0;
        if (isOver() || (isOff() && !isProved) || runner.isLate()) {
            return;
        }
        List<Attack<? super DifferentiableClassifier>> attacks = strongerAttacks();
        OverstatementSearch search = new OverstatementSearch(
                attacks,
                attacks.stream().map(attack -> cost(attack, epsilon)).toList(),
                robust,
                new OverstatementSearch.Question(
                        epsilon,
                        examples,
                        certified,
                        attacksDone,
                        plan.diagnostics().tolerance(),
                        count -> plan.execution().shardSize(admission.data().shape(), count)),
                runner);
        Overstatement known = search.run();
        if (runner.isLate() && known.examined() == 0) {
            return;
        }
        overstatement = Optional.of(known);
        found.add(OverstatementSigns.overstated(known, plan.diagnostics().tolerance()));
        found.add(OverstatementSigns.unsettled(known, plan.diagnostics().tolerance()));
        if (isDecided || !missing(WarningSign.BLACK_BOX_WINS)) {
            return;
        }
        if (robust.length == 0) {
            reasons.put(
                    WarningSign.BLACK_BOX_WINS,
                    "No image was still %s at epsilon %s."
                            .formatted(certified > 0 ? "undecided" : "robust", Double.toString(epsilon)));
            return;
        }
        boolean isAlone = plan.diagnostics().effort() == Effort.FULL;
        OverstatementSearch.Tally tally = isAlone
                ? search.firstAlone(Square.class::isInstance, GradientDiagnostics.EXAMPLES)
                : search.afterOthers(Square.class::isInstance);
        if (tally.tried() > 0) {
            found.add(OverstatementSigns.blackBoxWins(tally, isAlone, epsilon));
        }
    }

    private void add(List<ShardResult.Outcome> outcomes) {
        for (ShardResult.Outcome outcome : outcomes) {
            if (outcome instanceof ShardResult.Probed probed) {
                found.addAll(probed.found());
            }
        }
    }

    /** Says why a sign was not looked for. */
    private String reason(WarningSign sign, Trust verdict, boolean late) {
        if (isDecided && !late && attacksDone > 0 && (sign.isOfFailedAttack() || isOfWeakAttack(sign))) {
            return DECIDED;
        }
        if (blackBox && needsGradients(sign)) {
            return "The attacks saw nothing but logits.";
        }
        if (late || attacksDone == 0) {
            return NO_TIME;
        }
        if (isOff() && (needsGradients(sign) || sign == WarningSign.FED_WRONGLY)) {
            return OFF;
        }
        if (reasons.containsKey(sign)) {
            return reasons.get(sign);
        }
        if (isOver() && verdict.compareTo(Trust.SUSPECT) >= 0) {
            return SETTLED.formatted(verdict);
        }
        return sign == WarningSign.BLACK_BOX_WINS && overstatement.isPresent()
                ? "No attack without gradients could be afforded, or the norm has none."
                : "There was no budget above 0.";
    }

    private static boolean isOfWeakAttack(WarningSign sign) {
        return sign == WarningSign.ONLY_BASELINES || sign == WarningSign.FIRST_LOOK || sign == WarningSign.UNSETTLED;
    }

    private static boolean needsGradients(WarningSign sign) {
        return switch (sign) {
            case WRONG_GRADIENT,
                    FLAT_LOSS,
                    EXPLODING_LOSS,
                    SINGLE_STEP_WINS,
                    TRANSFER_WINS,
                    ROBUST_TO_ANYTHING,
                    NOT_CONVERGED,
                    PLANTED_MISSED,
                    BLACK_BOX_WINS,
                    UNSETTLED,
                    ZERO_GRADIENTS -> true;
            default -> false;
        };
    }

    private boolean isAttacked(Outcomes outcomes, int position) {
        return !outcomes.isCleanMistake(position) && plan.criterion().appliesTo(outcomes.label(position));
    }

    private static int[] ids(Outcomes outcomes, int[] positions) {
        return Arrays.stream(positions).map(outcomes::id).toArray();
    }

    private static int[] first(int[] values, int count) {
        return Arrays.copyOf(values, Math.min(values.length, count));
    }

    /** Returns the examples that are wanted in a random order. */
    private int[] chosen(Outcomes outcomes, IntPredicate wanted) {
        RandomKey randomness = plan.forShards().diagnosis();
        return outcomes.examples()
                .filter(wanted)
                .boxed()
                .sorted(Comparator.comparingLong(
                        i -> randomness.with(outcomes.id(i)).state()))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
