package dev.gauntlet.onnx;

import java.util.Arrays;

/**
 * How a convolution or a pool moves over an image.
 *
 * @param kernel the sides of the window
 * @param strides how far it moves
 * @param dilations how far apart its points are
 * @param pads what is added around the image: before each side, then after each side
 * @param padding where the pads come from
 * @param ceil whether a window that fits only in part counts
 */
record Window(long[] kernel, long[] strides, long[] dilations, long[] pads, AutoPad padding, boolean ceil) {
    /** Far more than any model needs; keeps products of hostile numbers small. */
    private static final long LARGEST = 1 << 16;

    enum AutoPad {
        NOTSET,
        VALID,
        SAME_UPPER,
        SAME_LOWER
    }

    /** Reads the attributes; the kernel's sides may also be known from the weights. */
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
            throw node.error("has %s %s; %d values of %d to %d were expected"
                    .formatted(attribute, Arrays.toString(values), count, smallest, LARGEST));
        }
        return values;
    }

    /** Returns how long the window is along a side, its gaps included. */
    long extent(int side) {
        return dilations[side] * (kernel[side] - 1) + 1;
    }

    /**
     * Where the windows lie along each side of an image.
     *
     * @param before what is added before each side
     * @param after what is added after each side
     * @param count the number of windows along each side
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
                    throw node.error("has a window of %d on a side of %d".formatted(extent(i), length));
                }
                long count = (ceil ? (room + strides[i] - 1) / strides[i] : room / strides[i]) + 1;
                if (ceil && (count - 1) * strides[i] >= length + places.before[i]) {
                    // a window that would begin behind the image has nothing to see
                    count--;
                }
                places.count[i] = count;
            }
        }
        return places;
    }
}
