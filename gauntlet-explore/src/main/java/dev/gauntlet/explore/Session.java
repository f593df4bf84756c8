package dev.gauntlet.explore;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.request.AttackGoal;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.request.Threat;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the page has to know at its beginning.
 *
 * @param version the version of Gauntlet
 * @param models the models
 * @param data the name of the data
 * @param size how many examples it has
 * @param notice what a reader must know about the data
 * @param channels the channels of an image
 * @param height its rows
 * @param width its columns
 * @param mostImages how many images an answer may hold
 * @param classes the names of the classes
 * @param norms the norms
 * @param attacks the attacks
 * @param report the record that is open, if one is
 */
record Session(
        String version,
        List<Model> models,
        String data,
        int size,
        @Nullable String notice,
        int channels,
        int height,
        int width,
        int mostImages,
        List<String> classes,
        List<NormChoice> norms,
        List<AttackChoice> attacks,
        @Nullable Summary report) {
    private static final int COLOR_CHANNELS = 3;

    /** The default budgets of color images are smaller than those of digits. */
    private static final Map<Norm, Double> LARGEST_OF_COLOR =
            Map.of(Norm.LINF, 16 / 255.0, Norm.L2, 2.0, Norm.L1, 30.0, Norm.L0, 100.0);

    /**
     * A model.
     *
     * @param obstacle why only black-box attacks are offered; absent if gradients are available
     */
    record Model(
            String title,
            String architecture,
            @Nullable Long parameters,
            String engine,
            boolean hasGradients,
            boolean givesOnlyClasses,
            @Nullable String obstacle,
            List<String> notices) {
        static Model of(OpenModel model) {
            ModelCard card = model.classifier().card();
            return new Model(
                    model.title(),
                    card.architecture(),
                    card.parameters().isPresent() ? card.parameters().getAsLong() : null,
                    card.engine(),
                    model.differentiable().isPresent(),
                    model.classifier().givesOnlyClasses(),
                    model.obstacle().orElse(null),
                    card.notices());
        }
    }

    /**
     * A norm.
     *
     * @param usual the largest epsilon on the slider by default
     * @param largest the largest distance between two images
     */
    record NormChoice(String id, String title, double usual, double largest) {
        static NormChoice of(Norm norm, int channels, int length) {
            List<Double> usual = Threat.usualEpsilons(norm);
            double largest = norm.largest(length);
            double wanted = channels == COLOR_CHANNELS
                    ? LARGEST_OF_COLOR.getOrDefault(norm, largest)
                    : usual.get(usual.size() - 1);
            return new NormChoice(norm.id(), norm.title(), Math.min(largest, wanted), largest);
        }
    }

    /** An option of an attack. */
    record OptionChoice(
            String name,
            String value,
            String values,
            @Nullable String meaning) {}

    /** An attack. */
    record AttackChoice(
            String name,
            String title,
            String meaning,
            boolean needsGradients,
            boolean needsLogits,
            List<String> norms,
            boolean isTargetable,
            boolean hasBudget,
            List<OptionChoice> options) {
        static AttackChoice of(Attack<?> attack) {
            Map<String, String> values = Attacks.values(attack);
            Map<String, String> meanings = Attacks.meanings(attack);
            return new AttackChoice(
                    attack.name(),
                    attack.title(),
                    attack.meaning(),
                    attack.modelType() != Classifier.class,
                    !attack.isDecisionBased(),
                    Arrays.stream(Norm.values())
                            .filter(attack.norms()::contains)
                            .map(Norm::id)
                            .toList(),
                    attack.isTargetable(),
                    attack instanceof FixedBudgetAttack,
                    attack.options().entrySet().stream()
                            .map(option -> new OptionChoice(
                                    option.getKey(),
                                    option.getValue(),
                                    values.getOrDefault(option.getKey(), ""),
                                    meanings.get(option.getKey())))
                            .toList());
        }
    }

    /**
     * The record that is open.
     *
     * @param attacks the attacks in their order, as a user writes them
     * @param epsilons the budgets, of which the first is 0
     * @param focus the position of the budget in focus
     * @param target what counts as success, as the page asks for it: the number of a class, one for each class, or 'next'; absent
     *     for any error
     */
    record Summary(
            String model,
            String plan,
            String norm,
            long seed,
            @Nullable String target,
            List<AttackName> attacks,
            List<Double> epsilons,
            List<Integer> robust,
            int focus,
            int examples) {
        static Summary of(RobustnessReport report, List<String> classes) {
            return new Summary(
                    report.model().name(),
                    report.plan().name(),
                    report.plan().norm(),
                    report.plan().seed(),
                    written(report.request().threat().goal(), classes),
                    report.attacks().stream()
                            .map(attack -> new AttackName(
                                    Attacks.title(attack.name()),
                                    new AttackRef(attack.name(), attack.options()).toString()))
                            .toList(),
                    report.results().stream().map(EpsilonResult::epsilon).toList(),
                    Stream.iterate(0, i -> i < report.results().size(), i -> i + 1)
                            .map(report.outcomes()::robust)
                            .toList(),
                    report.focus(),
                    report.outcomes().size());
        }
    }

    private static @Nullable String written(AttackGoal goal, List<String> classes) {
        if (!(goal.criterion(classes) instanceof Targeted targeted)) {
            return null;
        }
        AttackGoal same = AttackGoal.of(targeted);
        boolean isNext = same instanceof AttackGoal.NextClass;
        return isNext
                ? same.toString()
                : targeted.name().substring(targeted.name().indexOf(':') + 1);
    }

    /** An attack of the record. */
    record AttackName(String title, String written) {}

    static Session of(Exploration exploration) {
        int channels = exploration.shape().channels();
        int length = exploration.shape().size();
        Optional<RobustnessReport> report = exploration.report();
        return new Session(
                RobustnessReport.Provenance.current().version(),
                exploration.models().stream().map(Model::of).toList(),
                exploration.data().origin().name(),
                exploration.data().size(),
                exploration.data().origin().notice().orElse(null),
                channels,
                exploration.shape().height(),
                exploration.shape().width(),
                Api.mostImages(exploration.shape()),
                exploration.data().classes(),
                Arrays.stream(Norm.values())
                        .map(norm -> NormChoice.of(norm, channels, length))
                        .toList(),
                Attacks.all().stream().map(AttackChoice::of).toList(),
                report.map(record -> Summary.of(record, exploration.data().classes()))
                        .orElse(null));
    }

    /** Returns the outcomes of the record, one array for each property. */
    static Outcomes.Columns outcomes(RobustnessReport report) {
        return report.outcomes().columns();
    }
}
