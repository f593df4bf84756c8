package dev.gauntlet.torch;

import dev.gauntlet.Choices;
import dev.gauntlet.data.ImageShape;
import java.util.List;

/** The named networks, all for images of 28x28 with one channel and 10 classes. */
public enum NamedNetwork {
    /** The fully connected network 784-1000-10 with a ReLU. */
    MLP("mlp", "flatten, linear 1000, relu, linear 10"),
    /** The convolutional network of PyTorch's tutorial on FGSM. */
    LENET(
            "lenet",
            "conv 10 k5, pool 2, relu, conv 20 k5, channel-dropout 0.5, pool 2, relu, flatten, linear 50, relu, dropout 0.5, linear 10"),
    /** The convolutional network for MNIST of Madry et al. 2018. */
    MADRY("madry", "conv 32 k5 p2, relu, pool 2, conv 64 k5 p2, relu, pool 2, flatten, linear 1024, relu, linear 10"),
    /** The convolutional network for MNIST of Wong and Kolter 2018, a tenth as costly as that of Madry et al. */
    WONG("wong", "conv 16 k4 s2 p1, relu, conv 32 k4 s2 p1, relu, flatten, linear 100, relu, linear 10");

    private static final Choices<NamedNetwork> CHOICES = Choices.of("network", List.of(values()), NamedNetwork::id);

    private final String id;
    private final String description;

    NamedNetwork(String id, String description) {
        this.id = id;
        this.description = description;
    }

    /**
     * Finds a network by its name.
     *
     * @param name the name, such as {@code mlp}
     * @return the network
     * @throws dev.gauntlet.GauntletException if the name is unknown; the message suggests the nearest name
     */
    public static NamedNetwork parse(String name) {
        return CHOICES.parse(name);
    }

    /**
     * Returns the name used on the command line.
     *
     * @return the name
     */
    public String id() {
        return id;
    }

    /**
     * Returns the description of the network.
     *
     * @return the network without weights
     */
    public Network network() {
        return Network.describedBy(id, new ImageShape(1, 28, 28), description);
    }
}
