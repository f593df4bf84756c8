package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.Kernel.single;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Resizes images, one dimension after the other: each new row is a weighted sum of old rows.
 *
 * <p>The weights follow ONNX instead of libtorch, whose resizing supports only some of ONNX's coordinate modes. They
 * are computed in 32-bit floats as in ONNX Runtime, because otherwise a position halfway between two rows could be
 * rounded to the other row.
 */
final class Resizing {
    private static final Map<String, Kernel.Factory> KERNELS =
            Map.of("Resize", Resizing::resize, "Upsample", Resizing::upsample);

    private Resizing() {}

    static Map<String, Kernel.Factory> kernels() {
        return KERNELS;
    }

    /** The position of a new row among the old ones. */
    private enum Coordinates {
        ASYMMETRIC {
            @Override
            float place(int row, float scale, int length, int newLength) {
                return row / scale;
            }
        },
        HALF_PIXEL {
            @Override
            float place(int row, float scale, int length, int newLength) {
                return (row + 0.5f) / scale - 0.5f;
            }
        },
        PYTORCH_HALF_PIXEL {
            @Override
            float place(int row, float scale, int length, int newLength) {
                return newLength > 1 ? (row + 0.5f) / scale - 0.5f : 0;
            }
        },
        /** Only in versions 11 and 12. */
        TF_HALF_PIXEL_FOR_NN {
            @Override
            float place(int row, float scale, int length, int newLength) {
                return (row + 0.5f) / scale;
            }
        },
        HALF_PIXEL_SYMMETRIC {
            @Override
            float place(int row, float scale, int length, int newLength) {
                float adjustment = newLength / (scale * length);
                float offset = length / 2f * (1 - adjustment);
                return offset + (row + 0.5f) / scale - 0.5f;
            }
        },
        ALIGN_CORNERS {
            @Override
            float place(int row, float scale, int length, int newLength) {
                return newLength == 1 ? 0 : row * (float) (length - 1) / (newLength - 1);
            }
        };

        abstract float place(int row, float scale, int length, int newLength);
    }

    /** The old row that a position belongs to. */
    private enum Nearest {
        /** The rule of the first versions: down for downsampling, up for upsampling. */
        SIMPLE {
            @Override
            double row(float place, float scale) {
                return scale < 1 ? Math.ceil(place) : Math.floor(place);
            }
        },
        ROUND_PREFER_FLOOR {
            @Override
            double row(float place, float scale) {
                return Math.ceil(place - 0.5);
            }
        },
        ROUND_PREFER_CEIL {
            @Override
            double row(float place, float scale) {
                return Math.floor(place + 0.5);
            }
        },
        FLOOR {
            @Override
            double row(float place, float scale) {
                return Math.floor(place);
            }
        },
        CEIL {
            @Override
            double row(float place, float scale) {
                return Math.ceil(place);
            }
        };

        abstract double row(float place, float scale);
    }

    /** The old rows of each new row, with their weights; the first index counts the summands. */
    private record RowSelection(long[][] rows, float[][] weights) {
        static RowSelection of(int summands, int length) {
            return new RowSelection(new long[summands][length], new float[summands][length]);
        }
    }

    @FunctionalInterface
    private interface Interpolation {
        RowSelection rows(Coordinates coordinates, float scale, int length, int newLength);
    }

    private static Kernel upsample(Node node, int opset) {
        if (opset > 9) {
            throw node.error("is an operator that does not exist in version %d".formatted(opset));
        }
        Interpolation interpolation = interpolation(node, Nearest.SIMPLE);
        float[] attribute = node.numbers("scales").orElse(new float[0]);
        return single(inputs -> {
            float[] scales = opset < 9 ? attribute : inputs.floats(1);
            return resized(
                    node,
                    inputs.get(0),
                    scales,
                    newSides(node, inputs.get(0), scales),
                    Coordinates.ASYMMETRIC,
                    interpolation);
        });
    }

    private static Kernel resize(Node node, int opset) {
        if (opset < 11) {
            Interpolation interpolation = interpolation(node, Nearest.SIMPLE);
            return single(inputs -> {
                float[] scales = inputs.floats(1);
                return resized(
                        node,
                        inputs.get(0),
                        scales,
                        newSides(node, inputs.get(0), scales),
                        Coordinates.ASYMMETRIC,
                        interpolation);
            });
        }
        if (node.flag("antialias", false)
                || !node.text("keep_aspect_ratio_policy", "stretch").equals("stretch")) {
            throw node.error("uses antialias or keep_aspect_ratio_policy, which are not supported");
        }
        Coordinates coordinates = choice(node, Coordinates.class, "coordinate_transformation_mode", "half_pixel");
        Interpolation interpolation =
                interpolation(node, choice(node, Nearest.class, "nearest_mode", "round_prefer_floor"));
        long[] axesAttribute = node.integers("axes").orElse(null);
        return single(inputs -> {
            Tensor x = inputs.get(0);
            int sides = Math.toIntExact(x.dim());
            long[] axes = axesAttribute == null
                    ? IntStream.range(0, sides).asLongStream().toArray()
                    : Tensors.axes(node, axesAttribute, sides);
            float[] scales = new float[sides];
            Arrays.fill(scales, 1);
            long[] newSides;
            float[] given = inputs.find(2).map(Tensors::floats).orElse(new float[0]);
            if (given.length > 0) {
                requireAsMany(node, given.length, axes.length);
                for (int i = 0; i < axes.length; i++) {
                    scales[(int) axes[i]] = given[i];
                }
                newSides = newSides(node, x, scales);
            } else {
                newSides = Tensors.sides(x);
                long[] sizes = inputs.longs(3);
                requireAsMany(node, sizes.length, axes.length);
                for (int i = 0; i < axes.length; i++) {
                    int axis = (int) axes[i];
                    newSides[axis] = sizes[i];
                    scales[axis] = (float) sizes[i] / x.size(axis);
                }
            }
            return resized(node, x, scales, newSides, coordinates, interpolation);
        });
    }

    private static void requireAsMany(Node node, int given, int expected) {
        if (given != expected) {
            throw node.error("gives a size for %d dimensions of %d".formatted(given, expected));
        }
    }

    private static <E extends Enum<E>> E choice(Node node, Class<E> type, String attribute, String otherwise) {
        String text = node.text(attribute, otherwise);
        return Arrays.stream(type.getEnumConstants())
                .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst()
                .orElseThrow(() -> node.error("has the %s '%s', which is not supported".formatted(attribute, text)));
    }

    private static long[] newSides(Node node, Tensor x, float[] scales) {
        long[] sides = Tensors.sides(x);
        requireAsMany(node, scales.length, sides.length);
        for (int i = 0; i < sides.length; i++) {
            sides[i] = (long) Math.floor((double) sides[i] * scales[i]);
        }
        return sides;
    }

    private static Interpolation interpolation(Node node, Nearest nearest) {
        String mode = node.text("mode", "nearest");
        boolean excludeOutside = node.flag("exclude_outside", false);
        float a = (float) node.number("cubic_coeff_a", -0.75);
        return switch (mode) {
            case "nearest" ->
                (coordinates, scale, length, newLength) -> nearest(nearest, coordinates, scale, length, newLength);
            case "linear", "bilinear" -> Resizing::linear;
            case "cubic" ->
                (coordinates, scale, length, newLength) ->
                        cubic(a, excludeOutside, coordinates, scale, length, newLength);
            default -> throw node.error("has the unknown mode '%s'".formatted(mode));
        };
    }

    private static RowSelection nearest(
            Nearest nearest, Coordinates coordinates, float scale, int length, int newLength) {
        RowSelection rows = RowSelection.of(1, newLength);
        for (int i = 0; i < newLength; i++) {
            double row = nearest.row(coordinates.place(i, scale, length, newLength), scale);
            rows.rows[0][i] = (long) Math.max(0, Math.min(length - 1, row));
            rows.weights[0][i] = 1;
        }
        return rows;
    }

    private static RowSelection linear(Coordinates coordinates, float scale, int length, int newLength) {
        RowSelection rows = RowSelection.of(2, newLength);
        for (int i = 0; i < newLength; i++) {
            float place = Math.max(0, Math.min(length - 1, coordinates.place(i, scale, length, newLength)));
            int first = (int) place;
            rows.rows[0][i] = first;
            rows.rows[1][i] = Math.min(first + 1, length - 1);
            rows.weights[1][i] = place - first;
            rows.weights[0][i] = 1 - rows.weights[1][i];
        }
        return rows;
    }

    /** Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981, with the given coefficient. */
    private static RowSelection cubic(
            float a, boolean excludeOutside, Coordinates coordinates, float scale, int length, int newLength) {
        RowSelection rows = RowSelection.of(4, newLength);
        for (int i = 0; i < newLength; i++) {
            float place = coordinates.place(i, scale, length, newLength);
            int floor = (int) Math.floor(place);
            float sum = 0;
            for (int k = 0; k < 4; k++) {
                int row = floor - 1 + k;
                float distance = Math.abs(place - row);
                float weight = distance <= 1
                        ? ((a + 2) * distance - (a + 3)) * distance * distance + 1
                        : ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
                boolean outside = row < 0 || row >= length;
                rows.weights[k][i] = excludeOutside && outside ? 0 : weight;
                rows.rows[k][i] = Math.max(0, Math.min(length - 1, row));
                sum += rows.weights[k][i];
            }
            if (excludeOutside) {
                for (int k = 0; k < 4; k++) {
                    rows.weights[k][i] /= sum;
                }
            }
        }
        return rows;
    }

    private static Tensor resized(
            Node node,
            Tensor x,
            float[] scales,
            long[] newSides,
            Coordinates coordinates,
            Interpolation interpolation) {
        Tensor result = x;
        for (int axis = 0; axis < newSides.length; axis++) {
            long length = x.size(axis);
            if (newSides[axis] == length && scales[axis] == 1) {
                continue;
            }
            if (newSides[axis] < 1 || length < 1 || !(scales[axis] > 0)) {
                throw node.error("resizes a dimension of %d by %s".formatted(length, scales[axis]));
            }
            long[] sides = Tensors.sides(result);
            sides[axis] = newSides[axis];
            Tensors.requireRoom(sides);
            RowSelection rows = interpolation.rows(coordinates, scales[axis], (int) length, (int) newSides[axis]);
            result = sum(result, axis, rows);
        }
        return result;
    }

    private static Tensor sum(Tensor x, int axis, RowSelection rows) {
        if (rows.rows.length == 1) {
            return Tensors.select(x, axis, rows.rows[0]);
        }
        long[] column = Window.ones(Math.toIntExact(x.dim()));
        column[axis] = rows.rows[0].length;
        Tensor sum = Tensors.select(x, axis, rows.rows[0]).mul(weights(x, rows.weights[0], column));
        for (int k = 1; k < rows.rows.length; k++) {
            Tensor summand = Tensors.select(x, axis, rows.rows[k]).mul(weights(x, rows.weights[k], column));
            sum = torch.add(sum, summand, new Scalar(1.0));
        }
        return sum;
    }

    private static Tensor weights(Tensor x, float[] weights, long[] column) {
        return Tensors.of(weights).to(x.scalar_type()).reshape(column);
    }
}
