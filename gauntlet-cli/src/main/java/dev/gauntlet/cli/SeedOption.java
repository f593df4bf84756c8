package dev.gauntlet.cli;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What every random choice of a command is drawn from. */
@Heading(Heading.Topic.ATTACK)
final class SeedOption {
    @Option(
            names = "--seed",
            paramLabel = "N",
            description = {"The seed of every random choice; the same seed gives the same result.", "Default: 0"})
    private @Nullable Long seed;

    OptionalLong given() {
        return seed == null ? OptionalLong.empty() : OptionalLong.of(seed);
    }

    long value() {
        return given().orElse(0);
    }
}
