package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.ModelContract;
import java.util.Arrays;

/**
 * What ONNX Runtime gives for a batch.
 *
 * @param perExample how many numbers there are for each image
 * @param values the numbers, one image after the other
 */
record RuntimeOutputs(int perExample, float[] values) {
    /** Large enough to keep one thread busy, small enough for the memory. */
    private static final int SLICE = 100;

    static RuntimeOutputs of(RuntimeSession runtime, OnnxFile file, ModelContract contract, Batch batch) {
        InputPort input = file.input();
        int slice = input.fixedBatch().orElse(SLICE);
        int perImage = batch.shape().size();
        float[] given = contract.apply(batch, input.layout());
        float[] values = {};
        int perExample = 0;
        for (int first = 0; first < batch.size(); first += slice) {
            int examples = Math.min(slice, batch.size() - first);
            int asked = input.fixedBatch().orElse(examples);
            float[] part = Arrays.copyOf(
                    Arrays.copyOfRange(given, first * perImage, (first + examples) * perImage), asked * perImage);
            RuntimeSession.Output output = runtime.run(
                    input.name(),
                    input.type(),
                    input.sides(asked, batch.shape()),
                    part,
                    file.output().name());
            if (output.sides().length == 0 || output.sides()[0] != asked || output.values().length % asked != 0) {
                throw new GauntletException("%s gives an output of shape %s for %d images; expected %d rows."
                        .formatted(file.path(), output, asked, asked));
            }
            if (first == 0) {
                perExample = output.values().length / asked;
                values = new float[Math.multiplyExact(batch.size(), perExample)];
            }
            System.arraycopy(output.values(), 0, values, first * perExample, examples * perExample);
        }
        return new RuntimeOutputs(perExample, values);
    }
}
