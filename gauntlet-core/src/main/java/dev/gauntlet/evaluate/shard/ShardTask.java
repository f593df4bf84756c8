package dev.gauntlet.evaluate.shard;

import dev.gauntlet.Sha256;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.MinimalNormAttack;
import dev.gauntlet.diagnose.GradientDiagnostics;
import dev.gauntlet.diagnose.StrongerAttacks;
import dev.gauntlet.model.Logits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A part of an evaluation that can be computed anywhere and repeatedly, always with the same result.
 *
 * @param evaluation the identity of the evaluation that has to be open where the task is computed
 * @param id its place in the evaluation
 * @param work what is to be done
 * @param withImages whether the result is to contain the images of all successes
 */
public record ShardTask(String evaluation, ShardId id, Work work, boolean withImages) {
    /** What is to be done with which examples. */
    public sealed interface Work {
        /**
         * Returns which examples it needs.
         *
         * @return their numbers in the data set, growing
         */
        int[] examples();
    }

    /**
     * Get the model's answers to clean images.
     *
     * @param ids their numbers in the data set, growing
     */
    public record AskClean(int[] ids) implements Work {
        @Override
        public int[] examples() {
            return ids;
        }
    }

    /**
     * Attack images.
     *
     * @param attack the position of the attack in the plan
     * @param ids their numbers in the data set, growing
     * @param clean what the model answers for the clean images
     * @param robust for each budget above 0 the rows of those that are still robust with it, growing
     */
    public record RunAttack(int attack, int[] ids, Logits clean, List<int[]> robust) implements Work {
        public RunAttack {
            robust = List.copyOf(robust);
        }

        @Override
        public int[] examples() {
            return ids;
        }

        /**
         * Groups the budgets by the examples that are still robust: one search serves a group.
         *
         * @param by the attack
         * @return the searches in their order
         */
        public List<Search> searches(Attack<?> by) {
            if (by instanceof MinimalNormAttack) {
                // one search serves all budgets; without any, only the distances are wanted
                int[] rows = robust.isEmpty()
                        ? IntStream.range(0, ids.length).toArray()
                        : robust.stream()
                                .flatMapToInt(Arrays::stream)
                                .sorted()
                                .distinct()
                                .toArray();
                return List.of(
                        new Search(rows, IntStream.range(0, robust.size()).toArray()));
            }
            Map<List<Integer>, List<Integer>> groups = new LinkedHashMap<>();
            for (int budget = 0; budget < robust.size(); budget++) {
                groups.computeIfAbsent(Arrays.stream(robust.get(budget)).boxed().toList(), rows -> new ArrayList<>())
                        .add(budget);
            }
            groups.remove(List.<Integer>of());
            return groups.entrySet().stream()
                    .map(group -> new Search(integers(group.getKey()), integers(group.getValue())))
                    .toList();
        }

        private static int[] integers(List<Integer> values) {
            return values.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    /**
     * One search of an attack.
     *
     * @param rows the examples, by their rows in the task
     * @param budgets the budgets above 0 that it serves, by their positions among these
     */
    public record Search(int[] rows, int[] budgets) {}

    /**
     * Certify images.
     *
     * @param ids their numbers in the data set, growing
     * @param clean what the model answers for the clean images
     * @param robust for each budget above 0 the rows of those that are still robust with it, growing
     */
    public record Certify(int[] ids, Logits clean, List<int[]> robust) implements Work {
        public Certify {
            robust = List.copyOf(robust);
        }

        @Override
        public int[] examples() {
            return ids;
        }
    }

    /**
     * Try other preprocessing of the images.
     *
     * @param ids their numbers in the data set, growing
     * @param predictions the predictions of the model without other preprocessing
     */
    public record ProbeInput(int[] ids, int[] predictions) implements Work {
        @Override
        public int[] examples() {
            return ids;
        }
    }

    /**
     * Examine the gradients.
     *
     * @param probe what to look at
     * @param correct the numbers of some images that are classified correctly
     * @param epsilon the budget
     * @param attacks how many attacks of the plan were run on all examples
     */
    public record ProbeGradient(GradientDiagnostics.Probe probe, int[] correct, double epsilon, int attacks)
            implements Work {
        @Override
        public int[] examples() {
            return correct;
        }
    }

    /**
     * Try a stronger attack on images that withstood those of the plan.
     *
     * @param attack the position of the attack among the {@link StrongerAttacks}
     * @param robust the numbers of the images, growing
     * @param epsilon the budget
     * @param attacks how many attacks of the plan were run on all examples
     */
    public record TryStronger(int attack, int[] robust, double epsilon, int attacks) implements Work {
        @Override
        public int[] examples() {
            return robust;
        }
    }

    /**
     * Writes the task.
     *
     * @return the bytes, the same for equal tasks
     */
    public byte[] bytes() {
        return RecordCodec.bytes(this);
    }

    /**
     * Reads a task.
     *
     * @param bytes what {@link #bytes()} has written
     * @return the task
     * @throws IOException if they are not that
     */
    public static ShardTask of(byte[] bytes) throws IOException {
        return RecordCodec.read(ShardTask.class, bytes);
    }

    /**
     * Returns a checksum of the task that does not depend on whether images are wanted.
     *
     * @return the SHA-256, as lower-case hexadecimal digits
     */
    public String checksum() {
        return Sha256.of(new ShardTask(evaluation, id, work, false).bytes());
    }
}
