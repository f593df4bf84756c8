package dev.gauntlet.evaluate;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.attack.MinimalNormAttack;
import dev.gauntlet.attack.Passes;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.shard.GalleryExample;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.EvaluationRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Puts the record of a run together from the results of its blocks.
 *
 * @param model what was attacked
 * @param admission with which examples
 * @param request what was asked
 * @param plan what was run
 * @param blocks the results that count
 */
record ReportAssembly(
        Classifier model, Admission admission, EvaluationRequest request, Plan<?> plan, List<BlockResult> blocks) {
    /**
     * Returns the record.
     *
     * @param ending why the run ended
     * @param gallery some examples with their images
     * @param diagnosis looks for signs that the attacks failed
     * @param timing when the run was, asked at its end
     */
    RobustnessReport report(
            Completion ending,
            List<GalleryExample> gallery,
            Diagnosis diagnosis,
            Supplier<RobustnessReport.Timing> timing) {
        int[] unordered = blocks.stream()
                .flatMapToInt(shard -> Arrays.stream(shard.ids()))
                .toArray();
        int[] order = IntStream.range(0, unordered.length)
                .boxed()
                .sorted(Comparator.comparingInt(i -> unordered[i]))
                .mapToInt(i -> i)
                .toArray();
        Outcomes outcomes = outcomes(order);
        List<EpsilonResult> results = results(order);
        List<RobustnessReport.AttackRecord> attacks = attacks();
        Optional<CertificateRecord> certificates = certificates(order, outcomes);
        Dataset data = admission.data();
        Diagnosis.Findings findings = diagnosis.of(new ResultDiagnostics(attacks, results, outcomes, certificates));
        return new RobustnessReport(
                RobustnessReport.SCHEMA_VERSION,
                RobustnessReport.Provenance.current(),
                model.card(),
                data.origin(),
                data.shape(),
                data.classes(),
                request,
                planRecord(),
                withCertifier(attacks, certificates, outcomes),
                outcomes,
                results,
                certificates,
                ending,
                findings.signs(),
                findings.probes(),
                gallery,
                timing.get());
    }

    private RobustnessReport.PlanRecord planRecord() {
        Dataset data = admission.data();
        return new RobustnessReport.PlanRecord(
                AutoAttack.nameOf(plan.attacks(), plan.norm(), model)
                        .orElseGet(
                                () -> plan.attacks().stream().map(Attack::name).collect(Collectors.joining(", "))),
                plan.norm().id(),
                plan.criterion().name(),
                request.access() == Access.BLACK_BOX,
                plan.seed(),
                data.size(),
                plan.shardSizeFor(data.shape()),
                plan.attacks().stream()
                        .flatMap(attack -> attack.remark(data.classes().size()).stream())
                        .toList());
    }

    private List<RobustnessReport.AttackRecord> attacks() {
        List<RobustnessReport.AttackRecord> attacks = new ArrayList<>();
        for (Attack<?> attack : plan.attacks()) {
            ShardResult.Cost cost = cost(attacks.size());
            attacks.add(new RobustnessReport.AttackRecord(
                    attack.name(),
                    attack.options(),
                    attack instanceof MinimalNormAttack,
                    cost.forwards(),
                    cost.backwards(),
                    cost.zeroGradients()));
        }
        return attacks;
    }

    /** Adds the certifier to the attacks if it broke something. */
    private List<RobustnessReport.AttackRecord> withCertifier(
            List<RobustnessReport.AttackRecord> attacks, Optional<CertificateRecord> certificates, Outcomes outcomes) {
        boolean isNamed = IntStream.range(0, outcomes.budgets())
                .anyMatch(budget -> outcomes.successes(budget, attacks.size()) > 0);
        if (!isNamed) {
            return attacks;
        }
        CertificateRecord record = certificates.orElseThrow();
        List<RobustnessReport.AttackRecord> all = new ArrayList<>(attacks);
        all.add(new RobustnessReport.AttackRecord(
                record.method(), record.options(), false, record.forwards(), record.backwards(), 0));
        return all;
    }

    private Optional<CertificateRecord> certificates(int[] order, Outcomes outcomes) {
        return plan.certificates().map(certifying -> {
            ShardResult.Cost cost = cost(plan.attacks().size());
            double[] radius = blocks.stream()
                    .flatMapToDouble(
                            block -> Arrays.stream(block.proofs().orElseThrow().radius()))
                    .toArray();
            long[] domains = blocks.stream()
                    .flatMapToLong(
                            block -> Arrays.stream(block.proofs().orElseThrow().domains()))
                    .toArray();
            return CertificateRecord.of(
                    certifying.certifier().name(),
                    certifying.certifier().title(),
                    certifying.certifier().options(),
                    new Passes(cost.forwards(), cost.backwards()),
                    concatenate(order, block -> block.proofs().orElseThrow().certified()),
                    concatenate(order, block -> block.proofs().orElseThrow().inFloat32()),
                    Arrays.stream(order).mapToDouble(i -> radius[i]).toArray(),
                    Arrays.stream(order).mapToLong(i -> domains[i]).toArray(),
                    outcomes);
        });
    }

    private ShardResult.Cost cost(int attack) {
        return blocks.stream()
                .map(block -> block.costs().get(attack))
                .reduce(ShardResult.Cost.NONE, ShardResult.Cost::plus);
    }

    private Outcomes outcomes(int[] order) {
        double[] distances = blocks.stream()
                .flatMapToDouble(shard -> Arrays.stream(shard.distances()))
                .toArray();
        return new Outcomes(new Outcomes.Columns(
                admission.data().classes().size(),
                concatenate(order, BlockResult::ids),
                concatenate(order, BlockResult::labels),
                Arrays.stream(order).mapToDouble(i -> distances[i]).toArray(),
                perBudget(order, BlockResult.Budget::predictions),
                perBudget(order, BlockResult.Budget::brokenBy)));
    }

    private int[][] perBudget(int[] order, Function<BlockResult.Budget, int[]> numbers) {
        return IntStream.range(0, plan.epsilons().size())
                .mapToObj(budget -> concatenate(
                        order, block -> numbers.apply(block.budgets().get(budget))))
                .toArray(int[][]::new);
    }

    private List<EpsilonResult> results(int[] order) {
        List<EpsilonResult> results = new ArrayList<>();
        for (double epsilon : plan.epsilons()) {
            int number = results.size();
            results.add(result(
                    epsilon,
                    order,
                    blocks.stream().map(block -> block.budgets().get(number)).toList()));
        }
        return results;
    }

    private static EpsilonResult result(double epsilon, int[] order, List<BlockResult.Budget> budgets) {
        int correct = budgets.stream().mapToInt(BlockResult.Budget::correct).sum();
        int wrong = budgets.stream().mapToInt(BlockResult.Budget::wrong).sum();
        int examples = correct + wrong;
        double[] confidences = budgets.stream()
                .flatMapToDouble(budget -> Arrays.stream(budget.confidencesWhenWrong()))
                .toArray();
        // in the order of the examples, so that the sum does not depend on the blocks
        double confidence =
                Arrays.stream(order).mapToDouble(i -> confidences[i]).sum();
        return new EpsilonResult(
                epsilon,
                Interval.of(correct, examples),
                Interval.of(
                        correct
                                + budgets.stream()
                                        .mapToInt(BlockResult.Budget::lostByRounding)
                                        .sum(),
                        examples),
                wrong == 0 ? 0 : confidence / wrong,
                budgets.stream()
                        .mapToDouble(BlockResult.Budget::largestDistance)
                        .max()
                        .orElse(0));
    }

    private int[] concatenate(int[] order, Function<BlockResult, int[]> numbers) {
        int[] all = blocks.stream().map(numbers).flatMapToInt(Arrays::stream).toArray();
        return Arrays.stream(order).map(i -> all[i]).toArray();
    }
}
