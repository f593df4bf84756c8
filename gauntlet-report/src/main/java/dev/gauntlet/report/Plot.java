package dev.gauntlet.report;

import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.report.Chart.Frame;
import dev.gauntlet.report.Chart.LegendEntry;
import dev.gauntlet.report.Chart.Marker;
import dev.gauntlet.report.Chart.Reference;
import dev.gauntlet.report.Chart.Series;
import dev.gauntlet.report.Chart.Tick;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Lays out a plot: turns numbers into positions on the drawing. */
final class Plot {
    private static final Frame FRAME = frame(460, 300, 64, 36, 444, 246);

    private static final int SAMPLE_WIDTH = 22;
    private static final int LEGEND_GAP = 6;
    private static final int LEGEND_SPACING = 18;

    /** An upper estimate of the width of a letter, because text cannot be measured here. */
    private static final double LETTER_WIDTH = 7.2;

    private final Axis horizontal;
    private final Axis vertical;
    private final List<Series> series = new ArrayList<>();
    private final List<LegendEntry> legend = new ArrayList<>();
    private double legendX = FRAME.left();
    private Optional<Reference> reference = Optional.empty();

    Plot(Axis horizontal, Axis vertical) {
        this.horizontal = horizontal;
        this.vertical = vertical;
    }

    /** The style of a curve. */
    enum Look {
        FIRST("series-1", "#1d5fbf", "none"),
        SECOND("series-2", "#a8431c", "7 4");

        private final String style;
        private final String colour;
        private final String dashes;

        Look(String style, String colour, String dashes) {
            this.style = style;
            this.colour = colour;
            this.dashes = dashes;
        }
    }

    /**
     * A measured point.
     *
     * @param x the horizontal position
     * @param y the vertical position
     * @param interval the interval around y, if it is a rate
     * @param text the measured value
     */
    record Sample(double x, double y, Optional<Interval> interval, String text) {}

    /** Adds a curve, with the band of its intervals if it has any. */
    void add(String name, Look look, List<Sample> samples) {
        series.add(new Series(
                look.style,
                look.colour,
                look.dashes,
                band(samples),
                samples.stream().map(sample -> point(sample.x(), sample.y())).collect(Collectors.joining(" ")),
                samples.stream().map(sample -> marker(sample, false)).toList()));
        addLegend(name, look, false);
    }

    /** Adds points, each with its interval as a bar, which are too few to be a curve. */
    void addPoints(String name, Look look, List<Sample> samples) {
        series.add(new Series(
                look.style,
                look.colour,
                look.dashes,
                "",
                "",
                samples.stream().map(sample -> marker(sample, true)).toList()));
        addLegend(name, look, false);
    }

    private String band(List<Sample> samples) {
        List<Sample> withInterval =
                samples.stream().filter(sample -> sample.interval().isPresent()).toList();
        List<String> lower = withInterval.stream()
                .map(sample -> point(sample.x(), sample.interval().orElseThrow().lower()))
                .collect(Collectors.toCollection(ArrayList::new));
        Collections.reverse(lower);
        return Stream.concat(
                        withInterval.stream()
                                .map(sample -> point(
                                        sample.x(),
                                        sample.interval().orElseThrow().upper())),
                        lower.stream())
                .collect(Collectors.joining(" "));
    }

    private Marker marker(Sample sample, boolean hasInterval) {
        Optional<Interval> shown = sample.interval().filter(interval -> hasInterval);
        return new Marker(
                x(sample.x()),
                y(sample.y()),
                sample.text(),
                shown.map(interval -> y(interval.upper())).orElse(""),
                shown.map(interval -> y(interval.lower())).orElse(""));
    }

    /** Adds a curve without markers. */
    void addLine(String name, Look look, List<Sample> samples) {
        series.add(new Series(
                look.style,
                look.colour,
                look.dashes,
                "",
                samples.stream().map(sample -> point(sample.x(), sample.y())).collect(Collectors.joining(" ")),
                List.of()));
        addLegend(name, look, false);
    }

    /**
     * Adds a curve and a band from it up to another one.
     *
     * @param above the heights of the other curve at the same places
     */
    void addBelow(String name, Look look, List<Sample> samples, List<Double> above) {
        List<String> upper = IntStream.range(0, samples.size())
                .mapToObj(i -> point(samples.get(i).x(), above.get(i)))
                .collect(Collectors.toCollection(ArrayList::new));
        Collections.reverse(upper);
        List<String> line =
                samples.stream().map(sample -> point(sample.x(), sample.y())).toList();
        series.add(new Series(
                look.style,
                look.colour,
                look.dashes,
                Stream.concat(line.stream(), upper.stream()).collect(Collectors.joining(" ")),
                String.join(" ", line),
                samples.stream()
                        .filter(sample -> !sample.text().isEmpty())
                        .map(sample -> marker(sample, false))
                        .toList()));
        addLegend(name, look, false);
    }

    /** Adds the meaning of a curve's band to the legend. */
    void explainBand(String name, Look look) {
        addLegend(name, look, true);
    }

    /** Adds a reference level. */
    void compareWith(double level, String text) {
        double position = position(level);
        reference = Optional.of(new Reference(
                coordinate(position),
                coordinate(FRAME.left() + (double) LEGEND_GAP),
                coordinate(position - LEGEND_GAP),
                text));
    }

    /** Lays out everything that was added. */
    Chart chart(
            String id,
            String title,
            String description,
            String horizontalTitle,
            String verticalTitle,
            DoubleFunction<String> horizontalLabel,
            DoubleFunction<String> verticalLabel) {
        return new Chart(
                id,
                title,
                description,
                FRAME,
                horizontalTitle,
                verticalTitle,
                horizontal.ticks().stream()
                        .map(value -> new Tick(x(value), horizontalLabel.apply(value)))
                        .toList(),
                vertical.ticks().stream()
                        .map(value -> new Tick(y(value), verticalLabel.apply(value)))
                        .toList(),
                List.copyOf(series),
                List.copyOf(legend),
                reference);
    }

    private void addLegend(String name, Look look, boolean band) {
        double textX = legendX + SAMPLE_WIDTH + LEGEND_GAP;
        legend.add(new LegendEntry(
                look.style,
                look.colour,
                look.dashes,
                coordinate(legendX),
                coordinate(legendX + SAMPLE_WIDTH),
                coordinate(textX),
                name,
                band));
        legendX = textX + name.length() * LETTER_WIDTH + LEGEND_SPACING;
    }

    private String point(double x, double y) {
        return x(x) + "," + y(y);
    }

    private String x(double value) {
        return coordinate(FRAME.left() + horizontal.share(value) * (FRAME.right() - FRAME.left()));
    }

    private String y(double value) {
        return coordinate(position(value));
    }

    private double position(double value) {
        return FRAME.bottom() - vertical.share(value) * (FRAME.bottom() - FRAME.top());
    }

    private static String coordinate(double value) {
        return Formats.decimal(value, 1);
    }

    private static Frame frame(int width, int height, int left, int top, int right, int bottom) {
        return new Frame(
                width,
                height,
                left,
                top,
                right,
                bottom,
                (left + right) / 2,
                (top + bottom) / 2,
                top / 2,
                bottom + 20,
                height - 10,
                left - 8,
                14);
    }
}
