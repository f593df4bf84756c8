package dev.gauntlet.cli;

import dev.gauntlet.FilePath;
import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.report.plan.PlanBinding;
import dev.gauntlet.threat.LpBall;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** Parses the values of options. */
final class OptionTypes {
    private OptionTypes() {}

    static void register(CommandLine commandLine) {
        commandLine.registerConverter(int.class, OptionTypes::integer);
        commandLine.registerConverter(Integer.class, OptionTypes::integer);
        commandLine.registerConverter(long.class, OptionTypes::longInteger);
        commandLine.registerConverter(Long.class, OptionTypes::longInteger);
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
            return PlanBinding.layout(text);
        } catch (GauntletException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    private static Path path(String text) {
        if (text.isBlank()) {
            throw new TypeConversionException("the file name is empty");
        }
        try {
            return FilePath.of(text);
        } catch (GauntletException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
