package dev.gauntlet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.attack.Attacks;
import dev.gauntlet.request.Suite;
import dev.gauntlet.threat.Norm;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class AttackOptionsTest {
    @Test
    void aSuiteSaysTheAttacksAndHowManyExamples() {
        for (Suite suite : Suite.values()) {
            AttackRequest request = request("--suite", suite.id(), "--norm", "l2");

            assertThat(request.attacks())
                    .isEqualTo(suite.attacks(Norm.L2).stream()
                            .map(Attacks::written)
                            .toList());
            assertThat(request.examples()).isEqualTo(suite.examples());
        }
    }

    @Test
    void theUserSaysHowManyExamplesOfASuite() {
        assertThat(request("--suite", "thorough", "--examples", "7").examples()).hasValue(7);
    }

    @Test
    void triesFgsmOnAllExamplesUnlessToldOtherwise() {
        assertThat(request().attacks()).isEqualTo(List.of("fgsm"));
        assertThat(request().examples()).isEmpty();
        assertThat(request("--attack", "pgd", "--attack", "square").attacks()).isEqualTo(List.of("pgd", "square"));
    }

    private static AttackRequest request(String... arguments) {
        AttackOptions options = new AttackOptions();
        CommandLine commandLine = new CommandLine(CommandLine.Model.CommandSpec.create()
                .addMixin("attack", CommandLine.Model.CommandSpec.forAnnotatedObject(options)));
        commandLine.parseArgs(arguments);
        return options.request(0);
    }
}
