package dev.gauntlet.site;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/** Makes the site of one version from the Markdown files of the repository. */
public final class Site {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Path root;
    private final Contents contents;
    private final String version;
    private final List<String> problems = new ArrayList<>();

    Site(Path root, Contents contents, String version) {
        this.root = root;
        this.contents = contents;
        this.version = version;
    }

    /**
     * Writes the site; prints each problem as a line and exits with 1 if there is any.
     *
     * @param arguments the root of the repository, the folder with the sites of all versions, the version
     */
    public static void main(String[] arguments) {
        try {
            Path index = write(Path.of(arguments[0]), Path.of(arguments[1]), arguments[2]);
            System.out.println(
                    "Wrote the documentation; open " + index.toAbsolutePath().normalize());
        } catch (SiteException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        } catch (IOException e) {
            System.err.println("Cannot write the site to " + arguments[1] + ": " + e);
            System.exit(1);
        }
    }

    /**
     * Writes the site of a version beside those of other versions, replacing an older one of the same version.
     *
     * <pre>{@code
     * Site.write(Path.of("."), Path.of("site"), "1.0.0");   // site/1.0.0/index.html
     * }</pre>
     *
     * @param root the root of the repository
     * @param out the folder with the sites of all versions; created if it is missing
     * @param version the version, such as {@code 1.0.0} or {@code 1.1.0-SNAPSHOT}
     * @return the page that leads to the newest version
     * @throws SiteException if a link is broken, a page is missing, or the folder of the version is not a site; nothing
     *     is written then
     * @throws IOException if a file cannot be read or written
     */
    public static Path write(Path root, Path out, String version) throws IOException {
        return new Site(root, Contents.OF_GAUNTLET, version).write(out);
    }

    Path write(Path out) throws IOException {
        Path folder = out.resolve(version);
        if (!Versions.isVersion(version)) {
            problems.add("'%s' is not a version such as 1.0.0".formatted(version));
        } else if (Files.exists(folder) && !Files.exists(folder.resolve(Versions.MARK))) {
            problems.add("%s exists and is not a site; remove it".formatted(folder));
        }
        Map<String, byte[]> files = files();
        delete(folder);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path target = folder.resolve(file.getKey());
            Files.createDirectories(target.getParent());
            Files.write(target, file.getValue());
        }
        List<Versions.Version> versions = Versions.in(out);
        Files.write(out.resolve("versions.js"), script("gauntletVersions", versions));
        String start = new StaticTemplates()
                .start(Versions.preferred(versions).version())
                .render();
        return Files.write(out.resolve("index.html"), utf8(start));
    }

    /** Makes all files of the version, by their path on the site. */
    Map<String, byte[]> files() throws IOException {
        Map<String, MarkdownPage> pages = pages();
        Set<String> linked = new TreeSet<>();
        pages.values().forEach(page -> page.document().accept(new LinkResolver(root, pages, page, linked, problems)));
        if (!problems.isEmpty()) {
            throw new SiteException(problems);
        }
        Map<String, byte[]> files = new TreeMap<>();
        for (String source : linked) {
            files.put(LinkResolver.place(source), Files.readAllBytes(root.resolve(source)));
        }
        List<MarkdownPage> order = List.copyOf(pages.values());
        for (int i = 0; i < order.size(); i++) {
            MarkdownPage page = order.get(i);
            PageView view = new PageView(
                    version,
                    page.title().orElseThrow(),
                    page.entry(),
                    contents,
                    page.sections().stream()
                            .filter(section -> section.level() == 2 || section.level() == 3)
                            .toList(),
                    page.html(),
                    i == 0 ? Optional.empty() : Optional.of(order.get(i - 1).entry()),
                    i + 1 == order.size()
                            ? Optional.empty()
                            : Optional.of(order.get(i + 1).entry()));
            files.put(page.entry().file(), utf8(new StaticTemplates().page(view).render()));
        }
        files.put(Versions.MARK, script("gauntletIndex", searchIndex(order)));
        for (String resource : List.of("site.css", "site.js", "icon.svg")) {
            files.put(resource, resource(resource));
        }
        return files;
    }

    private Map<String, MarkdownPage> pages() throws IOException {
        Map<String, MarkdownPage> pages = new LinkedHashMap<>();
        for (Contents.Entry entry : contents.entries()) {
            Path source = root.resolve(entry.source());
            if (!Files.exists(source)) {
                problems.add("%s: Contents.java names it, but it does not exist".formatted(entry.source()));
                continue;
            }
            MarkdownPage page = new MarkdownPage(entry, entry.isFolder() ? listing(entry) : Files.readString(source));
            if (page.title().isEmpty()) {
                problems.add(
                        "%s:1: the page does not begin with a title, such as '# Attacks'".formatted(entry.source()));
            }
            pages.put(entry.source(), page);
        }
        for (String folder : List.of("", "docs")) {
            for (Path file : list(root.resolve(folder))) {
                String source = (folder.isEmpty() ? "" : folder + "/") + file.getFileName();
                if (source.endsWith(".md") && !pages.containsKey(source)) {
                    problems.add(
                            "%s: the page is in no group of the navigation; add it to Contents.java".formatted(source));
                }
            }
        }
        return pages;
    }

    /** Writes a page in Markdown that shows the files of a folder. */
    private String listing(Contents.Entry entry) throws IOException {
        Path folder = root.resolve(entry.source());
        StringBuilder markdown = new StringBuilder("# ").append(entry.label()).append("\n\n");
        for (Path file : list(folder)) {
            String name = file.getFileName().toString();
            String fence = "`".repeat(10);
            markdown.append("## %s\n\n[Download](%s/%s)\n\n".formatted(name, folder.getFileName(), name))
                    .append(fence + "\n" + Files.readString(file).stripTrailing() + "\n" + fence + "\n\n");
        }
        return markdown.toString();
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /**
     * A section that the search finds.
     *
     * @param url its address
     * @param page the title of its page
     * @param heading its heading; the title of the page for the first
     * @param text its text
     */
    record Found(String url, String page, String heading, String text) {}

    private static List<Found> searchIndex(List<MarkdownPage> pages) {
        List<Found> index = new ArrayList<>();
        for (MarkdownPage page : pages) {
            for (MarkdownPage.Section section : page.sections()) {
                String anchor = section.level() == 1 ? "" : "#" + section.anchor();
                index.add(new Found(
                        page.entry().file() + anchor, page.title().orElseThrow(), section.title(), section.text()));
            }
        }
        return index;
    }

    /** Writes a value as a script, because a page that is opened as a file may load scripts but no JSON. */
    private static byte[] script(String name, Object value) {
        return utf8("window.%s = %s;\n".formatted(name, JSON.writeValueAsString(value)));
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = Site.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing next to " + Site.class);
            }
            return in.readAllBytes();
        }
    }
}
