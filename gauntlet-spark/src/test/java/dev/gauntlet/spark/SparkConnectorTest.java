package dev.gauntlet.spark;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.ClusterConnector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("cluster")
class SparkConnectorTest {
    @Test
    void whatSparkRefusesIsSaidInALine() {
        assertThatThrownBy(() -> ClusterConnector.open("spark://no-such-host.invalid:7077", notice -> {}))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "No Spark master answers at spark://no-such-host.invalid:7077: the host no-such-host.invalid is not known.");
        assertThatThrownBy(() -> ClusterConnector.open("spark://127.0.0.1", notice -> {}))
                .isInstanceOf(GauntletException.class)
                .hasMessage("'spark://127.0.0.1' is not the address of a Spark master, such as spark://host:7077.");
        assertThatThrownBy(() -> ClusterConnector.open("local[x]", notice -> {}))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "Spark could not be started with the master local[x]: Could not parse Master URL: 'local[x]'.");
    }

    @Test
    void addressesOfNoClusterAreRefused() {
        assertThatThrownBy(() -> ClusterConnector.open("localhost:7077", notice -> {}))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith("'localhost:7077' is not the address of a cluster; known are local[2], ");
    }
}
