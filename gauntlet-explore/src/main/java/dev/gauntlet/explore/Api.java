package dev.gauntlet.explore;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.request.AttackGoal;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the page may ask: reads a request, refuses what is wrong, and says what is to be computed. */
final class Api {
    /** What is read without a body. */
    static final Set<String> GIVES = Set.of("session", "report");

    /** What is answered at once. */
    static final Set<String> ANSWERS = Set.of("answer", "images", "plan");

    /** What is computed with progress, one at a time for each page. */
    static final Set<String> COMPUTES = Set.of("attack", "zones", "nearest", "map", "examples", "replay", "guess");

    private static final int MOST_IMAGES = 64;

    /** So that an answer fits into the memory of the program and of the page. */
    private static final int NUMBERS_OF_AN_ANSWER = 1 << 22;

    private static final int MOST_ATTACKS = 12;
    private static final int LARGEST_MAP = 65;

    /** Images that a request may hold, in Base64, which takes 4 characters for 3 bytes. */
    private static final int IMAGES_OF_A_REQUEST = 4;

    private static final int OTHER_BYTES = 1 << 16;
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

    /** A computation whose request was accepted. */
    @FunctionalInterface
    interface Computation {
        /**
         * Computes.
         *
         * @param job tells of the progress and of a cancellation
         * @return the result
         */
        Object compute(Job job);
    }

    private final Exploration exploration;
    private final List<ExampleSearch.Predictions> predictions;

    Api(Exploration exploration) {
        this.exploration = exploration;
        this.predictions = exploration.models().stream()
                .map(model -> new ExampleSearch.Predictions(exploration.data().size()))
                .toList();
    }

    /** Returns how many bytes a request may have. */
    int largestRequest() {
        return OTHER_BYTES
                + IMAGES_OF_A_REQUEST * Float.BYTES * (exploration.shape().size() * 4 / 3 + 1);
    }

    Object give(String name) {
        if (name.equals("session")) {
            return Session.of(exploration);
        }
        return Session.outcomes(report());
    }

    private RobustnessReport report() {
        return exploration.report().orElseThrow(() -> new GauntletException("No report is open."));
    }

    /** What a model says to an image, and to the same after rounding to 8 bits. */
    record BothAnswers(Answer answer, Answer in8Bits) {}

    Object answer(String name, Fields fields) {
        if (name.equals("answer")) {
            // the label does not matter to an answer
            Subject subject = subject(fields);
            return exploration.models().stream()
                    .map(model -> new BothAnswers(
                            Answer.of(model.classifier(), subject.image()),
                            Answer.of(
                                    model.classifier(), subject.image().withPixels(Pixels.rounded(subject.pixels())))))
                    .toList();
        } else if (name.equals("images")) {
            return fields
                    .integers(
                            "examples",
                            mostImages(exploration.shape()),
                            0,
                            exploration.data().size() - 1)
                    .stream()
                    .map(id -> image(id, fields.flag("levels")))
                    .toList();
        }
        return new PlanOfPage(exploration, subject(fields), adversary(fields), model(fields, "model")).write();
    }

    /** Returns how many images an answer may hold. */
    static int mostImages(ImageShape shape) {
        return Math.max(1, Math.min(MOST_IMAGES, NUMBERS_OF_AN_ANSWER / shape.size()));
    }

    /**
     * An example.
     *
     * @param pixels its exact pixels; absent if only its grey levels were asked for
     * @param levels its grey levels, as bytes in Base64, if they were asked for
     */
    record Image(
            int id,
            int label,
            @Nullable String pixels,
            @Nullable String levels) {}

    private Image image(int id, boolean onlyLevels) {
        Subject subject = Subject.example(exploration.data(), id);
        return new Image(
                id,
                subject.label(),
                onlyLevels ? null : Pixels.text(subject.pixels()),
                onlyLevels ? Pixels.levels(subject.pixels()) : null);
    }

    /** Reads what is to be computed; whatever is wrong with it is said at once. */
    Computation computation(String name, Fields fields) {
        return switch (name) {
            case "attack" -> {
                List<Integer> models =
                        fields
                                .integers(
                                        "models",
                                        exploration.models().size(),
                                        0,
                                        exploration.models().size() - 1)
                                .stream()
                                .distinct()
                                .toList();
                Attacking attacking = new Attacking(exploration, subject(fields), adversary(fields), models).checked();
                yield attacking::run;
            }
            case "zones" -> {
                Zones zones = new Zones(
                        exploration, subject(fields), threat(fields), model(fields, "model"), fields.flag("search"));
                yield zones::run;
            }
            case "nearest" -> {
                Nearest nearest = new Nearest(exploration, subject(fields), threat(fields), model(fields, "model"));
                yield nearest::run;
            }
            case "map" -> map(fields);
            case "examples" -> examples(fields);
            case "guess" -> {
                Subject subject = subject(fields);
                OpenModel model = exploration.models().get(model(fields, "model"));
                yield job -> Answer.of(model.classifier(), subject.image());
            }
            case "replay" -> {
                Replay replay = new Replay(
                        exploration,
                        report(),
                        fields.integer("example", 0, exploration.data().size() - 1),
                        fields.flag("whole"));
                yield replay::run;
            }
            default -> throw new IllegalArgumentException(name);
        };
    }

    private Computation map(Fields fields) {
        OpenModel model = exploration.models().get(model(fields, "model"));
        Subject subject = subject(fields);
        List<float[]> points = fields.has("points")
                ? fields.longTexts("points", 2).stream()
                        .map(text -> Pixels.read(text, exploration.shape()))
                        .toList()
                : List.of();
        double reach = fields.number("reach", 1e-9, 1e6);
        int side = fields.integer("side", 2, LARGEST_MAP);
        long seed = seed(fields);
        Criterion criterion = goal(fields).criterion(exploration.data().classes());
        return job -> {
            Optional<Plane> plane = points.isEmpty()
                    ? model.differentiable().flatMap(any -> Plane.ofGradient(any, subject, criterion, seed))
                    : Plane.through(subject.pixels(), points.get(0), points.get(points.size() - 1), seed);
            return new DecisionMap(
                            model,
                            subject,
                            plane.orElseThrow(() ->
                                    new GauntletException("The gradient is 0 or there is none, so it spans no plane.")),
                            reach,
                            side)
                    .run(job, points);
        };
    }

    private Computation examples(Fields fields) {
        int position = model(fields, "model");
        List<String> classes = exploration.data().classes();
        OptionalInt label = fields.has("label")
                ? OptionalInt.of(fields.integer("label", 0, classes.size() - 1))
                : OptionalInt.empty();
        ExampleSearch.Outcome outcome = fields.optionalText("outcome")
                .map(Choices.of(
                        "outcome",
                        List.of(ExampleSearch.Outcome.values()),
                        each -> each.name().toLowerCase(Locale.ROOT))::parse)
                .orElse(ExampleSearch.Outcome.ANY);
        ExampleSearch search = new ExampleSearch(
                exploration,
                position,
                predictions.get(position),
                label,
                outcome,
                fields.integer("from", 0, exploration.data().size()),
                Math.min(fields.integer("count", 1, MOST_IMAGES), mostImages(exploration.shape())));
        return search::run;
    }

    private int model(Fields fields, String name) {
        return fields.integer(name, 0, exploration.models().size() - 1);
    }

    private Subject subject(Fields fields) {
        Fields image = fields.object("image");
        if (image.has("example")) {
            return Subject.example(
                    exploration.data(),
                    image.integer("example", 0, exploration.data().size() - 1));
        }
        return Subject.own(
                exploration.shape(),
                Pixels.read(image.longText("pixels"), exploration.shape()),
                image.integer("label", 0, exploration.data().classes().size() - 1));
    }

    private static long seed(Fields fields) {
        return fields.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE, 0);
    }

    private AttackGoal goal(Fields fields) {
        return fields.optionalText("target")
                .filter(text -> !text.isBlank())
                .map(String::strip)
                .map(this::target)
                .orElseGet(AttackGoal.AnyError::new);
    }

    /** Reads a target; the page sends classes as numbers, which a class may have as its name, too. */
    private AttackGoal target(String text) {
        if (!NUMBER.matcher(text).matches()) {
            return AttackGoal.parse(text);
        }
        int wanted = Integer.parseInt(text);
        List<String> classes = exploration.data().classes();
        if (wanted >= classes.size()) {
            throw new GauntletException(
                    "Target %d is not a class; the classes are 0 to %d.".formatted(wanted, classes.size() - 1));
        }
        AttackGoal one = new AttackGoal.OneClass(text);
        return one.criterion(classes).equals(Targeted.at(wanted, classes.size()))
                ? one
                : new AttackGoal.EachClass(Collections.nCopies(classes.size(), wanted));
    }

    /** Reads an adversary whose attacks and budget are chosen later. */
    private Adversary threat(Fields fields) {
        AttackGoal goal = goal(fields);
        goal.criterion(exploration.data().classes());
        return new Adversary(
                List.of(new AttackRef("fgsm", Map.of())),
                new LpBall(Norm.parse(fields.text("norm")), 0),
                goal,
                seed(fields));
    }

    private Adversary adversary(Fields fields) {
        Adversary threat = threat(fields);
        Norm norm = threat.norm();
        double largest = norm.largest(exploration.shape().size());
        List<AttackRef> attacks = new ArrayList<>();
        fields.texts("attacks", MOST_ATTACKS).forEach(text -> attacks.add(AttackRef.parse(text)));
        return threat.with(attacks, fields.number("epsilon", 0, largest));
    }
}
