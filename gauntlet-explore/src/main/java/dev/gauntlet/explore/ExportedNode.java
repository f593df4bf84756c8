package dev.gauntlet.explore;

import dev.gauntlet.GauntletException;
import dev.gauntlet.model.LayerGraph;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes the nodes of a model as the scripts of an exported page read them, in network.js. */
final class ExportedNode {
    private final Map<String, Object> fields = new LinkedHashMap<>();

    private ExportedNode(LayerGraph.Node node, String operation) {
        fields.put("operation", operation);
        fields.put("inputs", node.inputs());
        fields.put("shape", node.shape());
    }

    /**
     * Writes a node.
     *
     * @param node the node
     * @param model the name of the model, for the message
     * @return its fields
     * @throws GauntletException if the page has no rule for the operation
     */
    static Map<String, Object> of(LayerGraph.Node node, String model) {
        LayerGraph.Operation operation = node.operation();
        if (operation instanceof LayerGraph.Input) {
            return new ExportedNode(node, "input").fields;
        }
        if (operation instanceof LayerGraph.Dense dense) {
            return new ExportedNode(node, "dense")
                    .floats("weight", dense.weight())
                    .floats("bias", dense.bias())
                    .fields;
        }
        if (operation instanceof LayerGraph.Convolution convolution) {
            return new ExportedNode(node, "convolution")
                    .floats("weight", convolution.weight())
                    .floats("bias", convolution.bias())
                    .with("dilations", convolution.dilations())
                    .with("groups", convolution.groups())
                    .window(convolution.kernel(), convolution.strides(), convolution.pads())
                    .fields;
        }
        if (operation instanceof LayerGraph.Scale scale) {
            return new ExportedNode(node, "scale")
                    .doubles("subtracted", scale.subtracted())
                    .doubles("factors", scale.factors())
                    .doubles("added", scale.added())
                    .fields;
        }
        if (operation instanceof LayerGraph.AveragePool pool) {
            return new ExportedNode(node, "average-pool").window(pool.kernel(), pool.strides(), pool.pads()).fields;
        }
        if (operation instanceof LayerGraph.MaxPool pool) {
            return new ExportedNode(node, "max-pool").window(pool.kernel(), pool.strides(), pool.pads()).fields;
        }
        if (operation instanceof LayerGraph.Rearrangement rearrangement) {
            return new ExportedNode(node, "rearrangement")
                    .integers("source", rearrangement.source())
                    .floats("constants", rearrangement.constants())
                    .fields;
        }
        return new ExportedNode(node, nameOf(operation, node, model)).fields;
    }

    private static String nameOf(LayerGraph.Operation operation, LayerGraph.Node node, String model) {
        if (operation instanceof LayerGraph.Relu) {
            return "relu";
        }
        if (operation instanceof LayerGraph.Sigmoidal sigmoidal) {
            return sigmoidal == LayerGraph.Sigmoidal.TANH ? "tanh" : "sigmoid";
        }
        if (operation instanceof LayerGraph.Add) {
            return "add";
        }
        if (operation instanceof LayerGraph.Concatenation) {
            return "concatenation";
        }
        if (operation instanceof LayerGraph.Reshape) {
            return "reshape";
        }
        String operator = operation instanceof LayerGraph.Unsupported unsupported
                ? unsupported.operator()
                : operation.getClass().getSimpleName();
        throw new GauntletException(
                "The model %s cannot be exported: the page cannot compute %s at %s; 'gauntlet explore' without --export can."
                        .formatted(model, operator, node.name()));
    }

    private ExportedNode with(String name, Object value) {
        fields.put(name, value);
        return this;
    }

    private ExportedNode window(int[] kernel, int[] strides, int[] pads) {
        return with("kernel", kernel).with("strides", strides).with("pads", pads);
    }

    private ExportedNode floats(String name, float[] values) {
        return with(name, Pixels.text(values));
    }

    private ExportedNode doubles(String name, double[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(values);
        return with(name, Base64.getEncoder().encodeToString(bytes.array()));
    }

    private ExportedNode integers(String name, int[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(values);
        return with(name, Base64.getEncoder().encodeToString(bytes.array()));
    }
}
