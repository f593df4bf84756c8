package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.AtomicFile;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.evaluate.Distances;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.testkit.WireRunner;
import dev.gauntlet.threat.Norm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Attacks on published networks, against the numbers that were published for these very weights.
 *
 * <p>It takes hours on two processors, so it runs only when asked for, and writes what it finds into
 * {@code docs/conformance.md}. {@code -Dpublished=REGEX} chooses the lines whose text matches.
 */
@Tag("hours")
class PublishedNumbersTest {
    private static final Path DOCUMENT = Path.of("../docs/conformance.md");

    private static final String END_OF_TABLE = "<!-- end of the table that PublishedNumbersTest writes -->";

    private static final String STANDARD = "lenet5-standard";
    private static final String ROBUST = "lenet5-pgd";
    private static final String TRADES = "trades-smallcnn";
    private static final String WONG_KOLTER = "wong-kolter-cnn";

    private static final int ALL = 10_000;

    private static final String PGD = "pgd:steps=40,random-start=false";

    /** The lines of AutoAttack's MNIST table, of the board of TRADES, of advertorch's benchmarks and of Wong and Kolter. */
    private static final List<Claim> CLAIMS = List.of(
            new Claim(STANDARD, Norm.LINF, PGD, ALL, robust(.3, 0, .1)),
            new Claim(STANDARD, Norm.LINF, "deepfool", ALL, robust(.3, 0, .2)),
            new Claim(STANDARD, Norm.LINF, "fab:steps=20", 2000, median(.1120), mean(.1092)),
            new Claim(STANDARD, Norm.L2, "fab:steps=20", 2000, median(1.423), mean(1.412)),
            new Claim(STANDARD, Norm.L2, "ddn:steps=1000,levels=256", 1000, median(1.388), mean(1.380)),
            new Claim(ROBUST, Norm.LINF, PGD, ALL, robust(.3, 93.2, .1)),
            // advertorch keeps every step within .3, here the perturbation that is found may be larger and then does
            // not count
            new Claim(ROBUST, Norm.LINF, "deepfool", ALL, robust(.3, 92.58, 1.5)),
            new Claim(ROBUST, Norm.LINF, "fab:steps=20", 2000, median(.3509), mean(.3476)),
            new Claim(ROBUST, Norm.L2, "fab:steps=20", 2000, median(3.040), mean(3.205)),
            new Claim(ROBUST, Norm.L2, "ddn:steps=1000,levels=256", 1000, median(1.872), mean(1.917)),
            new Claim(WONG_KOLTER, Norm.LINF, "fgsm", ALL, robust(.1, 96.1, .2)),
            new Claim(WONG_KOLTER, Norm.LINF, PGD, ALL, robust(.1, 95.94, .1)),
            // the published number is that of no random start, though the authors' script has one
            new Claim(TRADES, Norm.LINF, PGD, ALL, robust(.3, 96.07, .2)),
            new Claim(TRADES, Norm.LINF, "pgd:steps=1000", 1000, robust(.3, 95.60, .5)),
            new Claim(TRADES, Norm.LINF, "fab:steps=100", 1000, robust(.3, 93.33, .5)),
            new Claim(TRADES, Norm.LINF, "square", 1000, robust(.3, 92.58, .5)),
            new Claim(TRADES, Norm.LINF, AutoAttack.NAME, 1000, robust(.3, 92.81, .5)));

    @TestFactory
    Stream<DynamicTest> equalsThePublishedNumber() {
        Pattern chosen = Pattern.compile(System.getProperty("published", ""));
        return CLAIMS.stream()
                .filter(claim -> chosen.matcher(claim.name()).find())
                .map(claim -> DynamicTest.dynamicTest(claim.name(), () -> check(claim)));
    }

    private static void check(Claim claim) throws IOException {
        PublishedNetworks networks = PublishedNetworks.require();
        try (DifferentiableClassifier model = networks.load(claim.network())) {
            double[] epsilons = claim.expectations().stream()
                    .flatMapToDouble(expected -> expected.measure().epsilons())
                    .toArray();
            Plan<DifferentiableClassifier> plan =
                    Plan.whiteBox(claim.norm(), claim.attacks(), epsilons).withExamples(claim.examples());
            RobustnessReport report = Evaluator.on(
                            new WireRunner(Runtime.getRuntime().availableProcessors()))
                    .evaluate(model, networks.images(), plan);
            for (Expected expected : claim.expectations()) {
                record(claim, expected, report);
            }
            for (Expected expected : claim.expectations()) {
                Measure measure = expected.measure();
                double chance = claim.examples() == ALL ? 0 : measure.chance(report);
                double tolerated = expected.tolerated() + chance;
                // a distance that the evaluator has recomputed cannot be too small: nearer is only the stronger attack
                double least = measure instanceof Measure.Distance ? 0 : expected.published() - tolerated;
                assertThat(measure.of(report))
                        .as("%s of %s; a sample of this size is off by %s", measure.title(), claim, chance)
                        .isBetween(least, expected.published() + tolerated);
            }
        }
    }

    /** Writes a line of the table in the document, in place of the one that said the same before. */
    private static void record(Claim claim, Expected expected, RobustnessReport report) throws IOException {
        Measure measure = expected.measure();
        String subject = "| %s, %s | `%s` | %s | "
                .formatted(claim.network(), claim.norm().title(), claim.attack(), measure.title());
        String line = "%s%s | %s ± %s | %+.2f %% | %,d |"
                .formatted(
                        subject,
                        measure.shown(expected.published()),
                        measure.shown(measure.of(report)),
                        claim.examples() == ALL ? "0" : measure.shown(measure.chance(report)),
                        measure.difference(measure.of(report), expected.published()),
                        claim.examples());
        List<String> lines = new ArrayList<>(Files.readAllLines(DOCUMENT));
        lines.removeIf(other -> other.startsWith(subject));
        lines.add(lines.indexOf(END_OF_TABLE), line);
        AtomicFile.write(
                DOCUMENT, out -> out.write((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    private static Expected robust(double epsilon, double published, double points) {
        return new Expected(new Measure.Accuracy(epsilon), published, points);
    }

    private static Expected median(double published) {
        return new Expected(new Measure.Distance("median distance", true), published, .02 * published);
    }

    private static Expected mean(double published) {
        return new Expected(new Measure.Distance("mean distance", false), published, .02 * published);
    }

    /** What is counted. */
    private sealed interface Measure {
        String title();

        double of(RobustnessReport report);

        /** Returns how far a sample of this size is off by chance, in 19 of 20 cases at most. */
        double chance(RobustnessReport report);

        DoubleStream epsilons();

        String shown(double value);

        /** Returns the difference in per cent. */
        double difference(double ours, double published);

        /** The robust accuracy in per cent. */
        record Accuracy(double epsilon) implements Measure {
            @Override
            public String title() {
                return "robust accuracy at " + epsilon;
            }

            @Override
            public double of(RobustnessReport report) {
                return 100 * accuracy(report).rate();
            }

            @Override
            public double chance(RobustnessReport report) {
                return 50 * (accuracy(report).upper() - accuracy(report).lower());
            }

            @Override
            public DoubleStream epsilons() {
                return DoubleStream.of(epsilon);
            }

            @Override
            public String shown(double value) {
                return String.format(Locale.ROOT, "%.2f %%", value);
            }

            @Override
            public double difference(double ours, double published) {
                return ours - published;
            }

            private static Interval accuracy(RobustnessReport report) {
                return report.results().get(report.results().size() - 1).accuracy();
            }
        }

        /** A distance over the successes on images that are right when clean. */
        record Distance(String title, boolean median) implements Measure {
            @Override
            public double of(RobustnessReport report) {
                Distances distances = Distances.of(report);
                return median ? distances.median() : distances.mean();
            }

            /** Twice the standard error of the mean, which for the median of a bell is larger by the root of half pi. */
            @Override
            public double chance(RobustnessReport report) {
                double mean = Distances.of(report).mean();
                double[] found = Arrays.stream(report.outcomes().columns().distances())
                        .filter(d -> d > 0)
                        .toArray();
                double variance = Arrays.stream(found)
                        .map(distance -> (distance - mean) * (distance - mean))
                        .average()
                        .orElse(0);
                return 2 * Math.sqrt(variance / found.length * (median ? Math.PI / 2 : 1));
            }

            @Override
            public DoubleStream epsilons() {
                return DoubleStream.empty();
            }

            @Override
            public String shown(double value) {
                return String.format(Locale.ROOT, "%.4f", value);
            }

            @Override
            public double difference(double ours, double published) {
                return 100 * (ours / published - 1);
            }
        }
    }

    /** A published number and how far ours may be from it on all images. */
    private record Expected(Measure measure, double published, double tolerated) {}

    /** What was published of an attack on a network, and on how many of the images it is repeated. */
    private record Claim(String network, Norm norm, String attack, int examples, List<Expected> expectations) {
        Claim(String network, Norm norm, String attack, int examples, Expected... expectations) {
            this(network, norm, attack, examples, List.of(expectations));
        }

        String name() {
            return "%s %s %s".formatted(network, norm.id(), attack);
        }

        List<Attack<? super DifferentiableClassifier>> attacks() {
            return attack.equals(AutoAttack.NAME) ? AutoAttack.standard(norm) : List.of(Attacks.parse(attack));
        }
    }
}
