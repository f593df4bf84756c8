package dev.gauntlet.explore;

import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Joins modules of JavaScript into one script, because a page that is opened as a file cannot import any.
 *
 * <p>Each module becomes a function that returns what it exports. This understands the forms that the modules of the page use:
 * {@code import * as a from "./b.js"}, {@code import { a, b } from "./c.js"}, and {@code export} before a function, class or constant.
 */
final class ScriptBundle {
    private static final Pattern WHOLE = Pattern.compile("(?m)^import \\* as (\\w+) from \"\\./(\\w+)\\.js\";$");
    private static final Pattern PARTS = Pattern.compile("(?m)^import (\\{[^}]*}) from \"\\./(\\w+)\\.js\";$");
    private static final Pattern EXPORT =
            Pattern.compile("(?m)^export (?=(?:async )?(?:function\\*?|class|const) (\\w+))");

    private ScriptBundle() {}

    /**
     * Joins modules.
     *
     * @param names the modules without their ending, each after those that it imports
     * @return the script
     */
    static String of(List<String> names) throws IOException {
        StringBuilder script = new StringBuilder("\"use strict\";\n");
        for (String name : names) {
            String source = StaticFile.text(name + ".js");
            String exported = EXPORT.matcher(source)
                    .results()
                    .map(result -> result.group(1))
                    .collect(Collectors.joining(", "));
            String body = WHOLE.matcher(source).replaceAll("const $1 = module_$2;");
            body = PARTS.matcher(body).replaceAll("const $1 = module_$2;");
            body = EXPORT.matcher(body).replaceAll("");
            script.append("const module_%s = (() => {\n%s\nreturn { %s };\n})();\n".formatted(name, body, exported));
        }
        return script.toString();
    }
}
