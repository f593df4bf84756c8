package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.RawOutputs;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** An ONNX file computed by ONNX Runtime, for images of a data set. */
final class RuntimeModel implements AutoCloseable {
    /** The batch size: large enough to keep one thread busy, small enough for the memory. */
    private static final int SLICE = 100;

    /** The notice for a file that works for a single image only. */
    static final String ONE_AT_A_TIME =
            "The model fails on several images at once, so it is queried with one image at a time, which takes longer; export it with a dynamic batch size.";

    private final OnnxFile file;
    private final RuntimeSession session;
    private final boolean oneAtATime;

    private RuntimeModel(OnnxFile file, RuntimeSession session, boolean oneAtATime) {
        this.file = file;
        this.session = session;
        this.oneAtATime = oneAtATime;
    }

    /**
     * Loads a file and tries it.
     *
     * @param file the file
     * @param output the requested value, which may be inside the graph
     * @param further other requested values
     * @param sample some images
     * @throws GauntletException if ONNX Runtime cannot load it or compute the images
     */
    static RuntimeModel open(OnnxFile file, String output, List<String> further, Batch sample) {
        List<String> inside = Stream.concat(Stream.of(output), further.stream())
                .filter(value -> file.graph().outputs().stream()
                        .noneMatch(port -> port.name().equals(value)))
                .distinct()
                .toList();
        if (!inside.isEmpty() && !file.graph().external().isEmpty()) {
            throw new GauntletException(
                    "%s stores its weights in other files, and its output '%s' is not a tensor; export it without dictionaries around its outputs."
                            .formatted(file.path(), file.output().name()));
        }
        RuntimeSession session = RuntimeSession.open(file.path(), inside);
        try {
            RuntimeModel model = new RuntimeModel(file, session, false);
            return model.takesSeveral(sample, output) ? model : new RuntimeModel(file, session, true);
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
    }

    /** Tries several images and, if that fails, a single one; throws the first exception if both fail. */
    private boolean takesSeveral(Batch sample, String output) {
        boolean isFixed =
                file.input().fit(file.name(), sample.shape()).fixedBatch().isPresent();
        try {
            outputs(sample, output);
            return true;
        } catch (GauntletException several) {
            if (isFixed || sample.size() < 2) {
                throw several;
            }
            try {
                new RuntimeModel(file, session, true).outputs(sample.select(new int[] {0}), output);
                return false;
            } catch (GauntletException alone) {
                several.addSuppressed(alone);
                throw several;
            }
        }
    }

    /** Describes that images are computed one at a time although the file does not declare it. */
    Optional<String> notice() {
        return oneAtATime ? Optional.of(ONE_AT_A_TIME) : Optional.empty();
    }

    /**
     * Computes a value for some images.
     *
     * @param batch the images
     * @param output the name of the value, which was requested when the file was opened
     * @throws GauntletException if the images do not fit, or the value does not have one row per image
     */
    RawOutputs outputs(Batch batch, String output) {
        file.contract().requireFit(batch.shape());
        InputPort.Fit declared = file.input().fit(file.name(), batch.shape());
        InputPort.Fit fit = oneAtATime ? declared.oneAtATime() : declared;
        int slice = fit.fixedBatch().orElse(SLICE);
        int perImage = batch.shape().size();
        float[] given = file.contract().apply(batch, file.input().layout());
        float[] values = {};
        boolean integers = false;
        int perExample = 0;
        for (int first = 0; first < batch.size(); first += slice) {
            int examples = Math.min(slice, batch.size() - first);
            int asked = fit.fixedBatch().orElse(examples);
            float[] part = Arrays.copyOf(
                    Arrays.copyOfRange(given, first * perImage, (first + examples) * perImage), asked * perImage);
            RuntimeSession.Output result =
                    session.run(file.input().name(), file.input().type(), fit.sides(asked), part, output);
            requireRows(result, asked);
            if (first == 0) {
                integers = result.integers();
                perExample = result.values().length / asked;
                values = new float[Math.multiplyExact(batch.size(), perExample)];
            }
            System.arraycopy(result.values(), 0, values, first * perExample, examples * perExample);
        }
        return new RawOutputs(perExample, values, integers);
    }

    /** The output for a single image may omit the batch dimension. */
    private void requireRows(RuntimeSession.Output output, int images) {
        long[] sides = output.sides();
        boolean isPerImage = sides.length > 0 && sides[0] == images;
        long longSides = Arrays.stream(sides, isPerImage ? 1 : 0, sides.length)
                .filter(side -> side != 1)
                .count();
        boolean isEmpty = output.values().length == 0;
        if (isEmpty || !(isPerImage || images == 1) || longSides > 1) {
            throw new GauntletException(
                    "%s returns an output of shape %s for %d images; expected %d rows with one logit per class%s."
                            .formatted(
                                    file.path(),
                                    output,
                                    images,
                                    images,
                                    file.graph().outputs().size() > 1 ? ": select another output for the logits" : ""));
        }
    }

    @Override
    public void close() {
        session.close();
    }
}
