package dev.gauntlet.images;

/**
 * A decoded image.
 *
 * @param channels the number of channels
 * @param height the number of rows
 * @param width the number of columns
 * @param bytes its pixels as channels, rows, columns
 */
record Picture(int channels, int height, int width, byte[] bytes) {
    private static final int PRECISION = 22;

    int at(int channel, int row, int column) {
        return bytes[(channel * height + row) * width + column] & 0xff;
    }

    Picture withChannels(int wanted) {
        if (wanted == channels) {
            return this;
        }
        int plane = height * width;
        byte[] converted = new byte[wanted * plane];
        for (int i = 0; i < plane; i++) {
            if (wanted == 1) {
                int red = bytes[i] & 0xff;
                int green = bytes[plane + i] & 0xff;
                int blue = bytes[2 * plane + i] & 0xff;
                converted[i] = (byte) ((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16);
            } else {
                for (int channel = 0; channel < wanted; channel++) {
                    converted[channel * plane + i] = bytes[i];
                }
            }
        }
        return new Picture(wanted, height, width, converted);
    }

    Picture middle(int side) {
        int top = (int) Math.rint((height - side) / 2.0);
        int left = (int) Math.rint((width - side) / 2.0);
        byte[] cut = new byte[channels * side * side];
        for (int channel = 0; channel < channels; channel++) {
            for (int row = 0; row < side; row++) {
                System.arraycopy(
                        bytes, (channel * height + top + row) * width + left, cut, (channel * side + row) * side, side);
            }
        }
        return new Picture(channels, side, side, cut);
    }

    Picture resized(int newWidth, int newHeight) {
        Picture wide = newWidth == width ? this : alongRows(newWidth);
        return newHeight == height ? wide : wide.turned().alongRows(newHeight).turned();
    }

    /** Rotates and mirrors the stored rows by a TIFF orientation, 1 to 8. */
    Picture upright(int orientation) {
        return switch (orientation) {
            case 2 -> mirrored(true, false);
            case 3 -> mirrored(true, true);
            case 4 -> mirrored(false, true);
            case 5 -> turned();
            case 6 -> turned().mirrored(true, false);
            case 7 -> turned().mirrored(true, true);
            case 8 -> turned().mirrored(false, true);
            default -> this;
        };
    }

    /** Reverses the order of the columns, of the rows, or of both. */
    private Picture mirrored(boolean columns, boolean rows) {
        byte[] mirrored = new byte[bytes.length];
        for (int channel = 0; channel < channels; channel++) {
            for (int row = 0; row < height; row++) {
                for (int column = 0; column < width; column++) {
                    int newRow = rows ? height - 1 - row : row;
                    int newColumn = columns ? width - 1 - column : column;
                    mirrored[(channel * height + newRow) * width + newColumn] = (byte) at(channel, row, column);
                }
            }
        }
        return new Picture(channels, height, width, mirrored);
    }

    /** Swaps rows and columns. */
    private Picture turned() {
        byte[] turned = new byte[bytes.length];
        for (int channel = 0; channel < channels; channel++) {
            for (int row = 0; row < height; row++) {
                for (int column = 0; column < width; column++) {
                    turned[(channel * width + column) * height + row] =
                            bytes[(channel * height + row) * width + column];
                }
            }
        }
        return new Picture(channels, /* height= */ width, /* width= */ height, turned);
    }

    private Picture alongRows(int newWidth) {
        double scale = (double) width / newWidth;
        double support = Math.max(1, scale);
        byte[] resized = new byte[channels * height * newWidth];
        for (int column = 0; column < newWidth; column++) {
            double centre = (column + 0.5) * scale;
            int first = Math.max(0, (int) (centre - support + 0.5));
            int end = Math.min(width, (int) (centre + support + 0.5));
            int[] weights = weights(first, end, centre, support);
            for (int line = 0; line < channels * height; line++) {
                int sum = 1 << (PRECISION - 1);
                for (int i = 0; i < weights.length; i++) {
                    sum += (bytes[line * width + first + i] & 0xff) * weights[i];
                }
                resized[line * newWidth + column] = (byte) Math.max(0, Math.min(255, sum >> PRECISION));
            }
        }
        return new Picture(channels, height, newWidth, resized);
    }

    /** The triangle filter over the old pixels, as integers that sum to about 2^22. */
    private static int[] weights(int first, int end, double centre, double support) {
        double[] triangle = new double[end - first];
        double total = 0;
        for (int i = 0; i < triangle.length; i++) {
            triangle[i] = Math.max(0, 1 - Math.abs((first + i - centre + 0.5) / support));
            total += triangle[i];
        }
        int[] weights = new int[triangle.length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (int) (triangle[i] / total * (1 << PRECISION) + 0.5);
        }
        return weights;
    }
}
