package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.Kernel.single;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Products of matrices and of tensors. */
final class Products {
    private static final Map<String, Kernel.Factory> KERNELS = Map.of(
            "MatMul", (node, opset) -> single(inputs -> multiply(inputs.get(0), inputs.get(1))),
            "Gemm", Products::gemm,
            "Einsum", Products::einsum);

    private Products() {}

    static Map<String, Kernel.Factory> kernels() {
        return KERNELS;
    }

    private static Tensor multiply(Tensor a, Tensor b) {
        if (a.numel() > Tensors.LARGEST / Math.max(1, b.numel()) && a.dim() > 1 && b.dim() > 1) {
            long[] left = Tensors.sides(a);
            long[] right = Tensors.sides(b);
            long columns = right[right.length - 1];
            left[left.length - 1] = 1;
            right[right.length - 2] = 1;
            right[right.length - 1] = 1;
            long[] sides = Tensors.broadcast(left, right);
            sides[sides.length - 1] = columns;
            Tensors.requireRoom(sides);
        }
        if (a.dim() > 2 && b.dim() == 2) {
            // by default libtorch multiplies each matrix of a transposed batch separately, which is five times slower
            long[] sides = Tensors.sides(a);
            Tensor rows = a.reshape(-1, sides[sides.length - 1]);
            sides[sides.length - 1] = b.size(1);
            return torch.mm(rows, b).reshape(sides);
        }
        return torch.matmul(a, b);
    }

    private static Kernel gemm(Node node, int opset) {
        double alpha = node.number("alpha", 1);
        double beta = node.number("beta", 1);
        boolean transA = node.flag("transA", false);
        boolean transB = node.flag("transB", false);
        return single(inputs -> {
            Tensor a = transA ? inputs.get(0).t() : inputs.get(0);
            Tensor b = inputs.get(1);
            Tensor c = inputs.find(2).orElse(null);
            boolean isLayer = transB && alpha == 1 && beta == 1;
            if (isLayer && (c == null || c.dim() == 1)) {
                return torch.linear(a, b, inputs.optional(2));
            }
            Tensor product = multiply(a, transB ? b.t() : b);
            if (alpha != 1) {
                product = product.mul(new Scalar(alpha));
            }
            if (c == null) {
                return product;
            }
            return Arithmetic.together(product, beta == 1 ? c : c.mul(new Scalar(beta)), torch::add);
        });
    }

    /** Einstein summation of at most two factors, so that no intermediate result is larger than the result. */
    private static Kernel einsum(Node node, int opset) {
        String equation = node.text("equation", "").replace(" ", "");
        if (!equation.matches("[A-Za-z]*(,[A-Za-z]*)?(->[A-Za-z]*)?")) {
            throw node.error(
                    "has the equation '%s', which is not supported; supported are one or two factors without dots"
                            .formatted(equation));
        }
        int arrow = equation.indexOf("->");
        List<String> factors = List.of((arrow < 0 ? equation : equation.substring(0, arrow)).split(",", -1));
        String result = arrow < 0 ? lettersOfOneFactor(factors) : equation.substring(arrow + 2);
        return single(inputs -> {
            if (inputs.size() != factors.size()) {
                throw node.error("has %d inputs for the equation '%s'".formatted(inputs.size(), equation));
            }
            Map<Character, Long> lengths = new HashMap<>();
            List<Tensor> tensors = new ArrayList<>();
            for (int i = 0; i < factors.size(); i++) {
                Tensor tensor = inputs.get(i);
                if (tensor.dim() != factors.get(i).length()) {
                    throw node.error("has an input of %d dimensions for '%s'".formatted(tensor.dim(), factors.get(i)));
                }
                for (int side = 0; side < tensor.dim(); side++) {
                    lengths.merge(factors.get(i).charAt(side), tensor.size(side), Math::max);
                }
                tensors.add(tensor);
            }
            Tensors.requireRoom(result.chars()
                    .mapToLong(letter -> lengths.getOrDefault((char) letter, 1L))
                    .toArray());
            return torch.einsum(equation, new TensorVector(tensors.toArray(Tensor[]::new)));
        });
    }

    /** Returns the result's letters if the equation omits them: those that occur once, in alphabetical order. */
    private static String lettersOfOneFactor(List<String> factors) {
        Map<Character, Integer> counts = new TreeMap<>();
        String.join("", factors).chars().forEach(letter -> counts.merge((char) letter, 1, Integer::sum));
        StringBuilder result = new StringBuilder();
        counts.forEach((letter, count) -> result.append(count == 1 ? letter.toString() : ""));
        return result.toString();
    }
}
