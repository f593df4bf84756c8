package dev.gauntlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChoicesTest {
    private final Choices<Integer> choices = Choices.of(
            "network",
            List.of(0, 1, 2),
            index -> List.of("mlp", "lenet", "madry").get(index));

    @Test
    void findsByNameInAnyCase() {
        assertThat(choices.parse("lenet")).isEqualTo(1);
        assertThat(choices.parse("LeNet")).isEqualTo(1);
    }

    @Test
    void anUnknownNameIsToldWithTheNearestAndAllKnownOnes() {
        assertThatThrownBy(() -> choices.parse("lennet"))
                .isInstanceOf(GauntletException.class)
                .hasMessage("Unknown network 'lennet'; did you mean lenet? Known: mlp, lenet, madry.");
        assertThatThrownBy(() -> choices.parse("transformer"))
                .isInstanceOf(GauntletException.class)
                .hasMessage("Unknown network 'transformer'. Known: mlp, lenet, madry.");
    }

    @ParameterizedTest
    @CsvSource({
        "mpl, mlp", // neighbours swapped
        "ml, mlp", // a letter left out
        "mlpp, mlp", // a letter too many
        "nlp, mlp", // a wrong letter
        "MADRI, madry",
        "mad, madry", // the beginning
        "letnet, lenet"
    })
    void suggestsTheNearest(String typed, String nearest) {
        assertThat(choices.nearest(typed)).contains(nearest);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "resnet50", "xyz", "x"})
    void suggestsNothingForWhatIsFarFromAll(String typed) {
        assertThat(choices.nearest(typed)).isEmpty();
    }

    @Test
    void doesNotTakeOneLetterForAnotherWord() {
        assertThat(Choices.of("class", List.of("0", "1"), name -> name).nearest("x"))
                .isEmpty();
    }

    @Test
    void keepsTheOrderOfTheNames() {
        assertThat(choices.byName().keySet()).containsExactly("mlp", "lenet", "madry");
    }
}
