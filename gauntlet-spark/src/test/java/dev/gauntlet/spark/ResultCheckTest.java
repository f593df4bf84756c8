package dev.gauntlet.spark;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ResultCheckTest {
    @AfterEach
    void forget() {
        ResultCheck.forget();
    }

    private static ResultCheck.Report report(String task, String sha256, String host) {
        return new ResultCheck.Report(task, sha256, host, "processor of " + host);
    }

    @Test
    void equalResultsOfATaskAgree() {
        ResultCheck.take(report("first", "ab", "one"));
        ResultCheck.take(report("second", "cd", "two"));
        ResultCheck.take(report("first", "ab", "two"));
        assertThat(ResultCheck.disagreement()).isEmpty();
    }

    @Test
    void differentResultsNameBothMachinesAndTheirProcessors() {
        ResultCheck.take(report("first", "ab", "one"));
        ResultCheck.take(report("first", "ef", "two"));
        assertThat(ResultCheck.disagreement())
                .contains(
                        "A part of the evaluation was computed twice and gave different results, on one (processor of one) and on two (processor of two); use machines whose processors are of the same kind.");
    }

    @Test
    void anotherEvaluationBeginsAnew() {
        ResultCheck.take(report("first", "ab", "one"));
        ResultCheck.forget();
        ResultCheck.take(report("first", "ef", "two"));
        assertThat(ResultCheck.disagreement()).isEmpty();
    }
}
