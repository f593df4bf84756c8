package dev.gauntlet.site;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The versions whose sites lie in a folder, each in a folder that has its name. */
final class Versions {
    /** A site has it, so a folder without it is something else. */
    static final String MARK = "search-index.js";

    /** A version that is also a name of a folder. */
    private static final Pattern VERSION = Pattern.compile("\\d+(\\.\\d+)*([-+.][0-9A-Za-z-]+)*");

    private static final Comparator<Version> NEWEST_FIRST = Comparator.<Version, ModuleDescriptor.Version>comparing(
                    version -> ModuleDescriptor.Version.parse(version.version()))
            .reversed();

    private Versions() {}

    /**
     * A version.
     *
     * @param version its name
     * @param released whether it is more than a snapshot
     * @param pages the names of its pages, sorted
     */
    record Version(String version, boolean released, List<String> pages) {}

    static boolean isVersion(String name) {
        return VERSION.matcher(name).matches();
    }

    /** Lists the versions in a folder, newest first. */
    static List<Version> in(Path folder) throws IOException {
        List<Version> versions = new ArrayList<>();
        try (Stream<Path> sites = Files.list(folder)) {
            for (Path site :
                    sites.filter(site -> Files.exists(site.resolve(MARK))).toList()) {
                String name = site.getFileName().toString();
                if (isVersion(name)) {
                    versions.add(new Version(name, !name.endsWith("-SNAPSHOT"), pages(site)));
                }
            }
        }
        versions.sort(NEWEST_FIRST);
        return versions;
    }

    /** Returns the version that a reader wants who names none: the newest release, or else the newest. */
    static Version preferred(List<Version> versions) {
        return versions.stream().filter(Version::released).findFirst().orElse(versions.get(0));
    }

    private static List<String> pages(Path site) throws IOException {
        try (Stream<Path> files = Files.list(site)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".html"))
                    .sorted()
                    .toList();
        }
    }
}
