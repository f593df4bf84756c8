package dev.gauntlet.report;

import java.util.List;
import java.util.Optional;

/**
 * The layout of a plot; positions are formatted numbers in the units of the drawing.
 *
 * @param id the name of the plot and of its file
 * @param title what it shows
 * @param description the alternative text
 * @param frame the positions of the parts of the drawing
 * @param horizontalTitle the title of the horizontal axis
 * @param verticalTitle the title of the vertical axis
 * @param horizontalTicks the ticks of the horizontal axis
 * @param verticalTicks the ticks of the vertical axis
 * @param series the curves
 * @param legend the legend
 * @param reference a reference level, if any
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
     * The positions of the parts of a drawing.
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
     * A tick of an axis.
     *
     * @param position the position along the axis
     * @param label the number
     */
    record Tick(String position, String label) {}

    /**
     * A curve.
     *
     * @param style the class of the style
     * @param colour the colour without a style sheet
     * @param dashes the dash pattern, {@code none} for a solid line
     * @param band the outline of the interval, empty if there is none
     * @param line the points of the curve
     * @param markers the measured points
     */
    record Series(String style, String colour, String dashes, String band, String line, List<Marker> markers) {}

    /**
     * A measured point.
     *
     * @param x the horizontal position
     * @param y the vertical position, downwards
     * @param text the measured value
     * @param top the upper end of its interval, if it is drawn with the point
     * @param bottom the lower end of its interval, empty like the upper one
     */
    record Marker(String x, String y, String text, String top, String bottom) {
        /** Tells whether the interval is drawn with the point. */
        boolean hasInterval() {
            return !top.isEmpty();
        }
    }

    /**
     * An entry of the legend.
     *
     * @param style the class of the style
     * @param colour the colour without a style sheet
     * @param dashes the dash pattern
     * @param x the start of the sample line
     * @param sampleEnd the end of the sample line
     * @param textX the start of the name
     * @param name the name
     * @param band whether the entry explains the interval
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
     * A reference level.
     *
     * @param y the vertical position, downwards
     * @param textX the start of the text
     * @param textY the baseline of the text
     * @param text the meaning of the level
     */
    record Reference(String y, String textX, String textY, String text) {}
}
