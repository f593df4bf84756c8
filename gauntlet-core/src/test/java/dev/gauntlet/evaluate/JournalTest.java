package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.attack.UniformNoise;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.ExpectationOverTransformations;
import dev.gauntlet.model.FunctionClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.StraightThrough;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.WireRunner;
import dev.gauntlet.threat.Norm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    private static final LinearModel MODEL = new LinearModel(new double[][] {{0, 1}, {8, -1}}, 0, -4);

    private static final ArrayDataset DATA = ArrayDataset.of(
            2,
            new int[] {1, 1, 1, 0, 0, 1, 1},
            new float[] {.625f, 0},
            new float[] {.75f, .5f},
            new float[] {.875f, 0},
            new float[] {.25f, .25f},
            new float[] {.125f, 1},
            new float[] {1, .5f},
            new float[] {.25f, .25f});

    private static final Plan<DifferentiableClassifier> PLAN = Plan.whiteBox(
                    Norm.LINF, List.of(Fgsm.defaults(), new Pgd(3, .5, true, 2, .99, new CrossEntropy())), .1, .2, .4)
            .withShardSize(2);

    private static final Plan<Classifier> BLIND = Plan.blackBox(Norm.LINF, List.of(UniformNoise.defaults()), .1);

    private static final Evaluator EVALUATOR = Evaluator.on(new WireRunner(1));

    @TempDir
    private Path folder;

    @Test
    void anInterruptedEvaluationGoesOnWhereItStopped() {
        RobustnessReport undisturbed = EVALUATOR.evaluate(MODEL, DATA, PLAN);
        // dies at a later question each time, and so somewhere in a later shard
        for (int questions = 10; questions < 100; questions += 10) {
            Mortal mortal = new Mortal(questions);
            try {
                EVALUATOR.withJournal(folder, examples -> {}).evaluate(mortal, DATA, PLAN);
            } catch (IllegalStateException e) {
                assertThat(e).hasMessage("the lights went out");
            }
        }
        Mortal last = new Mortal(Integer.MAX_VALUE);
        AtomicInteger takenOver = new AtomicInteger();
        assertThat(EVALUATOR.withJournal(folder, takenOver::addAndGet).evaluate(last, DATA, PLAN))
                .usingRecursiveComparison()
                .ignoringFields("timing")
                .isEqualTo(undisturbed);
        // everything was in the journal: only the looks before and after the attacks were left
        Mortal whole = new Mortal(Integer.MAX_VALUE);
        EVALUATOR.evaluate(whole, DATA, PLAN);
        Mortal nothing = new Mortal(Integer.MAX_VALUE);
        EVALUATOR.withJournal(folder, examples -> {}).evaluate(nothing, DATA, PLAN);
        assertThat(last.questions).isEqualTo(nothing.questions).isLessThan(whole.questions);
        assertThat(takenOver).hasValue(DATA.size());
    }

    @Test
    void refusesTheJournalOfAnotherPlan() {
        EVALUATOR.withJournal(folder, examples -> {}).evaluate(MODEL, DATA, PLAN);
        assertThatThrownBy(() -> EVALUATOR.withJournal(folder, examples -> {}).evaluate(MODEL, DATA, PLAN.withSeed(1)))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("is of another plan, model, data set or version");
    }

    @Test
    void refusesTheJournalOfAnotherFunction() {
        FunctionClassifier model = function("mine", 8);
        continues(model);
        continues(model);
        refusesJournalFor(function("mine", 9));
        refusesJournalFor(function("yours", 8));
    }

    @Test
    void refusesTheJournalOfAnotherStepBeforeTheSameModel() {
        DifferentiableClassifier model = darker(.5f);
        continues(model);
        continues(darker(.5f));
        refusesJournalFor(darker(.25f));
        refusesJournalFor(MODEL);
    }

    @Test
    void refusesTheJournalOfOtherDrawsFromTheSameDefence() {
        continues(draws(1));
        continues(draws(1));
        refusesJournalFor(draws(2));
    }

    @Test
    void aModelThatAnswersDifferentlyEachTimeContinuesItsJournal() {
        AtomicInteger calls = new AtomicInteger();
        FunctionClassifier random = new FunctionClassifier("random", InputSpec.RAW, images -> {
            float[][] logits = new float[images.length][];
            Arrays.setAll(logits, row -> new float[] {calls.getAndIncrement(), 0});
            return logits;
        });
        continues(random);
        continues(random);
    }

    private static FunctionClassifier function(String name, int slope) {
        return new FunctionClassifier(name, InputSpec.RAW, images -> {
            float[][] logits = new float[images.length][];
            Arrays.setAll(logits, row -> new float[] {images[row][1], slope * images[row][0] - images[row][1] - 4});
            return logits;
        });
    }

    private static DifferentiableClassifier darker(float factor) {
        return new StraightThrough(
                batch -> {
                    float[] pixels = batch.pixels().clone();
                    for (int i = 0; i < pixels.length; i++) {
                        pixels[i] *= factor;
                    }
                    return batch.withPixels(pixels);
                },
                MODEL);
    }

    private static DifferentiableClassifier draws(long seed) {
        return new ExpectationOverTransformations(
                key -> darker((float) key.generator().nextDouble(.5, 1)), 2, RandomKey.of(seed));
    }

    private void continues(Classifier model) {
        EVALUATOR.withJournal(folder, examples -> {}).evaluate(model, DATA, BLIND);
    }

    private void refusesJournalFor(Classifier model) {
        assertThatThrownBy(() -> continues(model))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("is of another plan, model, data set or version");
    }

    @Test
    void refusesAShardFromAnotherJournal(@TempDir Path other) throws IOException {
        EVALUATOR.withJournal(folder, examples -> {}).evaluate(MODEL, DATA, PLAN);
        EVALUATOR.withJournal(other, examples -> {}).evaluate(MODEL, DATA, PLAN.withSeed(1));
        Files.delete(folder.resolve("shard-0000-00-00001.bin"));
        Files.copy(other.resolve("shard-0000-00-00001.bin"), folder.resolve("shard-0000-00-00001.bin"));
        refuses("shard-0000-00-00001.bin");
    }

    @Test
    void refusesADamagedShard() throws IOException {
        EVALUATOR.withJournal(folder, examples -> {}).evaluate(MODEL, DATA, PLAN);
        Path file = folder.resolve("shard-0000-01-00001.bin");
        byte[] bytes = Files.readAllBytes(file);
        for (int position : new int[] {0, 70, bytes.length / 2, bytes.length - 1}) {
            byte[] damaged = bytes.clone();
            damaged[position] ^= 1;
            Files.write(file, damaged);
            refuses("shard-0000-01-00001.bin");
        }
        Files.write(file, new byte[0]);
        refuses("shard-0000-01-00001.bin");
    }

    @Test
    void saysSoWhenTheFolderCannotBeUsed() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> EVALUATOR.withJournal(file, examples -> {}).evaluate(MODEL, DATA, PLAN))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(file.toString());
    }

    private void refuses(String file) {
        assertThatThrownBy(() -> EVALUATOR.withJournal(folder, examples -> {}).evaluate(MODEL, DATA, PLAN))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(file)
                .hasMessageContaining("delete it");
    }

    /** Answers a number of questions and then never again. */
    private static final class Mortal implements DifferentiableClassifier {
        private final int mostQuestions;
        private int questions;

        Mortal(int mostQuestions) {
            this.mostQuestions = mostQuestions;
        }

        @Override
        public ModelCard card() {
            return MODEL.card();
        }

        @Override
        public Logits logits(Batch batch) {
            count();
            return MODEL.logits(batch);
        }

        @Override
        public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
            count();
            return MODEL.gradient(batch, lossOfRow);
        }

        @Override
        public void close() {}

        private void count() {
            if (++questions > mostQuestions) {
                throw new IllegalStateException("the lights went out");
            }
        }
    }
}
