package dev.gauntlet.report;

import dev.gauntlet.data.ImageShape;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.evaluate.shard.GalleryExample;
import dev.gauntlet.report.Page.Card;
import dev.gauntlet.report.Page.Change;
import dev.gauntlet.report.Page.GallerySection;
import dev.gauntlet.report.Page.Picture;
import dev.gauntlet.report.Page.Specimen;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Builds the gallery of wrong predictions. */
final class Gallery {
    private static final int MOST_SPECIMENS = 10;

    /** At this gain the largest change is shown as white; grey means unchanged. */
    private static final double FULL_SWING = 0.5;

    /** An attack that uses its whole budget changes all images by the same amount, except for rounding. */
    private static final double NOTICEABLE = 1.01;

    private final ReportView subject;
    private final Distance distance;
    private final AttackPhrases methods;

    /** The beginning of the names of the image files. */
    private final String prefix;

    Gallery(ReportView subject) {
        this(subject, "images/");
    }

    private Gallery(ReportView subject, String prefix) {
        this.subject = subject;
        this.prefix = prefix;
        this.distance = Distance.of(subject.report());
        this.methods = AttackPhrases.of(subject);
    }

    /** Returns the gallery of a baseline, whose files have other names. */
    static Gallery ofBaseline(RobustnessReport baseline) {
        return new Gallery(ReportView.of(baseline), "images/baseline-");
    }

    /**
     * An image of the gallery.
     *
     * @param id the number of the example
     * @param specimen the image as a page shows it
     */
    record Shown(int id, Specimen specimen) {}

    /** Returns the images at a budget; none if the report has no such budget. */
    Stream<Shown> at(double epsilon) {
        return IntStream.range(1, subject.report().results().size())
                .filter(index -> epsilon(index) == epsilon)
                .boxed()
                .flatMap(index ->
                        exhibits(index).stream().map(exhibit -> new Shown(exhibit.id(), specimen(exhibit, index))));
    }

    /** Draws every image that a comparison with the baseline shows. */
    static Map<String, byte[]> picturesOfBaseline(RobustnessReport baseline, RobustnessReport report) {
        Gallery gallery = ofBaseline(baseline);
        ReportView subject = ReportView.of(report);
        double epsilon = report.results().get(subject.focus()).epsilon();
        Map<String, byte[]> files = new TreeMap<>();
        for (int index = 1; index < baseline.results().size(); index++) {
            if (gallery.epsilon(index) == epsilon) {
                for (GalleryExample exhibit : gallery.exhibits(index)) {
                    gallery.draw(exhibit, index, files);
                }
            }
        }
        return files;
    }

    private void draw(GalleryExample exhibit, int index, Map<String, byte[]> files) {
        ImageShape shape = subject.report().shape();
        files.put(file(exhibit, "clean"), Pictures.png(exhibit.clean(), shape));
        files.put(
                file(exhibit, "change"),
                Pictures.change(exhibit.clean(), exhibit.adversarial(), gain(exhibit, index), shape));
        files.put(file(exhibit, "attacked"), Pictures.png(exhibit.adversarial(), shape));
    }

    /** Returns one card for each image that is shown for any budget, by class. */
    List<Card> cards() {
        Map<Integer, List<Change>> changes = new TreeMap<>();
        Map<Integer, GalleryExample> exhibits = new TreeMap<>();
        for (int index = 1; index < subject.report().results().size(); index++) {
            for (GalleryExample exhibit : exhibits(index)) {
                exhibits.putIfAbsent(exhibit.id(), exhibit);
                changes.computeIfAbsent(exhibit.id(), id -> new ArrayList<>()).add(change(exhibit, index));
            }
        }
        return exhibits.values().stream()
                .sorted(Comparator.comparingInt(GalleryExample::label))
                .map(exhibit -> card(exhibit, changes.getOrDefault(exhibit.id(), List.of())))
                .toList();
    }

    private Card card(GalleryExample exhibit, List<Change> changes) {
        String label = subject.className(exhibit.label());
        String before = subject.className(exhibit.cleanPrediction());
        return new Card(
                anchor(exhibit.id()),
                "example " + exhibit.id(),
                label,
                picture(
                        exhibit,
                        "clean",
                        "Clean image of example %s: %s, predicted %s".formatted(exhibit.id(), label, before)),
                before,
                Formats.percent(exhibit.cleanConfidence()),
                changes);
    }

    private Change change(GalleryExample exhibit, int index) {
        Specimen specimen = specimen(exhibit, index);
        return new Change(
                subject.epsilon(index),
                specimen.attack(),
                specimen.gain(),
                specimen.change(),
                specimen.attacked(),
                specimen.after(),
                specimen.afterConfidence());
    }

    static String anchor(int id) {
        return "image-" + id;
    }

    /**
     * Finds an image of a true class.
     *
     * @return the anchor of its card; empty if none is shown
     */
    Optional<String> imageOf(int label) {
        return IntStream.range(1, subject.report().results().size())
                .boxed()
                .flatMap(index -> exhibits(index).stream())
                .filter(exhibit -> exhibit.label() == label)
                .map(exhibit -> anchor(exhibit.id()))
                .findFirst();
    }

    /**
     * Finds an image of a true class that is taken for another one within a budget.
     *
     * @return the anchor of its card; empty if none is shown
     */
    Optional<String> imageOf(int label, int prediction, int index) {
        return exhibits(index).stream()
                .filter(exhibit -> exhibit.label() == label && exhibit.prediction() == prediction)
                .map(exhibit -> anchor(exhibit.id()))
                .findFirst();
    }

    /** Returns one section per attack with its smallest and largest change, if they differ. */
    List<GallerySection> extremes() {
        int index = subject.focus();
        if (!subject.attacked()) {
            return List.of();
        }
        List<GallerySection> sections = new ArrayList<>();
        for (int number = 0; number < subject.report().attacks().size(); number++) {
            int attack = number;
            List<GalleryExample> own = at(index)
                    .filter(exhibit ->
                            exhibit.choice() != GalleryExample.Choice.DRAWN && attack(exhibit, index) == attack)
                    .toList();
            double least =
                    own.stream().mapToDouble(GalleryExample::distance).min().orElse(0);
            double most =
                    own.stream().mapToDouble(GalleryExample::distance).max().orElse(0);
            if (most > NOTICEABLE * least) {
                sections.add(new GallerySection(
                        "extremes-" + (attack + 1),
                        methods.name(attack),
                        gainText(index),
                        own.stream().map(exhibit -> specimen(exhibit, index)).toList()));
            }
        }
        return sections;
    }

    /** Returns the example with the most confident wrong prediction at the budget in focus. */
    Optional<Specimen> opening() {
        return exhibits(subject.focus()).stream()
                .reduce((best, other) -> other.confidence() > best.confidence() ? other : best)
                .map(exhibit -> specimen(exhibit, subject.focus()));
    }

    /** Draws every image that the sections show. */
    static Map<String, byte[]> pictures(RobustnessReport report) {
        ReportView subject = ReportView.of(report);
        Gallery gallery = new Gallery(subject);
        Map<String, byte[]> files = new TreeMap<>();
        for (int index = 1; index < report.results().size(); index++) {
            List<GalleryExample> shown = new ArrayList<>(gallery.exhibits(index));
            if (index == subject.focus()) {
                gallery.at(index)
                        .filter(exhibit -> exhibit.choice() != GalleryExample.Choice.DRAWN)
                        .forEach(shown::add);
            }
            for (GalleryExample exhibit : shown) {
                gallery.draw(exhibit, index, files);
            }
        }
        return files;
    }

    private List<GalleryExample> exhibits(int index) {
        return at(index)
                .filter(exhibit -> exhibit.choice() == GalleryExample.Choice.DRAWN)
                .limit(MOST_SPECIMENS)
                .toList();
    }

    private Stream<GalleryExample> at(int index) {
        return subject.report().gallery().stream()
                .filter(exhibit -> exhibit.epsilon() > 0 && exhibit.epsilon() == epsilon(index));
    }

    /** Returns the position of the attack that succeeded on an example. */
    private int attack(GalleryExample exhibit, int index) {
        Outcomes outcomes = subject.report().outcomes();
        return outcomes.successfulAttack(outcomes.position(exhibit.id()).orElseThrow(), index)
                .orElseThrow();
    }

    private double epsilon(int index) {
        return subject.report().results().get(index).epsilon();
    }

    private Specimen specimen(GalleryExample exhibit, int index) {
        String example = "example " + exhibit.id();
        String gain = Formats.shortDecimal(gain(exhibit, index), 2);
        String label = subject.className(exhibit.label());
        String before = subject.className(exhibit.cleanPrediction());
        String after = subject.className(exhibit.prediction());
        String epsilon = subject.epsilon(index);
        return new Specimen(
                example,
                breaker(exhibit, index),
                distance.atMost(epsilon),
                gain,
                picture(exhibit, "clean", "Clean image of %s: %s, predicted %s".formatted(example, label, before)),
                picture(
                        exhibit,
                        "change",
                        "Change of %s at epsilon %s, amplified %s times".formatted(example, epsilon, gain)),
                picture(
                        exhibit,
                        "attacked",
                        "Adversarial image of %s at epsilon %s: predicted %s".formatted(example, epsilon, after)),
                label,
                before,
                Formats.percent(exhibit.cleanConfidence()),
                after,
                Formats.percent(exhibit.confidence()));
    }

    private Picture picture(GalleryExample exhibit, String kind, String description) {
        return new Picture(
                file(exhibit, kind),
                subject.report().shape().width(),
                subject.report().shape().height(),
                description);
    }

    /** The clean image is the same for every budget, so it is one file. */
    private String file(GalleryExample exhibit, String kind) {
        return kind.equals("clean")
                ? "%sexample-%s-clean.png".formatted(prefix, exhibit.id())
                : "%sexample-%s-epsilon-%s-%s%s.png"
                        .formatted(
                                prefix,
                                exhibit.id(),
                                subject.epsilon(exhibit.epsilon()),
                                kind,
                                // its change is amplified by another gain
                                kind.equals("change") && exhibit.choice() != GalleryExample.Choice.DRAWN
                                        ? "-alone"
                                        : "");
    }

    /** Names the attack that succeeded on an example; empty if there was only one attack. */
    private String breaker(GalleryExample exhibit, int index) {
        if (exhibit.choice() != GalleryExample.Choice.DRAWN) {
            return "%s change: %s"
                    .formatted(
                            exhibit.choice() == GalleryExample.Choice.LEAST_CHANGED ? "smallest" : "largest",
                            Formats.shortDecimal(exhibit.distance(), 3));
        }
        if (subject.report().attacks().size() == 1) {
            return "";
        }
        return "by " + methods.name(attack(exhibit, index));
    }

    /** Chooses the gain for a change: from epsilon alone in L-infinity, otherwise from the largest change of a pixel. */
    private double gain(int index) {
        return FULL_SWING / (distance.norm() == Norm.LINF ? epsilon(index) : largestChange(index));
    }

    /** Chooses the gain of an extreme from its own pixels; otherwise the smallest change would be invisible. */
    private double gain(GalleryExample exhibit, int index) {
        return exhibit.choice() == GalleryExample.Choice.DRAWN
                ? gain(index)
                : FULL_SWING / Math.max(largestChange(exhibit), Float.MIN_NORMAL);
    }

    private String gainText(int index) {
        return Formats.shortDecimal(gain(index), 2);
    }

    private double largestChange(int index) {
        return exhibits(index).stream()
                .mapToDouble(Gallery::largestChange)
                .max()
                .orElse(1);
    }

    private static double largestChange(GalleryExample exhibit) {
        return Norm.LINF.distance(exhibit.clean(), exhibit.adversarial(), 0, exhibit.clean().length);
    }
}
