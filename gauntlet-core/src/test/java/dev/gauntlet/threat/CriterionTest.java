package dev.gauntlet.threat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CriterionTest {
    static Stream<Criterion> criteria() {
        return Stream.of(new Misclassified(), Targeted.at(2, 3), Targeted.next(3), new Targeted(List.of(1, 0, 0)));
    }

    @ParameterizedTest
    @MethodSource("criteria")
    void readsBackItsName(Criterion criterion) {
        assertThat(Criterion.parse(criterion.name(), 3)).isEqualTo(criterion);
    }

    @Test
    void namesAreAsRecordsHaveThem() {
        assertThat(criteria().map(Criterion::name))
                .containsExactly("misclassified", "targeted:2", "targeted:1,2,0", "targeted:1,0,0");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            right          | Unknown criterion 'right'
            targeted:      | The targets '' are not class numbers
            targeted:cat   | The targets 'cat' are not class numbers
            targeted:1,    | The targets '1,' are not class numbers
            targeted:3     | Target 3 is not a class; the classes are 0 to 2.
            targeted:-1    | Target -1 is not a class; the classes are 0 to 2.
            targeted:1,2   | There are 2 targets '1,2' for 3 classes
            """)
    void refusesWhatIsNoCriterionOfThreeClasses(String name, String message) {
        assertThatThrownBy(() -> Criterion.parse(name, 3))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(message);
    }
}
