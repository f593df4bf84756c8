package dev.gauntlet.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a command keeps finished work, so that it continues after an interruption. */
@Heading(Heading.Topic.OUTPUT)
final class JournalOption {
    @Option(
            names = "--journal",
            paramLabel = "FOLDER",
            description = {
                "Store finished work in FOLDER; after an interruption the same command continues and gives the same result.",
                "Default: nothing is stored."
            })
    private @Nullable Path journal;

    Optional<Path> folder() {
        return Optional.ofNullable(journal);
    }

    /** Says what an interruption leaves: besides what a command leaves without a journal, a way to continue. */
    String outcome(String withoutJournal) {
        return journal == null
                ? withoutJournal
                : withoutJournal.replaceFirst("\\.$", "; the same command continues where this one stopped.");
    }
}
