package dev.gauntlet.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.data.Layout;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.InputSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RepeatCommandTest {
    private static final String ATTACK = "--attack fgsm:loss=cross-entropy --epsilon 0,0.1,0.25 --seed 42";

    @Test
    void evaluatesTheFileThatWasTrainedHere() {
        assertThat(RepeatCommand.of(mnist().build()))
                .hasValue("gauntlet evaluate runs/mlp.safetensors --dataset mnist " + ATTACK);
    }

    @Test
    void namesTheNetworkThatForeignWeightsBelongTo() {
        Reports reports =
                mnist().withoutTraining().location("w/model.npz").architecture("conv 8 k3, flatten, linear 3");

        assertThat(RepeatCommand.of(reports.modelName("mine").build()))
                .hasValue("gauntlet evaluate w/model.npz --network 'conv 8 k3, flatten, linear 3' --dataset mnist "
                        + ATTACK);
        assertThat(RepeatCommand.of(reports.modelName("mlp:784-20-3").build()))
                .hasValue("gauntlet evaluate w/model.npz --network mlp:784-20-3 --dataset mnist " + ATTACK);
    }

    @Test
    void aTorchScriptFileIsItsOwnNetwork() {
        assertThat(RepeatCommand.of(mnist().withoutTraining()
                        .location("model.pt")
                        .architecture("TorchScript")
                        .build()))
                .hasValue("gauntlet evaluate model.pt --dataset mnist " + ATTACK);
    }

    @Test
    void aStateDictionaryNeedsItsNetwork() {
        assertThat(RepeatCommand.of(mnist().withoutTraining()
                        .location("model.pt")
                        .modelName("mlp:784-20-3")
                        .build()))
                .hasValue("gauntlet evaluate model.pt --network mlp:784-20-3 --dataset mnist " + ATTACK);
    }

    @Test
    void saysWhatTheModelIsGiven() {
        InputSpec contract = InputSpec.RAW
                .withInputMax(255)
                .withNormalization(List.of(0.5, 1.0, -2.0), List.of(0.25))
                .withLayout(Layout.NHWC)
                .withLogits("my output");

        assertThat(RepeatCommand.of(mnist().withoutTraining()
                        .location("model.onnx")
                        .architecture("ONNX opset 13: Gemm")
                        .contract(contract)
                        .build()))
                .hasValue(
                        "gauntlet evaluate model.onnx --input-max 255 --mean 0.5,1,-2 --std 0.25 --layout nhwc --logits 'my output' --dataset mnist "
                                + ATTACK);
    }

    @Test
    void doesNotKnowWhatWasPostedToAnAddress() {
        assertThat(RepeatCommand.of(
                        mnist().withoutTraining().location("http://localhost/m").build()))
                .isEmpty();
    }

    @Test
    void trainsAgainWhatWasTrainedInTheRun() {
        Reports reports = mnist().location(null).modelName("lenet").trained("mnist", 60_000, 0.0005, 42);

        assertThat(RepeatCommand.of(reports.build()))
                .hasValue("gauntlet demo --network lenet --epochs 2 --batch 64 --learning-rate 5.0E-4 --dataset mnist "
                        + ATTACK);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', textBlock = """
                    my model.pt, "'my model.pt'"
                    it's.pt, "'it'\\''s.pt'"
                    $(reboot).pt, "'$(reboot).pt'"
                    -f.pt, ./-f.pt
                    a;b.pt, "'a;b.pt'"
                    /tmp/plain_1.pt, /tmp/plain_1.pt
                    """)
    void quotesTheFileForAShell(String file, String quoted) {
        assertThat(RepeatCommand.of(mnist().withoutTraining()
                        .location(file)
                        .architecture("TorchScript")
                        .build()))
                .hasValue("gauntlet evaluate " + quoted + " --dataset mnist " + ATTACK);
    }

    @Test
    void claimsNothingThatTheCommandLineCannotDo() {
        assertThat(RepeatCommand.of(Reports.usual().build())).as("own data").isEmpty();
        assertThat(RepeatCommand.of(mnist().examples(500).drawnFrom(10_000).build()))
                .hasValueSatisfying(command -> assertThat(command).contains(" --examples 500 "));
        assertThat(RepeatCommand.of(mnist().examples(9_999).build()))
                .as("a part of the data")
                .isEmpty();
        assertThat(RepeatCommand.of(mnist().location(null).withoutTraining().build()))
                .as("a model from nowhere")
                .isEmpty();
        assertThat(RepeatCommand.of(mnist().location(null)
                        .trained("mnist", 1_000, 0.001, 42)
                        .build()))
                .as("trained on a part")
                .isEmpty();
        assertThat(RepeatCommand.of(mnist().location(null)
                        .trained("digits", 60_000, 0.001, 42)
                        .build()))
                .as("trained on other data")
                .isEmpty();
        assertThat(RepeatCommand.of(mnist().location(null)
                        .trained("mnist", 60_000, 0.001, 7)
                        .build()))
                .as("trained with another seed")
                .isEmpty();
        assertThat(RepeatCommand.of(mnist().location("a\nb.pt").build()))
                .as("a name of two lines")
                .isEmpty();
    }

    @Test
    void saysHowManyAreAttackedTogetherIfThatIsUnusual() {
        assertThat(RepeatCommand.of(mnist().shardSize(64).build()))
                .hasValueSatisfying(command -> assertThat(command).contains(" --shard-size 64 "));
    }

    @Test
    void callsAutoAttackByItsName() {
        assertThat(RepeatCommand.of(mnist().autoAttack().build()))
                .hasValue("gauntlet evaluate runs/mlp.safetensors --dataset mnist --attack autoattack"
                        + " --epsilon 0,0.1,0.25 --seed 42");
    }

    @Test
    void repeatsWhatTheAdversaryWantsAndSees() {
        Reports reports = mnist().attacks(
                        Reports.record(Fgsm.defaults(), 0),
                        Reports.record(new Pgd(7, 0.5, false, 1, .99, new Margin()), 0));

        assertThat(RepeatCommand.of(reports.build()))
                .hasValue("gauntlet evaluate runs/mlp.safetensors --dataset mnist --attack fgsm:loss=cross-entropy"
                        + " --attack pgd:loss=margin,random-start=false,relative-step=0.5,restarts=1,sparsity=0.99,steps=7"
                        + " --epsilon 0,0.1,0.25 --seed 42");
        assertThat(RepeatCommand.of(mnist().norm("l2")
                        .criterion("targeted:1,2,0")
                        .blackBox()
                        .epsilons(0.0)
                        .build()))
                .hasValue("gauntlet evaluate runs/mlp.safetensors --dataset mnist --attack fgsm:loss=cross-entropy"
                        + " --norm l2 --target next --black-box --epsilon 0 --seed 42");
        assertThat(RepeatCommand.of(
                        mnist().criterion("targeted:2").epsilons(0.0).build()))
                .hasValue("gauntlet evaluate runs/mlp.safetensors --dataset mnist --attack fgsm:loss=cross-entropy"
                        + " --target 2 --epsilon 0 --seed 42");
    }

    @Test
    void claimsNoAttackThatTheCommandLineDoesNotKnow() {
        assertThat(RepeatCommand.of(mnist().attacks(new RobustnessReport.AttackRecord("mine", Map.of(), false, 0, 0, 0))
                        .build()))
                .isEmpty();
        assertThat(RepeatCommand.of(mnist().attacks(
                                new RobustnessReport.AttackRecord("fgsm", Map.of("loss", "my own"), false, 0, 0, 0))
                        .build()))
                .as("an option from elsewhere")
                .isEmpty();
        assertThat(RepeatCommand.of(
                        mnist().criterion("targeted:1,2,1").epsilons(0.0).build()))
                .as("a target for each class")
                .isEmpty();
    }

    private static Reports mnist() {
        return Reports.usual().data("mnist").examples(10_000).withoutExhibits();
    }
}
