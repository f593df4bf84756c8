package dev.gauntlet.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class Float32CrossEntropyTest {
    private static final Loss EXACT = new CrossEntropy();
    private static final Loss ROUNDED = new Float32CrossEntropy(Float32CrossEntropy.Registers.AVX2);

    @Test
    void agreesWithTheExactLossWhereNoDigitsAreLost() {
        float[] logits = {9, 1, -.5f, 2, 9};
        float[] exact = new float[5];
        float[] rounded = new float[5];

        double value = ROUNDED.valueAndDerivative(logits, 1, 3, 1, rounded);

        assertThat(value).isEqualTo(EXACT.valueAndDerivative(logits, 1, 3, 1, exact));
        for (int k = 0; k < 5; k++) {
            assertThat((double) rounded[k]).as("derivative %d", k).isCloseTo(exact[k], within(2e-7));
        }
    }

    @Test
    void forgetsTheTrueClassOfAConfidentPredictionAsPyTorchDoes() {
        float[] logits = {20, 0};
        float[] exact = new float[2];
        float[] rounded = new float[2];

        EXACT.valueAndDerivative(logits, 0, 2, 0, exact);
        ROUNDED.valueAndDerivative(logits, 0, 2, 0, rounded);

        // 1 - exp(-20) is nearer to 1 than any other 32-bit float
        assertThat(rounded[0]).isZero();
        assertThat(rounded[1]).isCloseTo((float) Math.exp(-20), within(Math.ulp((float) Math.exp(-20))));
        assertThat(exact[0]).isEqualTo(-exact[1]).isNegative();
    }

    /** What PyTorch 2.10 computes with AVX2; added one after another, nine of the ten would differ in the last bit. */
    @Test
    void hasTheBitsOfPyTorch() {
        float[] logits = {-5.8f, 1.65f, 12.6f, 2.22f, .5f, .39f, -1.23f, -1, .59f, -1.33f};
        float[] derivative = new float[10];

        ROUNDED.valueAndDerivative(logits, 0, 10, 0, derivative);

        assertThat(derivative)
                .containsExactly(
                        1.0208244E-8f - 1,
                        1.7556797E-5f,
                        .9999317f,
                        3.1045125E-5f,
                        5.5591295E-6f,
                        4.9800597E-6f,
                        9.855474E-7f,
                        1.2404095E-6f,
                        6.0826574E-6f,
                        8.9175984E-7f);
    }

    @Test
    void hasTheBitsOfPyTorchForFewerClassesThanLanes() {
        float[] logits = {-.06f, 2.08f, 2.94f, .27f, 1.37f};
        float[] derivative = new float[5];

        ROUNDED.valueAndDerivative(logits, 0, 5, 4, derivative);

        assertThat(derivative).containsExactly(.028445743f, .24177282f, .5713481f, .03956712f, .11886621f - 1);
    }

    /** Ten numbers do not fill a register of AVX-512, so they are added one after another, and the last bits differ. */
    @Test
    void hasOtherBitsWithWiderRegisters() {
        float[] logits = {-5.8f, 1.65f, 12.6f, 2.22f, .5f, .39f, -1.23f, -1, .59f, -1.33f};
        float[] eight = new float[10];
        float[] sixteen = new float[10];

        ROUNDED.valueAndDerivative(logits, 0, 10, 0, eight);
        new Float32CrossEntropy(Float32CrossEntropy.Registers.AVX512).valueAndDerivative(logits, 0, 10, 0, sixteen);

        assertThat(sixteen).isNotEqualTo(eight);
        for (int k = 0; k < 10; k++) {
            assertThat(sixteen[k]).isCloseTo(eight[k], within(1e-6f));
        }
    }
}
