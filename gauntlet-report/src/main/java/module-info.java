/** The record of a run as JSON, as a page and in formats for other programs. */
module dev.gauntlet.report {
    requires transitive dev.gauntlet.core;
    requires com.fasterxml.jackson.annotation;
    requires gg.jte.models;
    requires gg.jte.runtime;
    requires java.desktop;
    requires java.xml;
    requires tools.jackson.core;
    requires transitive tools.jackson.databind;
    requires tools.jackson.dataformat.toml;
    requires static transitive org.apiguardian.api;
    requires static transitive org.jspecify;

    exports dev.gauntlet.report;
    exports dev.gauntlet.report.plan;

    // records that are not public
    opens dev.gauntlet.report to
            tools.jackson.databind;
    opens dev.gauntlet.report.plan to
            tools.jackson.databind;
}
