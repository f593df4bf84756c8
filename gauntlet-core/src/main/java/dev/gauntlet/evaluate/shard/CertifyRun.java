package dev.gauntlet.evaluate.shard;

import dev.gauntlet.certify.Certificate;
import dev.gauntlet.certify.Certification;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.LpBall;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Certifies the examples of a task, from the smallest budget on, and measures the counterexamples without trusting them.
 *
 * <p>An example goes on to the next budget only while it is certified: less can be proved within a larger ball. Then the gap to
 * the first budget with which it is not is halved as often as the certifier wants.
 */
final class CertifyRun {
    /** Enough for the bounds to share their work, and few enough for a time limit to end them soon. */
    private static final int TOGETHER = 32;

    private final Classifier model;
    private final ShardPlan<?> plan;
    private final ShardTask.Certify work;
    private final Batch clean;
    private final ShardWatch.OfTask watch;
    private final CollectedSuccesses counterexamples;
    private final int[] certified;
    private final int[] inFloat32;
    private final double[] radius;
    private final long[] domains;

    /** The examples with which the next budget is tried. */
    private final boolean[] open;

    CertifyRun(Classifier model, ShardPlan<?> plan, ShardTask.Certify work, Batch clean, ShardWatch.OfTask watch) {
        this.model = model;
        this.plan = plan;
        this.work = work;
        this.clean = clean;
        this.watch = watch;
        this.counterexamples = new CollectedSuccesses(model, plan, clean, work.clean(), work.robust());
        this.certified = new int[clean.size()];
        this.inFloat32 = new int[clean.size()];
        this.radius = new double[clean.size()];
        this.domains = new long[clean.size()];
        this.open = new boolean[clean.size()];
        Arrays.fill(open, true);
    }

    /**
     * Certifies.
     *
     * @param asked the model as the certifier gets it
     * @param passes counts its passes
     * @param withImages whether the images of the counterexamples are wanted
     */
    ShardResult.Certified run(Classifier asked, CountedPasses passes, boolean withImages) {
        Certifier certifier =
                plan.certifier().orElseThrow(() -> new IllegalArgumentException("the plan has no certifier"));
        try (Certification certification = certifier.open(asked)) {
            int budgets = counterexamples.budgets().size();
            int[] tried = IntStream.range(0, budgets)
                    .flatMap(budget -> IntStream.of(work.robust().get(budget)))
                    .distinct()
                    .toArray();
            for (int budget = 0; budget < budgets; budget++) {
                int position = budget + 1;
                int[] rows = IntStream.of(work.robust().get(budget))
                        .filter(row -> open[row])
                        .toArray();
                Arrays.fill(open, false);
                certify(
                        certification,
                        rows,
                        plan.budget(budget),
                        certifier.name(),
                        (row, certificate) -> note(row, certificate, position));
            }
            for (int position = 0; position < budgets; position++) {
                int largest = position;
                bisect(
                        certification,
                        IntStream.of(tried)
                                .filter(row -> inFloat32[row] == largest)
                                .toArray(),
                        largest == 0 ? 0 : plan.budget(largest - 1).epsilon(),
                        plan.budget(largest).epsilon(),
                        certifier.bisections(),
                        certifier.name());
            }
        }
        return new ShardResult.Certified(
                certified,
                inFloat32,
                radius,
                domains,
                counterexamples.result(
                        plan.attacks().size(),
                        new ShardResult.Cost(
                                passes.passes().forwards(), passes.passes().backwards(), 0),
                        withImages));
    }

    private void note(int row, Certificate certificate, int position) {
        if (certificate.standing() != Certificate.Standing.CERTIFIED) {
            return;
        }
        open[row] = true;
        certified[row] = position;
        if (certificate.inFloat32() && inFloat32[row] == position - 1) {
            inFloat32[row] = position;
            radius[row] = plan.budget(position - 1).epsilon();
        }
    }

    /**
     * Halves a gap between two epsilons: between the largest with which examples are certified for 32-bit arithmetic, and
     * the smallest with which they are not.
     */
    private void bisect(
            Certification certification, int[] rows, double certifiedWith, double notWith, int halvings, String name) {
        if (rows.length == 0 || halvings == 0) {
            return;
        }
        double middle = (certifiedWith + notWith) / 2;
        boolean[] isCertified = new boolean[clean.size()];
        certify(certification, rows, new LpBall(plan.norm(), middle), name, (row, certificate) -> {
            isCertified[row] = certificate.inFloat32();
            radius[row] = isCertified[row] ? middle : radius[row];
        });
        int[] above = IntStream.of(rows).filter(row -> isCertified[row]).toArray();
        int[] below = IntStream.of(rows).filter(row -> !isCertified[row]).toArray();
        bisect(certification, above, middle, notWith, halvings - 1, name);
        bisect(certification, below, certifiedWith, middle, halvings - 1, name);
    }

    /** Takes the certificate of an example. */
    @FunctionalInterface
    private interface Notice {
        void take(int row, Certificate certificate);
    }

    private void certify(Certification certification, int[] rows, LpBall ball, String name, Notice notice) {
        for (int from = 0; from < rows.length; from += TOGETHER) {
            watch.check();
            certifyTogether(
                    certification,
                    Arrays.copyOfRange(rows, from, Math.min(rows.length, from + TOGETHER)),
                    ball,
                    name,
                    notice);
        }
    }

    private void certifyTogether(Certification certification, int[] rows, LpBall ball, String name, Notice notice) {
        List<Certificate> certificates = certification.certify(clean.select(rows), ball);
        requireAll(certificates, rows, name);
        List<Integer> broken = new ArrayList<>();
        for (int i = 0; i < rows.length; i++) {
            Certificate certificate = certificates.get(i);
            domains[rows[i]] += certificate.domains();
            notice.take(rows[i], certificate);
            if (certificate.counterexample().isPresent()) {
                broken.add(i);
            }
        }
        if (!broken.isEmpty()) {
            int[] brokenRows = broken.stream().mapToInt(i -> rows[i]).toArray();
            measure(
                    brokenRows,
                    broken.stream()
                            .map(i -> certificates.get(i).counterexample().orElseThrow())
                            .toList(),
                    ball,
                    name);
        }
    }

    /** Requires one certificate for each example, in their order. */
    private void requireAll(List<Certificate> certificates, int[] rows, String name) {
        int[] given = certificates.stream().mapToInt(Certificate::id).toArray();
        int[] expected = Arrays.stream(rows).map(row -> clean.ids()[row]).toArray();
        if (!Arrays.equals(given, expected)) {
            throw new IllegalStateException("The certifier %s gave certificates for the examples %s instead of %s."
                    .formatted(name, Arrays.toString(given), Arrays.toString(expected)));
        }
    }

    private void measure(int[] rows, List<float[]> images, LpBall ball, String name) {
        int length = clean.shape().size();
        float[] pixels = new float[rows.length * length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(images.get(i), 0, pixels, i * length, length);
        }
        Batch before = clean.select(rows);
        Batch after = before.withPixels(pixels);
        MeasuredResult result = MeasuredResult.measured(name, plan.norm(), rows, before, after);
        result.requireWithin(ball);
        Logits answers = QueryRecorder.clean(model, watch, after);
        counterexamples.keep(result.answered(answers), counterexamples.budgets());
    }
}
