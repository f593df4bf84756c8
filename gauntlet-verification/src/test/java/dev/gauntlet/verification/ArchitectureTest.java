package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.gauntlet.GauntletException;
import dev.gauntlet.report.ReportFolder;
import dev.gauntlet.verification.planted.Planted;
import java.net.URL;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The modules and packages see each other only along the arrows; a rule that could not fail would prove nothing. */
class ArchitectureTest {
    private static final String ROOT = "dev.gauntlet";
    private static final String PLANTED = "dev.gauntlet.verification.planted";

    private static final JavaClasses CORE = new ClassFileImporter().importUrl(home(GauntletException.class));

    private static final JavaClasses PROJECT = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    private static final JavaClasses VIOLATIONS = new ClassFileImporter().importPackages(PLANTED);

    static Stream<ArchRule> rulesOfTheCore() {
        return Stream.concat(
                Architecture.arrows(ROOT).stream(),
                Stream.of(
                        Architecture.rootSeesNone(ROOT),
                        Architecture.kitLooksToItsLeft(ROOT),
                        Architecture.shardsSeeNoEvaluation(ROOT),
                        Architecture.everyClassHasItsPlace(ROOT),
                        Architecture.coreIsPlainJava(ROOT)));
    }

    static Stream<ArchRule> rulesOfTheModules() {
        return Stream.of(
                Architecture.onlyTheEngineNamesNativeCode(ROOT + ".torch", ROOT + ".onnx", ROOT + ".bounds"),
                Architecture.doesNotSee(ROOT + ".report", ROOT + ".torch", ROOT + ".onnx", ROOT + ".cli"),
                Architecture.doesNotSee(ROOT + ".bounds", ROOT + ".onnx", ROOT + ".report", ROOT + ".cli"),
                Architecture.doesNotSee(ROOT + ".onnx", ROOT + ".bounds", ROOT + ".report", ROOT + ".cli"),
                Architecture.doesNotSee(
                        ROOT + ".spark", ROOT + ".torch", ROOT + ".onnx", ROOT + ".report", ROOT + ".cli"),
                Architecture.doesNotSee(
                        ROOT + ".explore", ROOT + ".torch", ROOT + ".onnx", ROOT + ".bounds", ROOT + ".cli"),
                Architecture.doesNotSee(ROOT + ".report", ROOT + ".explore"),
                Architecture.doesNotSee(ROOT + ".cli", "org.apache.spark"),
                Architecture.doesNotSee(
                        ROOT + ".torch", ROOT + ".onnx", ROOT + ".bounds", ROOT + ".report", ROOT + ".cli"));
    }

    static Stream<ArchRule> brokenRules() {
        return Stream.concat(
                Stream.of(
                        Architecture.rootSeesNone(PLANTED),
                        Architecture.kitLooksToItsLeft(PLANTED),
                        Architecture.shardsSeeNoEvaluation(PLANTED),
                        Architecture.everyClassHasItsPlace(PLANTED),
                        Architecture.coreIsPlainJava(PLANTED),
                        Architecture.everyPackageHasAStatus(),
                        Architecture.onlyTheEngineNamesNativeCode(PLANTED + ".torch"),
                        Architecture.doesNotSee(PLANTED + ".report", PLANTED + ".torch")),
                Stream.of(
                        Architecture.arrows(PLANTED).get(0),
                        Architecture.arrows(PLANTED).get(4)));
    }

    @Test
    void looksAtTheRealClasses() {
        assertThat(CORE.contain(GauntletException.class)).isTrue();
        assertThat(CORE.contain(ReportFolder.class)).isFalse();
        assertThat(PROJECT.contain(ReportFolder.class)).isTrue();
        assertThat(PROJECT.contain(Planted.class)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("rulesOfTheCore")
    void coreLooksOnlyToItsLeft(ArchRule rule) {
        rule.check(CORE);
    }

    @ParameterizedTest
    @MethodSource("rulesOfTheModules")
    void modulesSeeWhatTheyMay(ArchRule rule) {
        // a module may be empty until its first class arrives
        rule.allowEmptyShould(true).check(PROJECT);
    }

    @ParameterizedTest
    @MethodSource("brokenRules")
    void plantedViolationIsFound(ArchRule rule) {
        assertThat(rule.evaluate(VIOLATIONS).hasViolation())
                .as(rule.getDescription())
                .isTrue();
    }

    @Test
    void everyPackageOfAPublishedModuleHasAStatus() {
        Architecture.everyPackageHasAStatus().check(PROJECT);
    }

    private static URL home(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }
}
