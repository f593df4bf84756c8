package dev.gauntlet.verification;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The blocks of code in the documentation, as they are printed. */
final class Markdown {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\\R(.*?)^```$");

    private Markdown() {}

    /** A block of code. */
    record Block(String page, String text) {
        @Override
        public String toString() {
            return page + ": "
                    + text.lines()
                            .filter(line -> line.contains("class ") || line.contains("<"))
                            .findFirst()
                            .orElse("");
        }
    }

    /** Returns all blocks in a language of the README and of the pages in {@code docs}, by page. */
    static List<Block> blocks(String language) throws IOException {
        List<Path> pages = new ArrayList<>(List.of(ROOT.resolve("README.md")));
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
        }
        List<Block> blocks = new ArrayList<>();
        for (Path page : pages) {
            Matcher block = BLOCK.matcher(Files.readString(page));
            while (block.find()) {
                if (block.group(1).equals(language)) {
                    blocks.add(new Block(ROOT.relativize(page).toString(), block.group(2)));
                }
            }
        }
        return blocks;
    }

    /** Returns the one block in a language on a page that contains some text. */
    static String block(String page, String language, String text) throws IOException {
        List<Block> found = blocks(language).stream()
                .filter(block -> block.page().equals(page) && block.text().contains(text))
                .toList();
        if (found.size() != 1) {
            throw new AssertionError("%s has %d blocks with '%s'".formatted(page, found.size(), text));
        }
        return found.get(0).text();
    }
}
