package dev.gauntlet.bounds;

import org.bytedeco.pytorch.Tensor;

/** Replaces the ReLUs by affine bounds. */
interface Relaxation {
    /**
     * Replaces functions of a ReLU's outputs by functions of its inputs.
     *
     * @param pass collects the functions
     * @param node the ReLU
     * @param input the node that it takes
     * @param rows the coefficients, of shape (examples, rows, outputs)
     */
    void backward(Backward pass, int node, int input, Tensor rows);
}
