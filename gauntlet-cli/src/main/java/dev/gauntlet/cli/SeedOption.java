package dev.gauntlet.cli;

import picocli.CommandLine.Option;

/** What every random choice of a command is drawn from. */
@Heading(Heading.Topic.ATTACK)
final class SeedOption {
    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = {
                "The seed of every random choice; the same seed gives the same result.",
                "Default: ${DEFAULT-VALUE}"
            })
    private long seed;

    long value() {
        return seed;
    }
}
