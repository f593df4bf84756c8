package dev.gauntlet.format;

import dev.gauntlet.FilePath;
import dev.gauntlet.Setting;
import dev.gauntlet.data.DataFiles;
import dev.gauntlet.request.DataRef;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** The binary files of CIFAR-10 and CIFAR-100, or a directory with them. */
public final class CifarFormat extends NumberFiles {
    /** For {@link java.util.ServiceLoader}. */
    public CifarFormat() {}

    @Override
    public String name() {
        return "binary files (.bin) and directories of CIFAR-10 and CIFAR-100";
    }

    @Override
    public boolean takes(DataRef.Files data) {
        Path path = FilePath.of(data.path());
        return endsWith(data, ".bin") || (Files.isDirectory(path) && DataFiles.knows(path));
    }

    @Override
    public Set<Setting> settings() {
        return Set.of();
    }
}
