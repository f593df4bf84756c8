package dev.gauntlet.onnx;

import org.bytedeco.pytorch.Tensor;

/** The computation of a node, with its attributes already read. */
@FunctionalInterface
interface Kernel {
    /**
     * Computes the outputs.
     *
     * @param inputs the values of the node's inputs
     * @return the outputs; there may be fewer than the node declares
     */
    Tensor[] compute(Inputs inputs);

    /** Creates the kernel of a node. */
    @FunctionalInterface
    interface Factory {
        /**
         * Reads the attributes of a node.
         *
         * @param node the node
         * @param opset the version of the standard operators
         * @return the kernel
         * @throws dev.gauntlet.GauntletException if the value of an attribute is not supported
         */
        Kernel of(Node node, int opset);
    }

    /** A kernel with one output. */
    @FunctionalInterface
    interface Single {
        Tensor compute(Inputs inputs);
    }

    /** Converts a kernel with one output. */
    static Kernel single(Single kernel) {
        return inputs -> new Tensor[] {kernel.compute(inputs)};
    }
}
