package dev.gauntlet.cli;

import dev.gauntlet.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Writes the man pages, which the distribution contains. */
@Command(
        name = "generate-man-pages",
        hidden = true,
        description = "Writes the man pages of all commands to a directory.")
final class GenerateManPagesCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "The directory of the pages.")
    private Path folder;

    @Override
    public Integer call() {
        Map<String, String> pages = ManPage.all(Gauntlet.commandLine(Map.of()).getCommandSpec());
        try {
            Files.createDirectories(folder);
            for (Map.Entry<String, String> page : pages.entrySet()) {
                Files.writeString(folder.resolve(page.getKey()), page.getValue());
            }
        } catch (IOException e) {
            throw StorageException.of("The man pages cannot be written to %s".formatted(folder), folder, e);
        }
        return ExitCode.PASS.code();
    }
}
