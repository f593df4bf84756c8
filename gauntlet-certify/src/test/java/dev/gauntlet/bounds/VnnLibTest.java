package dev.gauntlet.bounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VnnLibTest {
    private static final String DECLARED = """
            ; a comment
            (declare-const X_0 Real)
            (declare-const X_1 Real)
            (declare-const Y_0 Real)
            (declare-const Y_1 Real)
            (declare-const Y_2 Real)
            """;

    private static final String BOX = """
            (assert (<= X_0 0.5)) (assert (>= X_0 0.25))
            (assert (<= X_1 1e-1)) (assert (>= X_1 -0.1))
            """;

    private static VnnLib parse(String text) {
        return VnnLib.parse("p.vnnlib", text);
    }

    @Test
    void readsABoxAndADisjunction() {
        VnnLib property = parse(DECLARED + BOX + "(assert (or (and (>= Y_1 Y_0)) (and (<= Y_0 Y_2)) (>= Y_0 3.5)))");

        assertThat(property.lowest()).containsExactly(0.25, -0.1);
        assertThat(property.highest()).containsExactly(0.5, 0.1);
        assertThat(property.violations())
                .containsExactly(
                        new VnnLib.Comparison(1, 0, 0),
                        new VnnLib.Comparison(2, 0, 0),
                        new VnnLib.Comparison(0, -1, 3.5));
        assertThat(property.isViolated(new float[] {1, 0, 0.5f})).isFalse();
        assertThat(property.isViolated(new float[] {1, 0, 1})).isTrue();
        assertThat(property.isViolated(new float[] {4, 0, 1})).isTrue();
    }

    @Test
    void readsASingleComparison() {
        assertThat(parse(DECLARED + BOX + "(assert (>= Y_1 Y_0))").violations())
                .containsExactly(new VnnLib.Comparison(1, 0, 0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "(assert (or (and (>= Y_1 Y_0) (>= Y_2 Y_0)))) | a conjunction of 2 comparisons in its disjunction",
                "(assert (>= Y_1 Y_0)) (assert (>= Y_2 Y_0)) | several assertions about outputs",
                "(assert (not (>= Y_1 Y_0))) | the assertion 'not'",
                "(assert (<= X_0 X_1)) | compares X_0 with X_1; supported are limits of inputs by numbers",
                "(assert (>= (+ Y_0 Y_1) 2)) | compares [+, Y_0, Y_1] with 2; one of them must be an output",
                "(check-sat) | the command 'check-sat', which is not supported",
                "(declare-const Z Real) | declares [declare-const, Z, Real]",
                "(assert (>= Y_3 Y_0)) | uses Y_3, which it does not declare",
                "(assert (>= Y_0 Infinity)) | where a finite number is expected",
                "(assert (>= 1 2)) | one of them must be an output",
                "(assert (>= Y_1 Y_0) | ends within an expression",
                ") | a closing parenthesis too many",
                "'' | says nothing of the outputs",
            })
    void refusesWhatIsMoreThanABoxAndADisjunctionByName(String more, String message) {
        assertThatThrownBy(() -> parse(DECLARED + BOX + more))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith("p.vnnlib, line ")
                .hasMessageContaining(message);
    }

    @Test
    void refusesABoxThatIsOpenOrEmpty() {
        assertThatThrownBy(() -> parse(DECLARED + "(assert (>= X_0 0)) (assert (>= Y_1 Y_0))"))
                .hasMessageContaining("gives the input X_0 no upper limit");
        assertThatThrownBy(() -> parse(DECLARED + BOX + "(assert (>= X_0 0.75)) (assert (>= Y_1 Y_0))"))
                .hasMessageContaining("limits the input X_0 to at least 0.75 and at most 0.5");
    }

    @Test
    void refusesAFileThatDoesNotExist() {
        assertThatThrownBy(() -> VnnLib.read(Path.of("nowhere.vnnlib")))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("does not exist");
    }
}
