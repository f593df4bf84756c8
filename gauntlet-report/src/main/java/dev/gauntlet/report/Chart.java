package dev.gauntlet.report;

import java.util.List;
import java.util.Optional;

/**
 * A plot with everything in its place: positions are in the units of the drawing, ready to be written.
 *
 * @param id the name of the plot, also of its file
 * @param title what it shows
 * @param description the same for those who do not see it
 * @param frame where the parts of the drawing are
 * @param horizontalTitle what is drawn to the right
 * @param verticalTitle what is drawn upwards
 * @param horizontalTicks the marks below
 * @param verticalTicks the marks at the left
 * @param series the curves
 * @param legend what the curves mean
 * @param reference a level to compare with, if any
 */
record Chart(
        String id,
        String title,
        String description,
        Frame frame,
        String horizontalTitle,
        String verticalTitle,
        List<Tick> horizontalTicks,
        List<Tick> verticalTicks,
        List<Series> series,
        List<LegendEntry> legend,
        Optional<Reference> reference) {

    /** Returns the name of the file with this plot alone. */
    String file() {
        return id + ".svg";
    }

    /**
     * Where the parts of a drawing are.
     *
     * @param width the width of the drawing
     * @param height the height of the drawing
     * @param left the left side of the plot
     * @param top its upper side
     * @param right its right side
     * @param bottom its lower side
     * @param middleX its horizontal middle
     * @param middleY its vertical middle
     * @param legendY the line of the legend
     * @param horizontalLabelY the line of the horizontal labels
     * @param horizontalTitleY the line of the horizontal title
     * @param verticalLabelX where the vertical labels end
     * @param verticalTitleX the line of the vertical title
     */
    record Frame(
            int width,
            int height,
            int left,
            int top,
            int right,
            int bottom,
            int middleX,
            int middleY,
            int legendY,
            int horizontalLabelY,
            int horizontalTitleY,
            int verticalLabelX,
            int verticalTitleX) {}

    /**
     * A mark at an axis.
     *
     * @param position where, along the axis
     * @param label the number
     */
    record Tick(String position, String label) {}

    /**
     * A curve.
     *
     * @param style the class of the style
     * @param colour the colour where no style sheet is
     * @param dashes the pattern of the line, {@code none} for a solid one
     * @param band the outline of the interval, empty if there is none
     * @param line the points of the curve
     * @param markers the measured points
     */
    record Series(String style, String colour, String dashes, String band, String line, List<Marker> markers) {}

    /**
     * A measured point.
     *
     * @param x where, to the right
     * @param y where, downwards
     * @param text what was measured
     */
    record Marker(String x, String y, String text) {}

    /**
     * What a curve means.
     *
     * @param style the class of the style
     * @param colour the colour where no style sheet is
     * @param dashes the pattern of the line
     * @param x where the sample begins
     * @param sampleEnd where the sample ends
     * @param textX where the name begins
     * @param name the name
     * @param band whether it is the interval and not the curve
     */
    record LegendEntry(
            String style,
            String colour,
            String dashes,
            String x,
            String sampleEnd,
            String textX,
            String name,
            boolean band) {}

    /**
     * A level to compare with.
     *
     * @param y where, downwards
     * @param textX where the text begins
     * @param textY the line of the text
     * @param text what the level means
     */
    record Reference(String y, String textX, String textY, String text) {}
}
