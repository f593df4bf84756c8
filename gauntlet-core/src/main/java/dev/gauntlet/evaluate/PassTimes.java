package dev.gauntlet.evaluate;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The times of passes through a model, by the number of examples. A server mostly needs time per call, a local network per
 * example; so the shortest time of each size is kept, and a call is never expected to take longer than a larger one did.
 */
final class PassTimes {
    private static final double KEPT = 0.5;

    /** The shortest times, in seconds, of calls with at least this many examples. */
    private final NavigableMap<Integer, Double> shortest = new TreeMap<>();

    /** How many times as long as expected the latest calls took, at least 1. */
    private double slowdown = 1;

    /** Notes a call. */
    void add(int size, double seconds) {
        Map.Entry<Integer, Double> larger = shortest.ceilingEntry(size);
        double least = larger == null ? seconds : Math.min(seconds, larger.getValue());
        shortest.put(size, least);
        Map.Entry<Integer, Double> smaller = shortest.lowerEntry(size);
        while (smaller != null && smaller.getValue() > least) {
            shortest.put(smaller.getKey(), least);
            smaller = shortest.lowerEntry(smaller.getKey());
        }
        double ratio = least > 0 ? seconds / least : 1;
        slowdown = Math.max(1, KEPT * slowdown + (1 - KEPT) * ratio);
    }

    boolean isEmpty() {
        return shortest.isEmpty();
    }

    /** Tells whether it is unknown how the time grows with the number of examples. */
    boolean isFlat() {
        return shortest.isEmpty()
                || shortest.lastEntry().getValue() <= shortest.firstEntry().getValue();
    }

    /** Returns the shortest time that a call is expected to take, in seconds; 0 while nothing is known. */
    double seconds(int size) {
        Map.Entry<Integer, Double> above = shortest.ceilingEntry(size);
        Map.Entry<Integer, Double> below = shortest.floorEntry(size);
        if (above != null && below != null) {
            return above.getKey().equals(below.getKey()) ? above.getValue() : line(below, above, size);
        }
        if (above != null) {
            return above.getValue();
        }
        if (below == null) {
            return 0;
        }
        Map.Entry<Integer, Double> first = shortest.firstEntry();
        return first.getKey().equals(below.getKey())
                ? below.getValue() * size / below.getKey()
                : line(first, below, size);
    }

    /** Returns how long a call is expected to take now, in seconds: machines and servers are busier at times. */
    double secondsNow(int size) {
        return seconds(size) * slowdown;
    }

    private static double line(Map.Entry<Integer, Double> from, Map.Entry<Integer, Double> to, int size) {
        double slope = (to.getValue() - from.getValue()) / (to.getKey() - from.getKey());
        return from.getValue() + slope * (size - from.getKey());
    }
}
