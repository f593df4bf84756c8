import dev.gauntlet.attack.Attack;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.evaluate.ClusterConnector;
import dev.gauntlet.format.CifarFormat;
import dev.gauntlet.format.CsvFormat;
import dev.gauntlet.format.DataFormat;
import dev.gauntlet.format.ModelFormat;
import dev.gauntlet.format.NumpyFormat;

/** Data sets, models, threat models, attacks and evaluation in plain Java. */
module dev.gauntlet.core {
    requires de.siegmar.fastcsv;
    requires java.net.http;
    requires org.apache.commons.statistics.distribution;
    requires org.apache.commons.statistics.interval;
    requires static transitive org.apiguardian.api;
    requires static transitive org.jspecify;

    exports dev.gauntlet;
    exports dev.gauntlet.attack;
    exports dev.gauntlet.attack.kit;
    exports dev.gauntlet.certify;
    exports dev.gauntlet.data;
    exports dev.gauntlet.diagnose;
    exports dev.gauntlet.evaluate;
    exports dev.gauntlet.evaluate.shard;
    exports dev.gauntlet.format;
    exports dev.gauntlet.gate;
    exports dev.gauntlet.loss;
    exports dev.gauntlet.model;
    exports dev.gauntlet.request;
    exports dev.gauntlet.threat;

    uses Attack;
    uses Certifier;
    uses ClusterConnector;
    uses DataFormat;
    uses ModelFormat;

    // for the class path, META-INF/services names the same
    provides DataFormat with
            NumpyFormat,
            CsvFormat,
            CifarFormat;
}
