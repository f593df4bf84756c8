package dev.gauntlet.explore;

import static dev.gauntlet.explore.Fixtures.about;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Sample;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.evaluate.SuccessSink;
import dev.gauntlet.evaluate.shard.AdversarialExample;
import dev.gauntlet.evaluate.shard.ShardId;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.report.plan.PlanFile;
import dev.gauntlet.request.AttackGoal;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What the page is told is what an evaluation says. */
class ApiTest {
    private static final int EXAMPLES = 12;
    private static final long SEED = 5;

    private final Fixtures.Linear model = new Fixtures.Linear(1);
    private final ArrayDataset data = Fixtures.data(model, EXAMPLES);
    private final List<ExploreServer> servers = new ArrayList<>();

    @AfterEach
    void stop() {
        servers.forEach(ExploreServer::close);
    }

    private PageClient serve(Exploration exploration) {
        ExploreServer server = ExploreServer.start(exploration, 0);
        servers.add(server);
        return new PageClient(server);
    }

    private PageClient serve() {
        return serve(Fixtures.exploration(
                data, Fixtures.open("linear", model), Fixtures.open("other", new Fixtures.Linear(2))));
    }

    private static AttackGoal goal(String target) {
        return target.isEmpty() ? new AttackGoal.AnyError() : AttackGoal.parse(target);
    }

    private RobustnessReport evaluate(
            Norm norm, double epsilon, String target, List<AdversarialExample> successes, String... attacks) {
        OpenModel open = Fixtures.open("linear", model);
        EvaluationRequest request = new Adversary(
                        Arrays.stream(attacks).map(AttackRef::parse).toList(),
                        new LpBall(norm, epsilon),
                        goal(target),
                        SEED)
                .request(open, DataRef.InProcess.of(data.origin()), OptionalInt.empty());
        return Evaluator.on(LocalRunner.onAllProcessors())
                .keeping(new SuccessSink() {
                    @Override
                    public boolean has(ShardId task) {
                        return false;
                    }

                    @Override
                    public void keep(ShardId task, List<AdversarialExample> found) {
                        successes.addAll(found);
                    }
                })
                .evaluate(model, data, request);
    }

    @ParameterizedTest
    @CsvSource({
        "fgsm, linf, 0.15, ''",
        "pgd, linf, 0.1, ''",
        "pgd, l2, 0.4, ''",
        "square:queries=50, linf, 0.15, ''",
        "fmn:steps=30, linf, 0.2, ''",
        "deepfool, l2, 0.5, ''",
        "apgd, linf, 0.15, cat",
        "ddn:steps=20, l2, 0.5, next"
    })
    void judgesAnAttackAsAnEvaluationDoes(String attack, String norm, double epsilon, String target) throws Exception {
        List<AdversarialExample> successes = new ArrayList<>();
        RobustnessReport report = evaluate(Norm.parse(norm), epsilon, target, successes, attack);
        Outcomes outcomes = report.outcomes();
        PageClient client = serve();

        int found = 0;
        for (int id = 0; id < EXAMPLES; id++) {
            JsonNode result = client.result("attack", """
                            {"page": "p", "image": {"example": %d}, "norm": "%s", "epsilon": %s, "seed": %d, "target": "%s",
                             "attacks": ["%s"], "models": [0]}""".formatted(id, norm, epsilon, SEED, target, attack))
                    .get(0);

            boolean succeeds = outcomes.successfulAttack(id, 1).isPresent();
            assertThat(result.get("standing").stringValue().equals("SUCCESS"))
                    .as("success on example %d", id)
                    .isEqualTo(succeeds);
            assertThat(result.get("standing").stringValue().equals("MISTAKE")).isEqualTo(outcomes.isCleanMistake(id));
            if (result.get("standing").stringValue().equals("ROBUST")) {
                int prediction =
                        result.get("shown").get("answer").get("prediction").intValue();
                assertThat(result.get("nearestSucceeds").booleanValue())
                        .as("a probe that succeeds on example %d", id)
                        .isEqualTo(goal(target).criterion(data.classes()).isMet(prediction, data.label(id)));
            } else {
                assertThat(result.get("nearestSucceeds").booleanValue()).isFalse();
            }
            if (succeeds) {
                found++;
                int example = id;
                AdversarialExample expected = successes.stream()
                        .filter(each -> each.id() == example)
                        .findFirst()
                        .orElseThrow();
                JsonNode success = result.get("success");
                assertThat(success.get("prediction").intValue()).isEqualTo(expected.prediction());
                assertThat(success.get("distance").doubleValue()).isEqualTo(expected.distance());
                assertThat(success.get("predictionIn8Bits").intValue()).isEqualTo(expected.predictionAfterRounding());
                assertThat(result.get("shown").get("pixels").stringValue())
                        .isEqualTo(Pixels.text(expected.adversarial()));
            }
        }
        assertThat(found).as("successes, without which this proves nothing").isPositive();
    }

    @Test
    void replaysARecordWithTheSameDigits() throws Exception {
        RobustnessReport report = evaluate(Norm.L2, .4, "", new ArrayList<>(), "fgsm", "pgd", "fmn:steps=30");
        PageClient client = serve(new Exploration(
                List.of(Fixtures.open("linear", model)),
                data,
                DataRef.InProcess.of(data.origin()),
                Optional.of(report)));

        assertThat(client.ask("answer", "{\"image\": {\"example\": 0}}")).hasSize(1);
        JsonNode columns = PageClient.tree(client.get("api/report").body());
        assertThat(columns.get("ids")).hasSize(EXAMPLES);
        for (int id = 0; id < EXAMPLES; id++) {
            JsonNode result = client.result("replay", "{\"page\": \"p\", \"example\": %d}".formatted(id));

            assertThat(result.get("isSame").booleanValue())
                    .as("example %d: %s", id, result)
                    .isTrue();
            assertThat(client.result("replay", "{\"page\": \"p\", \"example\": %d, \"whole\": true}".formatted(id)))
                    .isEqualTo(result);
            assertThat(result.get("recorded").get("distance").doubleValue())
                    .isEqualTo(columns.get("distances").get(id).doubleValue());
        }
    }

    @Test
    void noticesThatAModelIsNotThatOfTheRecord() throws Exception {
        RobustnessReport report = evaluate(Norm.L2, .4, "", new ArrayList<>(), "pgd");
        PageClient client = serve(new Exploration(
                List.of(Fixtures.open("other", new Fixtures.Linear(2))),
                data,
                DataRef.InProcess.of(data.origin()),
                Optional.of(report)));
        int different = 0;
        for (int id = 0; id < EXAMPLES; id++) {
            JsonNode result = client.result("replay", "{\"page\": \"p\", \"example\": %d}".formatted(id));
            different += result.get("isSame").booleanValue() ? 0 : 1;
        }

        assertThat(different).isPositive();
    }

    @Test
    void attacksTheClassOfANumberWhateverTheClassesAreCalled() throws Exception {
        PageClient client = serve(Fixtures.exploration(
                Fixtures.data(model, EXAMPLES, List.of("0", "2", "1")), Fixtures.open("linear", model)));
        int label = data.label(0);
        for (int target = 0; target < Fixtures.CLASSES; target++) {
            JsonNode result = client.result(
                            "attack",
                            about(
                                    "p",
                                    0,
                                    "\"epsilon\": 1, \"attacks\": [\"pgd\"], \"models\": [0], \"target\": \"%d\""
                                            .formatted(target)))
                    .get(0);

            if (target == label) {
                assertThat(result.get("standing").stringValue()).isEqualTo("SPARED");
            } else {
                assertThat(result.get("success").get("prediction").intValue()).isEqualTo(target);
            }
        }
        assertThat(client.post(
                                "attack",
                                about(
                                        "p",
                                        0,
                                        "\"epsilon\": 1, \"attacks\": [\"pgd\"], \"models\": [0], \"target\": \"3\""))
                        .body())
                .contains("Target 3 is not a class; the classes are 0 to 2.");
    }

    @ParameterizedTest
    @CsvSource({"'', ", "next, next", "cat, 2", "'1,2,0', next", "'2,2,1', '2,2,1'"})
    void saysTheTargetOfARecordAsThePageAsksForIt(String target, @Nullable String expected) throws Exception {
        RobustnessReport report = evaluate(Norm.L2, .1, target, new ArrayList<>(), "pgd");
        PageClient client = serve(new Exploration(
                List.of(Fixtures.open("linear", model)),
                data,
                DataRef.InProcess.of(data.origin()),
                Optional.of(report)));

        JsonNode said =
                PageClient.tree(client.get("api/session").body()).get("report").get("target");
        assertThat(said.isNull() ? null : said.stringValue()).isEqualTo(expected);
    }

    @Test
    void givesExactPixelsOrGreyLevels() throws Exception {
        PageClient client = serve();

        JsonNode exact = client.ask("images", "{\"examples\": [0]}").get(0);
        JsonNode shown =
                client.ask("images", "{\"examples\": [0], \"levels\": true}").get(0);

        assertThat(exact.get("pixels").stringValue())
                .isEqualTo(Pixels.text(data.batch(0).pixels()));
        assertThat(exact.get("levels").isNull()).isTrue();
        assertThat(shown.get("levels").stringValue())
                .isEqualTo(Pixels.levels(data.batch(0).pixels()));
        assertThat(shown.get("pixels").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"1, 4, 64", "3, 224, 27", "4, 512, 4", "1, 4096, 1"})
    void limitsTheImagesOfAnAnswer(int channels, int side, int expected) {
        assertThat(Api.mostImages(new ImageShape(channels, side, side))).isEqualTo(expected);
    }

    @Test
    void asksTheModelAboutNoMoreExamplesThanAreShown() throws Exception {
        List<Integer> asked = new ArrayList<>();
        Classifier counting = new Classifier() {
            @Override
            public ModelCard card() {
                return model.card();
            }

            @Override
            public Logits logits(Batch batch) {
                Arrays.stream(batch.ids()).forEach(asked::add);
                return model.logits(batch);
            }

            @Override
            public void close() {
                // nothing is open
            }
        };
        PageClient client = serve(Fixtures.exploration(data, Fixtures.open("counting", counting)));

        JsonNode result = client.result("examples", "{\"page\": \"p\", \"model\": 0, \"from\": 2, \"count\": 3}");

        assertThat(result.get("examples")).hasSize(3);
        assertThat(result.get("next").intValue()).isEqualTo(5);
        assertThat(asked).containsExactly(2, 3, 4);
    }

    @Test
    void guessesTheClassOfAnImage() throws Exception {
        JsonNode guess = serve().result("guess", "{\"page\": \"p\", \"image\": {\"example\": 3}, \"model\": 0}");

        assertThat(guess.get("prediction").intValue()).isEqualTo(data.label(3));
    }

    @Test
    void saysThatNoReportIsOpen() throws Exception {
        assertThat(serve().get("api/report").statusCode()).isEqualTo(400);
        assertThat(serve().post("replay", "{\"page\": \"p\", \"example\": 0}").body())
                .contains("No report is open");
    }

    /** For a linear model the proof and the nearest success meet, at the distance of the nearest plane. */
    @Test
    void theZonesOfALinearModelMeetAtItsBoundary() throws Exception {
        JsonNode zones = serve().result("zones", about("p", 0, "\"model\": 0, \"search\": true"));

        double proved = zones.get("proved").doubleValue();
        double broken = zones.get("broken").doubleValue();
        assertThat(proved).isPositive().isLessThan(broken).isCloseTo(broken, within(.01));
        assertThat(zones.get("brokenBy").stringValue()).isEqualTo("FMN");
        assertThat(zones.get("whyNotProved").isNull()).isTrue();
    }

    @Test
    void theProofIsPreciseHoweverSmall() throws Exception {
        double[] pixels = IntStream.range(0, Fixtures.INPUTS)
                .mapToDouble(i -> data.batch(0).pixels()[i])
                .toArray();
        int label = data.label(0);
        double boundary = IntStream.range(0, Fixtures.CLASSES)
                .filter(k -> k != label)
                .mapToDouble(k -> {
                    double[] direction = new double[Fixtures.CLASSES];
                    direction[label] = 1;
                    direction[k] = -1;
                    double[] logits = model.logitsOf(pixels);
                    return (logits[label] - logits[k])
                            / Arrays.stream(model.backward(pixels, direction))
                                    .map(Math::abs)
                                    .sum();
                })
                .min()
                .orElseThrow();

        JsonNode zones = serve().result("zones", about("p", 0, "\"model\": 0"));

        assertThat(boundary).as("where no pixel is clipped").isBetween(0.0, .2);
        assertThat(zones.get("proved").doubleValue()).isBetween(.999 * boundary, boundary);
        assertThat(zones.get("provedIn32Bits").doubleValue())
                .isBetween(.997 * boundary, zones.get("proved").doubleValue());
    }

    @Test
    void saysWhyThereIsNoProof() throws Exception {
        PageClient client = serve(Fixtures.exploration(data, Fixtures.open("hidden", Fixtures.blackBox(model))));

        JsonNode zones = client.result("zones", about("p", 0, "\"model\": 0, \"search\": true"));

        assertThat(zones.get("proved").doubleValue()).isZero();
        assertThat(zones.get("whyNotProved").stringValue()).contains("its layers are not known");
        assertThat(zones.get("broken").isNull()).isTrue();
        assertThat(zones.get("whyNotSearched").stringValue()).contains("has no gradients");
        assertThat(client.result("zones", about("p", 0, "\"model\": 0").replace("linf", "l0"))
                        .get("whyNotProved")
                        .stringValue())
                .contains("does not certify in L0");
    }

    @Test
    void thereAreNoZonesForAMistake() throws Exception {
        JsonNode zones = serve().result("zones", about("p", EXAMPLES - 1, "\"model\": 0, \"search\": true"));

        assertThat(zones.get("isMistake").booleanValue()).isTrue();
    }

    @Test
    void aModelWithoutGradientsGetsBlackBoxAttacksOnly() throws Exception {
        PageClient client = serve(Fixtures.exploration(data, Fixtures.open("hidden", Fixtures.blackBox(model))));
        JsonNode session = PageClient.tree(client.get("api/session").body());

        assertThat(session.get("models").get(0).get("hasGradients").booleanValue())
                .isFalse();
        assertThat(session.get("models").get(0).get("obstacle").stringValue()).contains("has no gradients");
        assertThat(client.post("attack", about("p", 0, "\"epsilon\": 0.1, \"attacks\": [\"pgd\"], \"models\": [0]"))
                        .body())
                .contains("requires gradients");
        JsonNode result = client.result(
                        "attack",
                        about("p", 0, "\"epsilon\": 0.5, \"attacks\": [\"square:queries=200\"], \"models\": [0]"))
                .get(0);
        assertThat(result.get("standing").stringValue()).isEqualTo("SUCCESS");
        assertThat(result.get("steps").get(0).get("place").isNull()).isTrue();
        assertThat(client.events("map", about("p", 0, "\"model\": 0, \"reach\": 1, \"side\": 5")))
                .extracting(PageClient.Event::kind)
                .containsExactly("failed");
    }

    @Test
    void showsEveryStepOfAnAttack() throws Exception {
        JsonNode result = serve().result(
                        "attack",
                        about(
                                "p",
                                0,
                                "\"epsilon\": 0.001, \"attacks\": [\"pgd:steps=7,random-start=false\"], \"models\": [0]"))
                .get(0);
        JsonNode steps = result.get("steps");

        assertThat(result.get("standing").stringValue()).isEqualTo("ROBUST");
        // the clean image, seven gradients and the last point
        assertThat(steps).hasSize(9);
        assertThat(result.get("backwards").intValue()).isEqualTo(7);
        double margin = steps.get(0).get("margin").doubleValue();
        assertThat(steps.get(8).get("margin").doubleValue()).isLessThan(margin).isPositive();
        for (int i = 1; i <= 7; i++) {
            assertThat(steps.get(i).get("withGradient").booleanValue()).isTrue();
            assertThat(steps.get(i).get("loss").isNumber()).isTrue();
            assertThat(steps.get(i).get("distance").doubleValue()).isLessThanOrEqualTo(.001001);
        }
        // towards the gradient at the beginning
        assertThat(steps.get(8).get("place").get("u").doubleValue()).isPositive();
        assertThat(result.get("shown").get("pixels")).isEqualTo(steps.get(8).get("pixels"));
    }

    @Test
    void carriesAnImageOverToTheOtherModel() throws Exception {
        PageClient client = serve();
        JsonNode result = client.result(
                        "attack", about("p", 0, "\"epsilon\": 0.3, \"attacks\": [\"pgd\"], \"models\": [0]"))
                .get(0);
        String pixels = result.get("shown").get("pixels").stringValue();

        JsonNode transfer = result.get("transfers").get(0);
        assertThat(transfer.get("model").intValue()).isEqualTo(1);
        JsonNode direct = client.ask("answer", "{\"image\": {\"pixels\": \"%s\", \"label\": 0}}".formatted(pixels));
        assertThat(transfer.get("answer")).isEqualTo(direct.get(1).get("answer"));
        assertThat(transfer.get("succeeds").booleanValue())
                .isEqualTo(direct.get(1).get("answer").get("prediction").intValue() != data.label(0));
    }

    @Test
    void findsTheNearestWrongAnswersAndTheirPlane() throws Exception {
        PageClient client = serve();
        List<PageClient.Event> events =
                client.events("nearest", about("p", 0, "\"model\": 0").replace("linf", "l2"));
        JsonNode found = events.get(events.size() - 1).data().get("found");

        assertThat(events).filteredOn(event -> event.kind().equals("part")).hasSize(5);
        assertThat(found)
                .extracting(each -> each.get("attack").stringValue())
                .containsExactly("deepfool", "fmn", "ddn", "cw", "fab");
        List<String> images = new ArrayList<>();
        for (JsonNode each : found) {
            assertThat(each.get("shown").get("answer").get("prediction").intValue())
                    .isNotEqualTo(data.label(0));
            assertThat(each.get("lostByRounding").booleanValue())
                    .isEqualTo(each.get("shown")
                                    .get("answerIn8Bits")
                                    .get("prediction")
                                    .intValue()
                            == data.label(0));
            images.add(each.get("shown").get("pixels").stringValue());
        }
        JsonNode map = client.result(
                "map",
                about(
                        "p",
                        0,
                        "\"model\": 0, \"reach\": 1, \"side\": 9, \"points\": [\"%s\", \"%s\"]"
                                .formatted(images.get(0), images.get(3))));
        byte[] classes = Base64.getDecoder().decode(map.get("classes").stringValue());
        assertThat(classes).hasSize(2 * 9 * 9);
        assertThat(classes[2 * 40]).as("the answer in the middle").isEqualTo((byte) data.label(0));
        assertThat(map.get("places").get(0).get("u").doubleValue())
                .isCloseTo(found.get(0).get("shown").get("distance").doubleValue(), within(1e-6));
        assertThat(map.get("places").get(0).get("v").doubleValue()).isCloseTo(0, within(1e-9));
    }

    @Test
    void findsExamplesByClassAndAnswer() throws Exception {
        PageClient client = serve();
        JsonNode wrong = client.result(
                "examples", "{\"page\": \"p\", \"model\": 0, \"outcome\": \"wrong\", \"from\": 0, \"count\": 5}");

        assertThat(wrong.get("examples")).hasSize(1);
        assertThat(wrong.get("examples").get(0).get("id").intValue()).isEqualTo(EXAMPLES - 1);
        assertThat(wrong.get("next").intValue()).isEqualTo(EXAMPLES);
        int label = data.label(0);
        int next = 0;
        List<Integer> ids = new ArrayList<>();
        while (next < EXAMPLES) {
            JsonNode some = client.result(
                    "examples",
                    "{\"page\": \"p\", \"model\": 0, \"label\": %d, \"outcome\": \"right\", \"from\": %d, \"count\": 1}"
                            .formatted(label, next));
            some.get("examples").forEach(each -> ids.add(each.get("id").intValue()));
            next = some.get("next").intValue();
        }
        assertThat(ids)
                .isEqualTo(IntStream.range(0, EXAMPLES - 1)
                        .filter(id -> data.label(id) == label)
                        .boxed()
                        .toList());
    }

    @Test
    void writesAPlanThatAnEvaluationAccepts(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("model.file");
        OpenModel named = new OpenModel(
                "linear", model, new ModelRef.File(file.toString(), Optional.empty(), InputSpec.RAW, Optional.empty()));
        DataRef.Files reference = new DataRef.Files(
                "data.npz",
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                DataRef.ImageFiles.AS_THEY_ARE,
                Map.of());
        PageClient client = serve(new Exploration(List.of(named), data, reference, Optional.empty()));

        JsonNode plan = client.ask(
                "plan",
                about("p", 4, "\"epsilon\": 0.1, \"attacks\": [\"pgd:steps=7\"], \"model\": 0, \"target\": \"cat\""));
        Path toml =
                Files.writeString(folder.resolve("plan.toml"), plan.get("toml").stringValue());
        EvaluationRequest request = PlanFile.read(toml).request();

        assertThat(request.threat().budgets()).contains(LpBall.linf(.1));
        assertThat(request.attacks()).singleElement().satisfies(attack -> {
            assertThat(attack.name()).isEqualTo("pgd");
            assertThat(attack.options()).containsEntry("steps", "7");
        });
        assertThat(request.sampling().seed()).isEqualTo(SEED);
        assertThat(request.threat().goal()).hasToString("cat");
        int size = plan.get("examples").intValue();
        assertThat(Sample.stratified(data, size, RandomKey.of(SEED))).contains(4);
    }

    @Test
    void writesNoPlanForAnImageOfTheUser() throws Exception {
        String own =
                "{\"image\": {\"pixels\": \"%s\", \"label\": 0}, \"norm\": \"linf\", \"epsilon\": 0.1, \"attacks\": [\"fgsm\"], \"model\": 0}"
                        .formatted(Pixels.text(new float[Fixtures.INPUTS]));

        assertThat(serve().ask("plan", own).get("error").stringValue()).contains("not in the data");
        assertThat(serve().ask("plan", about("p", 0, "\"epsilon\": 0.1, \"attacks\": [\"fgsm\"], \"model\": 0"))
                        .get("error")
                        .stringValue())
                .contains("not in a file");
    }

    @Test
    void attacksAnImageOfTheUser() throws Exception {
        float[] pixels = new float[Fixtures.INPUTS];
        Arrays.fill(pixels, .5f);
        pixels[2] = .9f;
        String text = Pixels.text(pixels);
        PageClient client = serve();
        int label = client.ask("answer", "{\"image\": {\"pixels\": \"%s\", \"label\": 0}}".formatted(text))
                .get(0)
                .get("answer")
                .get("prediction")
                .intValue();

        JsonNode result = client.result(
                        "attack",
                        "{\"page\": \"p\", \"image\": {\"pixels\": \"%s\", \"label\": %d}, \"norm\": \"linf\", \"epsilon\": 0.5, \"attacks\": [\"pgd\"], \"models\": [0, 1]}"
                                .formatted(text, label))
                .get(0);

        assertThat(result.get("standing").stringValue()).isEqualTo("SUCCESS");
        assertThat(result.get("success").get("prediction").intValue()).isNotEqualTo(label);
    }
}
