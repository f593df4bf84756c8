package dev.gauntlet.attack;

import java.util.Arrays;

/** Picks examples out of arrays that hold several of them, one after the other. */
final class RowSelection {
    private RowSelection() {}

    /** Returns the values of some rows. */
    static float[] select(float[] values, int[] rows, int length) {
        float[] selected = new float[rows.length * length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(values, rows[i] * length, selected, i * length, length);
        }
        return selected;
    }

    /** Returns some of the numbers. */
    static int[] select(int[] values, int[] rows) {
        return Arrays.stream(rows).map(row -> values[row]).toArray();
    }

    /** Returns each of the numbers several times, one after the other. */
    static int[] repeat(int[] values, int times) {
        int[] repeated = new int[values.length * times];
        for (int i = 0; i < repeated.length; i++) {
            repeated[i] = values[i / times];
        }
        return repeated;
    }

    /** Returns some of the numbers. */
    static double[] select(double[] values, int[] rows) {
        return Arrays.stream(rows).mapToDouble(row -> values[row]).toArray();
    }

    /** Returns some of the values. */
    static <T> T[] select(T[] values, int[] rows) {
        T[] selected = Arrays.copyOf(values, rows.length);
        for (int i = 0; i < rows.length; i++) {
            selected[i] = values[rows[i]];
        }
        return selected;
    }
}
