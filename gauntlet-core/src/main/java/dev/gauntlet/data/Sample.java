package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Draws representative samples of a data set. */
public final class Sample {
    private Sample() {}

    /**
     * Draws a stratified random sample: the number for each class is proportional, rounded by the method of the largest
     * remainders.
     *
     * <p>Example: {@code Sample.stratified(mnist.test(), 1000, RandomKey.of(0))} draws 98 zeros, as 980 of the 10,000
     * images are zeros.
     *
     * @param data the data set
     * @param count the size of the sample, at least 1; all examples if there are no more
     * @param randomness the source of randomness
     * @return the numbers of the examples, in ascending order
     * @throws GauntletException if the count is below 1
     */
    public static int[] stratified(Dataset data, int count, RandomKey randomness) {
        if (count < 1) {
            throw new GauntletException("The number of examples must be at least 1, got " + count + ".");
        }
        if (count >= data.size()) {
            return IntStream.range(0, data.size()).toArray();
        }
        List<List<Integer>> byClass = IntStream.range(0, data.classes().size())
                .<List<Integer>>mapToObj(k -> new ArrayList<>())
                .toList();
        for (int id = 0; id < data.size(); id++) {
            byClass.get(data.label(id)).add(id);
        }
        RandomKey chance = randomness.with("sample");
        int[] quotas = quotas(byClass.stream().mapToLong(List::size).toArray(), count, data.size());
        return IntStream.range(0, quotas.length)
                .flatMap(k -> shuffled(byClass.get(k), chance).limit(quotas[k]))
                .sorted()
                .toArray();
    }

    /**
     * Orders examples at random so that every prefix is an approximately stratified sample.
     *
     * @param data the data set
     * @param ids the numbers of the examples
     * @param randomness the source of randomness
     * @return the same numbers in another order
     */
    public static int[] spread(Dataset data, int[] ids, RandomKey randomness) {
        List<List<Integer>> byClass = IntStream.range(0, data.classes().size())
                .<List<Integer>>mapToObj(k -> new ArrayList<>())
                .toList();
        for (int id : ids) {
            byClass.get(data.label(id)).add(id);
        }
        RandomKey order = randomness.with("order");
        RandomKey place = order.with("place");
        Map<Integer, Double> places = new HashMap<>();
        for (List<Integer> ofClass : byClass) {
            int[] row = shuffled(ofClass, order).toArray();
            for (int i = 0; i < row.length; i++) {
                // one at a random position in each of as many equal intervals as the class has examples
                places.put(row[i], (i + place.with(row[i]).generator().nextDouble()) / row.length);
            }
        }
        return IntStream.of(ids)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(id -> places.getOrDefault(id, 0.0))
                        .thenComparingInt(id -> id))
                .mapToInt(id -> id)
                .toArray();
    }

    /** Orders examples by a random number that each of them gets from the key. */
    private static IntStream shuffled(List<Integer> ids, RandomKey key) {
        record Drawn(int id, long number) {}
        return ids.stream()
                .map(id -> new Drawn(id, key.with(id).generator().nextLong()))
                .sorted(Comparator.comparingLong(Drawn::number).thenComparingInt(Drawn::id))
                .mapToInt(Drawn::id);
    }

    /** Divides the count among the classes by the method of the largest remainders. */
    private static int[] quotas(long[] sizes, int count, int total) {
        int[] quotas = new int[sizes.length];
        for (int k = 0; k < sizes.length; k++) {
            quotas[k] = (int) (sizes[k] * count / total);
        }
        IntStream.range(0, sizes.length)
                .boxed()
                .sorted(Comparator.comparingLong(k -> -(sizes[k] * count % total)))
                .limit(count - IntStream.of(quotas).sum())
                .forEach(k -> quotas[k]++);
        return quotas;
    }
}
