package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
    @ParameterizedTest
    // counted by hand: weights and biases of each layer
    @CsvSource({
        "mlp, 795010", // 784*1000+1000 + 1000*10+10
        "lenet, 21840", // 10*25+10 + 20*10*25+20 + 320*50+50 + 50*10+10
        "madry, 3274634" // 32*25+32 + 64*32*25+64 + 3136*1024+1024 + 1024*10+10
    })
    void namedNetworksHaveTheirPublishedSize(String name, long parameters) {
        Network network = Network.parse(name);
        assertThat(network.parameters()).isEqualTo(parameters);
        assertThat(network.classes()).isEqualTo(10);
        assertThat(network.input()).isEqualTo(new ImageShape(1, 28, 28));
        assertThat(network.name()).isEqualTo(name);
    }

    @ParameterizedTest
    @EnumSource
    void namedNetworksSurviveTheirDescription(NamedNetwork named) {
        Network network = named.network();
        assertThat(Network.parse(network.description()).layers()).isEqualTo(network.layers());
        assertThat(Network.parse(named.id())).isEqualTo(network);
    }

    @Test
    void everyLayerSurvivesItsDescription() {
        String text =
                "conv 32 k5 s2 p1, dropout 0.125, relu, pool 2, channel-dropout 0.5, flatten, linear 7, relu, linear 10";
        String fromElsewhere =
                "conv 32 k5 s2 p1 nobias, batchnorm, gelu, pool 3 s2 p1, batchnorm 0.001, average-pool 2, leaky-relu 0.2, elu, silu, global-average-pool, sigmoid, linear 7 nobias, tanh, linear 10";
        assertThat(Network.parse(fromElsewhere).description()).isEqualTo(fromElsewhere);
        Network network = Network.parse(text);
        assertThat(network.layers())
                .containsExactly(
                        new Layer.Convolution(32, 5, 2, 1),
                        new Layer.Dropout(0.125, false),
                        new Layer.Relu(),
                        new Layer.MaxPool(2),
                        new Layer.Dropout(0.5, true),
                        new Layer.Flatten(),
                        new Layer.Linear(7),
                        new Layer.Relu(),
                        new Layer.Linear(10));
        assertThat(network.description()).isEqualTo(text);
    }

    @Test
    void wordsMayBeSpacedAndOptionsLeftOut() {
        assertThat(Network.parse("  conv 4   p2 k3 ,RELU,pool 2,\tflatten,linear 10 ")
                        .description())
                .isEqualTo("conv 4 k3 s1 p2, relu, pool 2, flatten, linear 10");
        assertThat(Network.parse("flatten,linear 10").description()).isEqualTo("flatten, linear 10");
    }

    @Test
    void mlpTakesImagesOf784PixelsAndVectorsOtherwise() {
        Network images = Network.parse("mlp:784-30-10");
        assertThat(images.input()).isEqualTo(new ImageShape(1, 28, 28));
        assertThat(images.description()).isEqualTo("flatten, linear 30, relu, linear 10");
        assertThat(images.name()).isEqualTo("mlp:784-30-10");
        Network vectors = Network.mlp(5, 4, 3);
        assertThat(vectors.input()).isEqualTo(new ImageShape(5, 1, 1));
        assertThat(vectors.layers()).isEqualTo(List.of(new Layer.Linear(4), new Layer.Relu(), new Layer.Linear(3)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            conv 4 k3           | 4x26x26
            conv 4 k3 p1        | 4x28x28
            conv 4 k5 s2        | 4x12x12
            conv 4 k4 s2 p1     | 4x14x14
            conv 4 k28          | 4x1x1
            conv 4 k30 p1       | 4x1x1
            pool 2              | 1x14x14
            pool 3              | 1x9x9
            pool 28             | 1x1x1
            pool 3 s2 p1        | 1x14x14
            pool 3 s2           | 1x13x13
            average-pool 3      | 1x9x9
            global-average-pool | 1x1x1
            batchnorm           | 1x28x28
            silu                | 1x28x28
            flatten             | 784x1x1
            dropout 0           | 1x28x28
            """)
    void layersTellTheirOutput(String layer, String output) {
        Network network = Network.parse(layer + ", flatten, linear 2");
        assertThat(network.layers().get(0).output(network.input())).hasToString(output);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            mpl                                      | Unknown network&mpl
            ~~                                       | network&nknown
            linear                                   | network&linear
            convolution 3, flatten, linear 10        | Unknown layer 'convolution 3'&conv 32 k5&linear 10
            flatten, , linear 10                     | Unknown layer ''
            ,                                        | Unknown layer ''
            flatten linear 10                        | 'flatten linear 10' takes no number
            conv 32, flatten, linear 10              | 'conv 32' lacks its kernel size
            conv, flatten, linear 10                 | 'conv' lacks its number
            conv k5 32, flatten, linear 10           | 'k5'&not an integer
            conv 32 k5 q3, flatten, linear 10        | 'q3'&k, s or p
            conv 32 k5 k3, flatten, linear 10        | two values of k
            conv 32 k, flatten, linear 10            | 'k'
            conv 32 k-5, flatten, linear 10          | 'k-5'
            conv -32 k5, flatten, linear 10          | conv -32 k5&at least 1
            conv 0 k5, flatten, linear 10            | at least 1
            conv 32 k0, flatten, linear 10           | at least 1
            conv 32 k5 s0, flatten, linear 10        | at least 1
            conv 3.5 k5, flatten, linear 10          | '3.5'&not an integer
            conv 32 k99999999999, flatten, linear 10 | '99999999999'&not an integer
            conv 32 k29, flatten, linear 10          | k29&1x28x28
            pool 29, flatten, linear 10              | pool 29&1x28x28
            pool 0, flatten, linear 10               | pool 0&at least 1
            pool -2, flatten, linear 10              | pool -2
            pool, flatten, linear 10                 | 'pool' lacks its number
            pool 2 2, flatten, linear 10             | '2'&expected s or p with a number
            pool 2 k2, flatten, linear 10            | 'k2'&s or p
            pool 2 s0, flatten, linear 10            | pool 2 s0&at least 1
            pool 3 p2, flatten, linear 10            | pool 3 s3 p2&at most half
            average-pool 0, flatten, linear 10       | average-pool 0&at least 1
            average-pool 29, flatten, linear 10      | average-pool 29&1x28x28
            global-average-pool 2, linear 10         | takes no number
            batchnorm 0, flatten, linear 10          | batchnorm 0&positive
            batchnorm 1 2, flatten, linear 10        | takes exactly one number
            leaky-relu, flatten, linear 10           | 'leaky-relu' takes exactly one number
            leaky-relu NaN, flatten, linear 10       | leaky-relu NaN&finite
            tanh 2, flatten, linear 10               | takes no number
            conv 4 k3 nobias nobias, linear 10       | 'nobias'&k, s or p
            flatten, linear nobias                   | 'linear nobias' takes exactly one number
            flatten, linear -10                      | linear -10&at least 1
            flatten, linear ten                      | 'ten'&not an integer
            flatten, linear                          | 'linear' takes exactly one number
            flatten, linear 1                        | at least 2 classes
            linear 10, relu                          | flatten
            conv 4 k3, relu                          | 4x26x26&for at least 2 classes
            flatten, relu                            | no layer with weights
            flatten, dropout 1, linear 10            | dropout 1&below 1
            flatten, dropout -0.1, linear 10         | dropout -0.1
            flatten, dropout NaN, linear 10          | dropout NaN
            flatten, dropout half, linear 10         | 'half'&not a number
            mlp:                                     | ''&'mlp:'
            mlp:784                                  | at least
            mlp:784--10                              | ''&'mlp:784--10'
            mlp:784-10-                              | ''&not an integer
            mlp:-784-10                              | ''
            mlp:784-0-10                             | linear 0
            mlp:0-10                                 | at least 1
            mlp:784-ten                              | 'ten'
            mlp:784-1                                | at least 2 classes
            mlp:784-99999999999-10                   | '99999999999'&not an integer
            mlp:784-2000000000-10                    | parameters&500000000
            mlp:2147483647-2147483647-2147483647-2147483647-10 | parameters&500000000
            mlp:784-2147483647-2147483647-2147483647-2147483647-2147483647-10 | parameters
            conv 2147483647 k1, flatten, linear 10   | 2147483647x28x28&too large
            conv 2000000 k28 p2, pool 5, flatten, linear 1000, linear 10 | parameters
            conv 1 k2147483647 p1073741823, flatten, linear 10 | 500000000
            conv 1 k1 p2147483647, flatten, linear 10 | does not fit
            conv 1 k1 p1073741823, flatten, linear 10 | does not fit
            conv 9 k2147483647 p1500000000, flatten, linear 10 | too large
            """)
    void badDescriptionsAreRefused(String text, String troubles) {
        BadInput.refused(() -> Network.parse(text), troubles.split("&", -1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ml\np", "flatten, lin\near 10", "conv 4 k5, \u2028x", "mlp:784-\u001b[31m-10"})
    void complaintsStayOnOneLine(String text) {
        BadInput.refused(() -> Network.parse(text));
    }

    @Test
    void aNetworkNeedsLayers() {
        BadInput.refused(() -> new Network("none", new ImageShape(2, 1, 1), List.of()), "none", "weights");
    }

    @Test
    void descriptionIsForTheShapeOfTheData() {
        ImageShape colour = new ImageShape(3, 32, 32);

        assertThat(Network.parse("conv 8 k3, relu, flatten, linear 10", colour).input())
                .isEqualTo(colour);
        Network mlp = Network.parse("mlp:3072-20-10", colour);
        assertThat(mlp.takes(colour)).isTrue();
        assertThat(mlp.parameters()).isEqualTo(3072 * 20 + 20 + 20 * 10 + 10);
        assertThat(Network.parse("lenet", new ImageShape(1, 28, 28))).isEqualTo(Network.parse("lenet"));
        assertThatThrownBy(() -> Network.parse("lenet", colour))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("takes images of 1x28x28, but the data has 3x32x32");
        assertThatThrownBy(() -> Network.parse("mlp:784-10", colour)).isInstanceOf(GauntletException.class);
    }
}
