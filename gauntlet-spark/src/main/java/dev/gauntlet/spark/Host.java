package dev.gauntlet.spark;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/** The machine of this process. */
final class Host {
    private Host() {}

    static String name() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            // the message begins with the name that has no address
            return Optional.ofNullable(e.getMessage())
                    .map(text -> text.split(":", 2)[0])
                    .orElse("a host of unknown name");
        }
    }

    /** Says on what it computes, for messages. */
    static String description() {
        return "%s (%s %s, Java %s)"
                .formatted(
                        name(),
                        System.getProperty("os.name"),
                        System.getProperty("os.arch"),
                        System.getProperty("java.version"));
    }
}
