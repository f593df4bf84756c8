package dev.gauntlet.junit;

import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Gate;
import dev.gauntlet.gate.Judgement;
import dev.gauntlet.gate.Verdict;
import dev.gauntlet.request.AttackRef;
import java.lang.StackWalker.StackFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/** Explains a failed test: everything that a reader of the build log needs without the report. */
final class Explanation {
    private static final StackWalker STACK = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

    private Explanation() {}

    static String of(RobustnessReport report, Gate.Decision decision) {
        List<String> lines = new ArrayList<>();
        lines.add(
                decision.verdict() == Verdict.FAIL
                        ? "The model %s is not robust enough."
                                .formatted(report.model().name())
                        : "The result for the model %s is inconclusive."
                                .formatted(report.model().name()));
        for (Judgement judgement : decision.judgements()) {
            lines.add("%s: %s".formatted(judgement.verdict(), judgement.requirement()));
            judgement.explanation().forEach(line -> lines.add("    " + line));
        }
        for (Diagnostic diagnostic : report.diagnostics()) {
            if (diagnostic.raised()) {
                lines.add("%s: %s"
                        .formatted(
                                diagnostic.indicator().severity().toString().toUpperCase(Locale.ROOT),
                                diagnostic.finding()));
            }
        }
        lines.add(String.format(
                Locale.ROOT,
                "Data: %s %s, %,d of %,d examples",
                report.data().name(),
                report.data().split(),
                report.outcomes().size(),
                report.plan().population()));
        lines.add("Attacks: %s; seed %d"
                .formatted(
                        report.request().attacks().stream()
                                .map(AttackRef::toString)
                                .collect(Collectors.joining(", then ")),
                        report.request().sampling().seed()));
        runningTest().ifPresent(test -> lines.add("Reproduce with: mvn test '-Dtest=" + test + "'"));
        return String.join(System.lineSeparator(), lines);
    }

    /** Finds the running test, named as in Maven's Surefire. */
    private static Optional<String> runningTest() {
        return STACK.walk(frames -> frames.filter(Explanation::isTest)
                .findFirst()
                .map(frame -> frame.getClassName() + "#" + frame.getMethodName()));
    }

    private static boolean isTest(StackFrame frame) {
        try {
            return AnnotationSupport.isAnnotated(
                    frame.getDeclaringClass()
                            .getDeclaredMethod(
                                    frame.getMethodName(), frame.getMethodType().parameterArray()),
                    Testable.class);
        } catch (NoSuchMethodException e) {
            // a constructor, or a hidden method of the JDK
            return false;
        }
    }
}
