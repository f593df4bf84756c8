package dev.gauntlet.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.data.ImageShape;
import java.util.OptionalInt;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExecutionTest {
    private static final ImageShape MNIST = new ImageShape(1, 28, 28);

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "15, 15",
        "16, 8",
        "30, 15",
        "50, 25",
        "149, 75",
        "200, 100",
        "299, 150",
        "300, 75",
        "400, 100",
        "1000, 250",
        "4000, 1000",
        "4001, 667",
        "5000, 834",
        "9000, 1000",
        "10000, 1000"
    })
    void aSampleIsDividedIntoAnEvenNumberOfEqualShardsThatAreNotSmall(int examples, int size) {
        assertThat(Execution.AUTOMATIC.shardSize(MNIST, examples)).isEqualTo(size);
    }

    @ParameterizedTest
    @CsvSource({"1000, 30, 30", "1000, 500, 250", "200, 60, 50", "300, 100, 75", "500, 100, 100"})
    void aShardHasNoMoreExamplesThanAskedFor(int examples, int asked, int size) {
        assertThat(new Execution(OptionalInt.of(asked), OptionalInt.empty()).shardSize(MNIST, examples))
                .isEqualTo(size);
    }
}
