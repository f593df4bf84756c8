import dev.gauntlet.format.ModelFormat;
import dev.gauntlet.http.HttpFormat;

/** Models behind an HTTP address. */
module dev.gauntlet.http {
    requires transitive dev.gauntlet.core;
    requires java.net.http;
    requires tools.jackson.databind;
    requires static transitive org.apiguardian.api;
    requires static transitive org.jspecify;

    exports dev.gauntlet.http;

    // for the class path, META-INF/services names the same
    provides ModelFormat with
            HttpFormat;
}
