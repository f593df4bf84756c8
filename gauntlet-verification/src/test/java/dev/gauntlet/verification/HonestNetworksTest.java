package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.attack.Apgd;
import dev.gauntlet.attack.ApgdTargeted;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.testkit.WireRunner;
import dev.gauntlet.threat.Norm;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Published networks hide nothing, so under good attacks no sign of a failed one may be seen. */
@Tag("hours")
class HonestNetworksTest {
    @ParameterizedTest
    @CsvSource({
        "lenet5-standard, 0.1, TRUSTWORTHY",
        // Square breaks two of the images that APGD and APGD-T leave, so 200 images are too few to be sure
        "lenet5-pgd, 0.3, LIMITED",
        "trades-smallcnn, 0.3, LIMITED",
        "wong-kolter-cnn, 0.1, TRUSTWORTHY"
    })
    void nothingIsSaidAgainstAnHonestNetwork(String name, double epsilon, Trust trust) {
        PublishedNetworks networks = PublishedNetworks.require();
        try (DifferentiableClassifier network = networks.loadTorchScript(name)) {
            RobustnessReport report = Evaluator.on(
                            new WireRunner(Runtime.getRuntime().availableProcessors()))
                    .evaluate(
                            network,
                            networks.images(),
                            Plan.whiteBox(Norm.LINF, List.of(Apgd.defaults(), ApgdTargeted.defaults()), epsilon)
                                    .withExamples(200)
                                    .withDiagnostics(
                                            DiagnosticsBudget.AUTOMATIC.withEffort(DiagnosticsBudget.Effort.FULL)));
            assertThat(report.diagnostics())
                    .filteredOn(Diagnostic::raised)
                    .extracting(Diagnostic::indicator)
                    .isEqualTo(trust == Trust.LIMITED ? List.of(WarningSign.UNSETTLED) : List.of());
            assertThat(report.trust()).isEqualTo(trust);
        }
    }
}
