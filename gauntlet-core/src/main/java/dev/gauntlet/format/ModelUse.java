package dev.gauntlet.format;

import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a model is opened for.
 *
 * @param sample a few images of the data that the model is for, on which it is tried; absent where there is no data yet
 * @param classes the number of classes of the data; looked at only if the model gives nothing but the class
 * @param environment the environment variables, which may hold the secrets of an address
 */
public record ModelUse(Optional<Batch> sample, int classes, Map<String, String> environment) {
    private static final int SAMPLE = 16;

    public ModelUse {
        environment = Map.copyOf(environment);
    }

    /**
     * Opens a model without data, in the environment of this process.
     *
     * @return the use
     */
    public static ModelUse withoutData() {
        return new ModelUse(Optional.empty(), 2, System.getenv());
    }

    /**
     * Opens a model for some data, in the environment of this process.
     *
     * @param data the data
     * @return the use, with a sample from all over the data
     */
    public static ModelUse of(Dataset data) {
        return new ModelUse(
                Optional.of(data.batch(sample(data.size()))), data.classes().size(), System.getenv());
    }

    /**
     * Returns the same use in another environment.
     *
     * @param variables the environment variables
     * @return the use
     */
    public ModelUse in(Map<String, String> variables) {
        return new ModelUse(sample, classes, variables);
    }

    /**
     * Returns which images of some data are the sample on which a model is tried: from all over the data, because many data
     * sets are sorted by class.
     *
     * @param size the number of images of the data
     * @return their numbers, growing
     */
    public static int[] sample(int size) {
        int count = Math.min(SAMPLE, size);
        return IntStream.range(0, count)
                .map(i -> (int) ((long) i * size / count))
                .toArray();
    }
}
