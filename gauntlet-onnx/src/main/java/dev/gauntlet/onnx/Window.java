package dev.gauntlet.onnx;

import java.util.Arrays;

/**
 * The window of a convolution or a pool, and how it moves over an image.
 *
 * @param kernel the size of the window in each dimension
 * @param strides the strides
 * @param dilations the dilations
 * @param pads the padding: before each dimension, then after each dimension
 * @param padding how the padding is determined
 * @param ceil whether a window that fits only partially counts
 */
record Window(long[] kernel, long[] strides, long[] dilations, long[] pads, AutoPad padding, boolean ceil) {
    /** Far more than any model needs; it limits products of hostile numbers. */
    private static final long LARGEST = 1 << 16;

    enum AutoPad {
        NOTSET,
        VALID,
        SAME_UPPER,
        SAME_LOWER
    }

    /** Reads the attributes; the size of the kernel may also come from the weights. */
    static Window of(Node node, long[] kernel) {
        int sides = kernel.length;
        AutoPad padding;
        String text = node.text("auto_pad", "NOTSET");
        try {
            padding = AutoPad.valueOf(text);
        } catch (IllegalArgumentException e) {
            throw node.error("has the unknown auto_pad '%s'".formatted(text));
        }
        return new Window(
                checked(node, "kernel_shape", kernel, sides, 1),
                checked(node, "strides", node.integers("strides").orElse(ones(sides)), sides, 1),
                checked(node, "dilations", node.integers("dilations").orElse(ones(sides)), sides, 1),
                checked(node, "pads", node.integers("pads").orElse(new long[2 * sides]), 2 * sides, 0),
                padding,
                node.flag("ceil_mode", false));
    }

    static long[] ones(int count) {
        long[] ones = new long[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    static long[] checked(Node node, String attribute, long[] values, int count, long smallest) {
        if (values.length != count || Arrays.stream(values).anyMatch(value -> value < smallest || value > LARGEST)) {
            throw node.error("has %s %s; expected %d values from %d to %d"
                    .formatted(attribute, Arrays.toString(values), count, smallest, LARGEST));
        }
        return values;
    }

    /** Returns the length of the window in a dimension, including its gaps. */
    long extent(int side) {
        return dilations[side] * (kernel[side] - 1) + 1;
    }

    /**
     * The positions of the windows in each dimension of an image.
     *
     * @param before the padding before each dimension
     * @param after the padding after each dimension
     * @param count the number of windows in each dimension
     */
    record Places(long[] before, long[] after, long[] count) {
        boolean isSymmetric() {
            return Arrays.equals(before, after);
        }
    }

    /** Places the windows on an image. */
    Places on(Node node, long[] image) {
        int sides = kernel.length;
        Places places = new Places(new long[sides], new long[sides], new long[sides]);
        for (int i = 0; i < sides; i++) {
            long length = image[i];
            if (padding == AutoPad.SAME_UPPER || padding == AutoPad.SAME_LOWER) {
                long count = (length + strides[i] - 1) / strides[i];
                long total = Math.max(0, (count - 1) * strides[i] + extent(i) - length);
                long smaller = total / 2;
                places.before[i] = padding == AutoPad.SAME_UPPER ? smaller : total - smaller;
                places.after[i] = total - places.before[i];
                places.count[i] = count;
            } else {
                boolean explicit = padding == AutoPad.NOTSET;
                places.before[i] = explicit ? pads[i] : 0;
                places.after[i] = explicit ? pads[sides + i] : 0;
                long room = length + places.before[i] + places.after[i] - extent(i);
                if (room < 0) {
                    throw node.error("has a window of %d on a dimension of %d".formatted(extent(i), length));
                }
                long count = (ceil ? (room + strides[i] - 1) / strides[i] : room / strides[i]) + 1;
                if (ceil && (count - 1) * strides[i] >= length + places.before[i]) {
                    // a window that would begin after the image covers no pixels
                    count--;
                }
                places.count[i] = count;
            }
        }
        return places;
    }
}
