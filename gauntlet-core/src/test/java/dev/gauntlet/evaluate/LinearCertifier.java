package dev.gauntlet.evaluate;

import dev.gauntlet.Choices;
import dev.gauntlet.certify.Certificate;
import dev.gauntlet.certify.Certification;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Certifies linear models with two classes, of which it asks for the weights, or pretends to.
 *
 * @param kind how honest it is
 * @param bisections how often an evaluation halves a gap between budgets
 */
public record LinearCertifier(Kind kind, int bisections) implements Certifier {
    /** What it does. */
    enum Kind {
        /** Decides every example. */
        EXACT,
        /** Certifies what can be certified, and breaks nothing. */
        BLUNT,
        /** Certifies everything. */
        LYING,
        /** Certifies everything, but not for 32-bit arithmetic. */
        IN_THEORY,
        /** Gives no certificates. */
        SILENT;

        static final Choices<Kind> BY_NAME =
                Choices.of("kind", List.of(values()), kind -> kind.name().toLowerCase(Locale.ROOT));
    }

    /** For the registry. */
    public LinearCertifier() {
        this(Kind.EXACT);
    }

    LinearCertifier(Kind kind) {
        this(kind, 0);
    }

    @Override
    public String name() {
        return "linear";
    }

    @Override
    public String title() {
        return "the weights themselves";
    }

    @Override
    public Map<String, String> options() {
        String name = kind.name().toLowerCase(Locale.ROOT);
        return bisections == 0
                ? Map.of("kind", name)
                : Map.of("kind", name, "bisections", Integer.toString(bisections));
    }

    @Override
    public Certifier withOptions(Map<String, String> changes) {
        return new LinearCertifier(
                Kind.BY_NAME.parse(changes.getOrDefault("kind", "exact")),
                Integer.parseInt(changes.getOrDefault("bisections", "0")));
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF);
    }

    @Override
    public Certification open(Classifier model) {
        return new Certification() {
            @Override
            public List<Certificate> certify(Batch batch, LpBall ball) {
                requireFit(ball);
                List<Certificate> certificates = new ArrayList<>();
                double[] slope = slope(model, batch);
                Logits logits = model.logits(batch);
                for (int row = 0; kind != Kind.SILENT && row < batch.size(); row++) {
                    certificates.add(certificate(batch, row, logits, slope, ball));
                }
                return certificates;
            }

            @Override
            public void close() {
                // nothing is held
            }
        };
    }

    private Certificate certificate(Batch batch, int row, Logits logits, double[] slope, LpBall ball) {
        int id = batch.ids()[row];
        int label = batch.labels()[row];
        double margin = logit(logits, row, label) - logit(logits, row, 1 - label);
        double least =
                margin - ball.reach() * Arrays.stream(slope).map(Math::abs).sum();
        if (kind == Kind.LYING || kind == Kind.IN_THEORY || least > 0) {
            return new Certificate(
                    id,
                    Certificate.Standing.CERTIFIED,
                    Math.max(least, 1),
                    kind != Kind.IN_THEORY,
                    Optional.empty(),
                    1);
        }
        if (kind == Kind.BLUNT) {
            return new Certificate(id, Certificate.Standing.UNDECIDED, least, false, Optional.empty(), 1);
        }
        int length = batch.shape().size();
        float[] point = Arrays.copyOfRange(batch.pixels(), row * length, (row + 1) * length);
        for (int i = 0; i < length; i++) {
            double towards = label == 1 ? -Math.signum(slope[i]) : Math.signum(slope[i]);
            point[i] = (float) Math.max(0, Math.min(1, point[i] + ball.epsilon() * towards));
        }
        return new Certificate(id, Certificate.Standing.BROKEN, least, false, Optional.of(point), 1);
    }

    /** Returns the weights of the logit of class 1 less that of class 0. */
    private static double[] slope(Classifier model, Batch batch) {
        int length = batch.shape().size();
        float[] pixels = new float[(length + 1) * length];
        for (int i = 0; i < length; i++) {
            pixels[(i + 1) * length + i] = 1;
        }
        Logits logits = model.logits(new Batch(batch.shape(), new int[length + 1], new int[length + 1], pixels));
        double[] slope = new double[length];
        for (int i = 0; i < length; i++) {
            slope[i] = logit(logits, i + 1, 1) - logit(logits, i + 1, 0) - (logit(logits, 0, 1) - logit(logits, 0, 0));
        }
        return slope;
    }

    private static double logit(Logits logits, int row, int k) {
        return logits.values()[row * logits.classes() + k];
    }
}
