package dev.gauntlet.verification;

import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.DifferentiableClassifier;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** Compiles and runs the lines of Java that a report shows. */
final class Snippet {
    private static final String IMPORTS = Stream.of("attack", "data", "evaluate", "model", "request", "threat")
            .map("import dev.gauntlet.%s.*;"::formatted)
            .collect(Collectors.joining(" "));

    private Snippet() {}

    /** Runs lines that make a report called {@code again} of a {@code model} and {@code data}. */
    static RobustnessReport run(String lines, Path folder, DifferentiableClassifier model, Dataset data)
            throws Exception {
        Path source = Files.writeString(folder.resolve("Again.java"), """
                %s
                import dev.gauntlet.report.ReportJson;
                import java.nio.file.Path;
                import java.util.List;
                import java.util.OptionalInt;
                import java.util.function.BiFunction;
                import java.util.stream.Stream;

                public final class Again implements BiFunction<DifferentiableClassifier, Dataset, RobustnessReport> {
                    @Override
                    public RobustnessReport apply(DifferentiableClassifier model, Dataset data) {
                        %s
                        return again;
                    }
                }
                """.formatted(IMPORTS, lines));
        compile(source);
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, Snippet.class.getClassLoader())) {
            Object again = loader.loadClass("Again").getDeclaredConstructor().newInstance();
            @SuppressWarnings("unchecked") // the class above says so
            var run = (BiFunction<DifferentiableClassifier, Dataset, RobustnessReport>) again;
            return run.apply(model, data);
        }
    }

    /** Compiles a file into its folder; what does not compile fails the test with what the compiler says. */
    static void compile(Path file) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter complaints = new StringWriter();
        boolean compiled = compiler.getTask(
                        complaints,
                        null,
                        null,
                        List.of(
                                "-cp",
                                System.getProperty("java.class.path"),
                                "-d",
                                file.getParent().toString()),
                        null,
                        compiler.getStandardFileManager(null, null, null).getJavaFileObjects(file))
                .call();
        if (!compiled) {
            throw new AssertionError(complaints + "\n" + Files.readString(file));
        }
    }
}
