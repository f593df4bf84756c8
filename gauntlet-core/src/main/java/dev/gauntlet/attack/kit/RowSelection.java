package dev.gauntlet.attack.kit;

import java.util.Arrays;

/** Gathers rows from flattened batches and from arrays with one value per example. */
public final class RowSelection {
    private RowSelection() {}

    /**
     * Gathers rows of a flattened batch.
     *
     * @param values the rows, one after the other
     * @param rows the indices of the rows wanted
     * @param length the length of each row
     * @return the rows wanted, one after the other
     */
    public static float[] select(float[] values, int[] rows, int length) {
        float[] selected = new float[rows.length * length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(values, rows[i] * length, selected, i * length, length);
        }
        return selected;
    }

    /**
     * Gathers rows of a flattened batch.
     *
     * @param values the rows, one after the other
     * @param rows the indices of the rows wanted
     * @param length the length of each row
     * @return the rows wanted, one after the other
     */
    public static double[] select(double[] values, int[] rows, int length) {
        double[] selected = new double[rows.length * length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(values, rows[i] * length, selected, i * length, length);
        }
        return selected;
    }

    /**
     * Gathers values.
     *
     * @param values one value per row
     * @param rows the indices of the rows wanted
     * @return their values
     */
    public static int[] select(int[] values, int[] rows) {
        return Arrays.stream(rows).map(row -> values[row]).toArray();
    }

    /**
     * Gathers values.
     *
     * @param values one value per row
     * @param rows the indices of the rows wanted
     * @return their values
     */
    public static double[] select(double[] values, int[] rows) {
        return Arrays.stream(rows).mapToDouble(row -> values[row]).toArray();
    }

    /**
     * Gathers values.
     *
     * @param values one value per row
     * @param rows the indices of the rows wanted
     * @param <T> the type of the values
     * @return their values
     */
    public static <T> T[] select(T[] values, int[] rows) {
        T[] selected = Arrays.copyOf(values, rows.length);
        for (int i = 0; i < rows.length; i++) {
            selected[i] = values[rows[i]];
        }
        return selected;
    }

    /**
     * Repeats every value.
     *
     * @param values the values
     * @param times how often each is repeated
     * @return each value repeated that many times, in order
     */
    public static int[] repeat(int[] values, int times) {
        int[] repeated = new int[values.length * times];
        for (int i = 0; i < repeated.length; i++) {
            repeated[i] = values[i / times];
        }
        return repeated;
    }
}
