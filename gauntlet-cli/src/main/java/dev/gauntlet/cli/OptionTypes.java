package dev.gauntlet.cli;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.threat.LpBall;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** Parses the values of options. */
final class OptionTypes {
    private OptionTypes() {}

    static void register(CommandLine commandLine) {
        commandLine.registerConverter(int.class, OptionTypes::integer);
        commandLine.registerConverter(Integer.class, OptionTypes::integer);
        commandLine.registerConverter(long.class, OptionTypes::longInteger);
        commandLine.registerConverter(double.class, OptionTypes::number);
        commandLine.registerConverter(Double.class, OptionTypes::number);
        commandLine.registerConverter(LpBall.class, OptionTypes::ball);
        commandLine.registerConverter(Layout.class, OptionTypes::layout);
        commandLine.registerConverter(ImageShape.class, OptionTypes::shape);
        commandLine.registerConverter(Path.class, OptionTypes::path);
    }

    static int integer(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'%s' is not a whole number, or is too large".formatted(text));
        }
    }

    static long longInteger(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'%s' is not a whole number, or is too large".formatted(text));
        }
    }

    static double number(String text) {
        try {
            // also accepts fractions such as 8/255
            return LpBall.parseEpsilon(text);
        } catch (GauntletException e) {
            throw new TypeConversionException("'%s' is not a number".formatted(text));
        }
    }

    private static LpBall ball(String text) {
        try {
            return LpBall.parse(text);
        } catch (GauntletException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    static ImageShape shape(String text) {
        try {
            return ImageShape.parse(text);
        } catch (GauntletException e) {
            throw new TypeConversionException(String.valueOf(e.getMessage()).replaceFirst("\\.$", ""));
        }
    }

    static Layout layout(String text) {
        try {
            return Choices.of(
                            "layout",
                            List.of(Layout.values()),
                            (Layout layout) -> layout.name().toLowerCase(Locale.ROOT))
                    .parse(text);
        } catch (GauntletException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    private static Path path(String text) {
        if (text.isBlank()) {
            throw new TypeConversionException("the file name is empty");
        }
        try {
            return file(text);
        } catch (GauntletException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /**
     * Parses a path.
     *
     * @throws GauntletException if the path is invalid, or the locale cannot represent it
     */
    static Path file(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            String encoding = System.getProperty("sun.jnu.encoding", "");
            boolean ascii = text.chars().allMatch(letter -> letter < 128);
            if (!ascii && !encoding.equalsIgnoreCase(StandardCharsets.UTF_8.name())) {
                throw new GauntletException(
                        "The locale cannot represent the name '%s' (its encoding is %s); set a UTF-8 locale, such as LC_ALL=C.UTF-8."
                                .formatted(text, encoding),
                        e);
            }
            throw new GauntletException("'%s' is not a valid path (%s).".formatted(text, e.getReason()), e);
        }
    }
}
