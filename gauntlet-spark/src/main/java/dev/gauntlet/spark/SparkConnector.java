package dev.gauntlet.spark;

import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.ClusterConnector;
import dev.gauntlet.evaluate.ClusterRunner;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Connects to Apache Spark, whose libraries need not be on the class path until then. */
public final class SparkConnector implements ClusterConnector {
    private static final Pattern MASTER =
            Pattern.compile("local(\\[[^]]*])?|local-cluster\\[[^]]*]|spark://.+|yarn|k8s://.+");

    /** The class that the libraries of Spark have in all versions. */
    private static final String SPARK = "org.apache.spark.SparkContext";

    @Override
    public boolean takes(String master) {
        return MASTER.matcher(master).matches();
    }

    @Override
    public ClusterRunner connect(String master, Consumer<String> notices) {
        try {
            Class.forName(SPARK, false, Thread.currentThread().getContextClassLoader());
        } catch (ClassNotFoundException e) {
            throw new GauntletException(
                    "The libraries of Apache Spark are not on the class path; set SPARK_HOME to the folder of Spark 4, or start the evaluation with spark-submit.",
                    e);
        }
        return SparkSession.connect(master, notices);
    }
}
