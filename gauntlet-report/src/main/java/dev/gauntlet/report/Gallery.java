package dev.gauntlet.report;

import dev.gauntlet.evaluate.Exhibit;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.report.Page.GallerySection;
import dev.gauntlet.report.Page.Picture;
import dev.gauntlet.report.Page.Specimen;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The wrong predictions with their pictures. */
final class Gallery {
    private static final int MOST_SPECIMENS = 10;

    /** At this gain a change of epsilon reaches white from the grey that means unchanged. */
    private static final double FULL_SWING = 0.5;

    private final Subject subject;

    Gallery(Subject subject) {
        this.subject = subject;
    }

    /** Returns one section per budget that fooled the model. */
    List<GallerySection> sections() {
        return IntStream.range(1, subject.report().results().size())
                .filter(index -> !exhibits(index).isEmpty())
                .mapToObj(index -> new GallerySection(
                        "epsilon-" + index,
                        "Changes of at most " + subject.epsilon(index),
                        gain(epsilon(index)),
                        exhibits(index).stream().map(this::specimen).toList()))
                .toList();
    }

    /** Returns an example of the budget that the page dwells on, the one with the most confident wrong answer. */
    Optional<Specimen> opening() {
        return exhibits(subject.focus()).stream()
                .reduce((best, other) -> other.confidence() > best.confidence() ? other : best)
                .map(this::specimen);
    }

    /** Draws every picture that the sections show. */
    static Map<String, byte[]> pictures(RobustnessReport report) {
        Subject subject = Subject.of(report);
        Gallery gallery = new Gallery(subject);
        Map<String, byte[]> files = new TreeMap<>();
        IntStream.range(1, report.results().size())
                .mapToObj(gallery::exhibits)
                .flatMap(List::stream)
                .forEach(exhibit -> {
                    files.put(gallery.file(exhibit, "clean"), Pictures.png(exhibit.clean(), report.shape()));
                    files.put(
                            gallery.file(exhibit, "change"),
                            Pictures.change(
                                    exhibit.clean(),
                                    exhibit.adversarial(),
                                    FULL_SWING / exhibit.epsilon(),
                                    report.shape()));
                    files.put(gallery.file(exhibit, "attacked"), Pictures.png(exhibit.adversarial(), report.shape()));
                });
        return files;
    }

    private List<Exhibit> exhibits(int index) {
        return subject.report().gallery().stream()
                .filter(exhibit -> exhibit.epsilon() > 0 && exhibit.epsilon() == epsilon(index))
                .limit(MOST_SPECIMENS)
                .toList();
    }

    private double epsilon(int index) {
        return subject.report().results().get(index).epsilon();
    }

    private Specimen specimen(Exhibit exhibit) {
        String example = "example " + exhibit.id();
        String gain = gain(exhibit.epsilon());
        String label = subject.className(exhibit.label());
        String before = subject.className(exhibit.cleanPrediction());
        String after = subject.className(exhibit.prediction());
        String epsilon = subject.epsilon(exhibit.epsilon());
        return new Specimen(
                example,
                epsilon,
                gain,
                picture(exhibit, "clean", "Clean image of %s: %s, predicted %s".formatted(example, label, before)),
                picture(
                        exhibit,
                        "change",
                        "Change of %s at epsilon %s, amplified %s times".formatted(example, epsilon, gain)),
                picture(
                        exhibit,
                        "attacked",
                        "Attacked image of %s at epsilon %s: predicted %s".formatted(example, epsilon, after)),
                label,
                before,
                Words.percent(exhibit.cleanConfidence()),
                after,
                Words.percent(exhibit.confidence()));
    }

    private Picture picture(Exhibit exhibit, String kind, String description) {
        return new Picture(
                file(exhibit, kind),
                subject.report().shape().width(),
                subject.report().shape().height(),
                description);
    }

    /** The clean image is the same for every budget, so it is one file. */
    private String file(Exhibit exhibit, String kind) {
        return kind.equals("clean")
                ? "images/example-%s-clean.png".formatted(exhibit.id())
                : "images/example-%s-epsilon-%s-%s.png"
                        .formatted(exhibit.id(), subject.epsilon(exhibit.epsilon()), kind);
    }

    private static String gain(double epsilon) {
        return Words.shortDecimal(FULL_SWING / epsilon, 2);
    }
}
