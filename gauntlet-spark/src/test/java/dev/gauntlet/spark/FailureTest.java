package dev.gauntlet.spark;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Messages of Spark 4.2, as they came from a cluster. */
class FailureTest {
    @Test
    void tooLittleMemoryIsSaidWithTheRemedy() {
        assertThat(Failure.explain("""
                        Job aborted due to stage failure: Task 0 in stage 0.0 failed 4 times, most recent failure: Lost task 0.4 in stage 0.0 (TID 4) (127.0.0.1 executor 2): java.lang.OutOfMemoryError: Java heap space
                        \tat java.base/java.util.Arrays.copyOf(Arrays.java:3537)
                        Driver stacktrace:"""))
                .isEqualTo(
                        "A task failed 4 times, the last time in the executor 2 on 127.0.0.1: java.lang.OutOfMemoryError: Java heap space. The executor had too little memory: raise spark.executor.memory or spark.executor.memoryOverhead, or make the shards smaller.");
    }

    @Test
    void anExecutorThatEndsForLackOfMemoryIsRecognized() {
        assertThat(
                        Failure.explain(
                                "Job aborted due to stage failure: Task 3 in stage 1.0 failed 4 times, most recent failure: Lost task 3.3 in stage 1.0 (TID 9) (10.0.0.5 executor 7): ExecutorLostFailure (executor 7 exited caused by one of the running tasks) Reason: Command exited with code 137"))
                .startsWith("A task failed 4 times, the last time in the executor 7 on 10.0.0.5: ")
                .contains("raise spark.executor.memory");
    }

    @Test
    void otherReasonsAreGivenWithoutAdvice() {
        assertThat(Failure.explain("Job aborted: cancelled because SparkContext was shut down.\nmore"))
                .isEqualTo(
                        "Spark could not compute a part of the evaluation: cancelled because SparkContext was shut down.");
        assertThat(Failure.explain(null)).isEqualTo("Spark could not compute a part of the evaluation: null.");
    }
}
