package dev.gauntlet.cli;

/** The environment variables that the program obeys, as its manual lists them. */
enum EnvironmentVariable {
    GAUNTLET_DATA(
            "The directory with the files of mnist and fashion-mnist. Default: the cache, then a download into it."),
    GAUNTLET_DEFAULTS(
            "The file with your defaults of options; empty for none. Default: gauntlet/defaults.toml in XDG_CONFIG_HOME, or in ~/.config (APPDATA on Windows)."),
    GAUNTLET_JAVA_OPTIONS("Options for the Java virtual machine, such as -Xmx4g."),
    JAVA_HOME("The directory of the Java to run on, 17 or newer. Default: the java on the PATH."),
    NO_COLOR("If it is not empty, nothing is printed in color. Colors are only for terminals."),
    SPARK_HOME("The directory of Apache Spark, for --master."),
    XDG_CACHE_HOME("The directory of the cache of data sets. Default: ~/.cache (LOCALAPPDATA on Windows).");

    private final String meaning;

    EnvironmentVariable(String meaning) {
        this.meaning = meaning;
    }

    String meaning() {
        return meaning;
    }
}
