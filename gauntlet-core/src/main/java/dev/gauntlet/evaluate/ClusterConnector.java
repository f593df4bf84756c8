package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Implementations;
import java.util.List;
import java.util.function.Consumer;

/**
 * Connects to clusters of one kind, found by {@link java.util.ServiceLoader}: a file {@code
 * META-INF/services/dev.gauntlet.evaluate.ClusterConnector} names the implementation.
 */
public interface ClusterConnector {
    /**
     * Tells whether an address is that of a cluster of this kind, without connecting to it.
     *
     * @param master the address, such as {@code spark://host:7077}
     * @return whether it is
     */
    boolean takes(String master);

    /**
     * Connects to a cluster.
     *
     * @param master the address
     * @param notices told what a user should know while it runs, such as that a machine was lost, by several threads
     * @return what runs evaluations there, to be closed by the caller
     * @throws GauntletException if the address is wrong, no cluster answers, or its libraries are not on the class path
     */
    ClusterRunner connect(String master, Consumer<String> notices);

    /**
     * Connects to a cluster with the connectors on the class path.
     *
     * @param master the address
     * @param notices told what a user should know while it runs, by several threads
     * @return what runs evaluations there, to be closed by the caller
     * @throws GauntletException if no connector takes the address, or it cannot connect
     */
    static ClusterRunner open(String master, Consumer<String> notices) {
        List<ClusterConnector> all = Implementations.of(ClusterConnector.class, "A cluster");
        return all.stream()
                .filter(connector -> connector.takes(master))
                .findFirst()
                .orElseThrow(() -> new GauntletException(
                        "'%s' is not the address of a cluster; known are local[2], spark://HOST:7077, yarn and k8s://ADDRESS, with gauntlet-spark on the class path."
                                .formatted(master)))
                .connect(master, notices);
    }
}
