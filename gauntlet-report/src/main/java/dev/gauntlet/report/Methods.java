package dev.gauntlet.report;

import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.Locale;

/** The names of attacks and norms for people. */
final class Methods {
    private static final String FAST_GRADIENT_SIGN = "fgsm";

    private Methods() {}

    /** Tells whether the run was nothing but the fast gradient sign method. */
    static boolean isFastGradientSign(RobustnessReport report) {
        return report.attacks().size() == 1
                && isFastGradientSign(report.attacks().get(0).name())
                && report.plan().norm().equals(Norm.LINF.id());
    }

    /** Returns what the list of attacks is called. */
    static String names(RobustnessReport report) {
        return report.attacks().size() == 1
                ? shortTitle(report.attacks().get(0).name())
                : Words.plain(report.plan().name());
    }

    private static boolean isFastGradientSign(String attack) {
        return attack.equals(FAST_GRADIENT_SIGN);
    }

    static String title(String attack) {
        return isFastGradientSign(attack) ? "FGSM, fast gradient sign method" : Words.plain(attack);
    }

    static String shortTitle(String attack) {
        return isFastGradientSign(attack) ? "FGSM" : Words.plain(attack);
    }

    static String normTitle(String norm) {
        return Arrays.stream(Norm.values())
                .filter(candidate -> candidate.id().equals(norm))
                .findFirst()
                .map(candidate -> candidate.title() + distance(candidate))
                .orElse(Words.plain(norm).toLowerCase(Locale.ROOT));
    }

    private static String distance(Norm norm) {
        return switch (norm) {
            case LINF -> ", the largest change of any pixel";
            case L2 -> ", the Euclidean distance";
            case L1 -> ", the sum of all changes";
            case L0 -> ", the number of changed inputs";
        };
    }
}
