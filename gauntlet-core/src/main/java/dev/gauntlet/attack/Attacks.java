package dev.gauntlet.attack;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Implementations;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Lists all attacks by name, and reads and writes them as text.
 *
 * <p>They include the attacks of others on the class path, which {@link ServiceLoader} finds: public records with a public
 * constructor without parameters, each named in a file {@code META-INF/services/dev.gauntlet.attack.Attack}. A class without
 * fields is accepted, too.
 *
 * <p>Example: {@code Attacks.parse("pgd:steps=100,restarts=5")}.
 */
public final class Attacks {
    private static final List<Attack<DifferentiableClassifier>> WHITE_BOX = List.of(
            Fgsm.defaults(),
            RandomFgsm.defaults(),
            Bim.defaults(),
            Pgd.defaults(),
            MomentumFgsm.defaults(),
            Apgd.defaults(),
            ApgdTargeted.defaults(),
            DeepFool.defaults(),
            Fab.defaults(),
            FabTargeted.defaults(),
            Ddn.defaults(),
            Fmn.defaults(),
            CarliniWagner.defaults(),
            ElasticNet.defaults());

    private static final List<Attack<Classifier>> BLACK_BOX = List.of(
            UniformNoise.defaults(),
            GaussianNoise.defaults(),
            SaltAndPepper.defaults(),
            Square.defaults(),
            Spsa.defaults(),
            HopSkipJump.defaults(),
            BoundaryAttack.defaults());

    /** Another name could not be written before the options of an attack, or would not be found in any case. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]*");

    private static volatile @Nullable Registry registry;

    private Attacks() {}

    /**
     * Returns every attack with its default options.
     *
     * @return the attacks: first those that need gradients, then those that need only logits; simple ones first in each
     *     group
     */
    public static List<Attack<? super DifferentiableClassifier>> all() {
        return registry().all();
    }

    /**
     * Returns every attack that needs only logits, with its default options.
     *
     * @return the attacks, the simple ones first
     */
    public static List<Attack<Classifier>> blackBox() {
        return registry().blackBox();
    }

    /**
     * Reads an attack: its name, and after a colon the options that differ from its defaults.
     *
     * @param text the text, such as {@code pgd:steps=100,restarts=5}
     * @return the attack
     * @throws GauntletException if the attack or an option does not exist (the message suggests the nearest name) or a value
     *     is out of range; also for {@code autoattack}, which is four attacks, see {@link #parseAll}
     */
    public static Attack<? super DifferentiableClassifier> parse(String text) {
        return parse(text, registry().allByName());
    }

    /**
     * Reads an attack, or the four attacks of {@code autoattack}.
     *
     * @param text the text, such as {@code pgd:steps=100} or {@code autoattack}
     * @param norm the norm, on which the options of AutoAttack depend
     * @return the attacks in their order
     * @throws GauntletException as for {@link #parse}, and if AutoAttack does not support the norm or has options
     */
    public static List<Attack<? super DifferentiableClassifier>> parseAll(String text, Norm norm) {
        if (!registry().names().parse(nameIn(text)).equals(AutoAttack.NAME)) {
            return List.of(parse(text));
        }
        if (text.indexOf(':') >= 0) {
            throw new GauntletException(
                    "'%s' sets options, but %s has none; to change its options, list its attacks one by one: %s."
                            .formatted(text, AutoAttack.NAME, String.join(", ", autoAttack(norm))));
        }
        return AutoAttack.standard(norm);
    }

    /**
     * Reads an attack that needs only logits.
     *
     * @param text the text, such as {@code square:queries=1000}
     * @return the attack
     * @throws GauntletException as for {@link #parse}, and if the attack needs gradients
     */
    public static Attack<Classifier> parseBlackBox(String text) {
        String name = registry().names().parse(nameIn(text));
        if (!registry().blackBoxByName().byName().containsKey(name)) {
            throw new GauntletException(
                    "The attack %s requires gradients, which a black box does not provide; these attacks need only logits: %s."
                            .formatted(
                                    name,
                                    String.join(
                                            ", ",
                                            registry().blackBoxByName().byName().keySet())));
        }
        return parse(text, registry().blackBoxByName());
    }

    /**
     * Writes an attack with all its options, so that {@link #parse} reads it again.
     *
     * @param attack the attack
     * @return the text
     */
    public static String written(Attack<?> attack) {
        String options = attack.options().entrySet().stream()
                .map(option -> option.getKey() + "=" + option.getValue())
                .collect(Collectors.joining(","));
        return options.isEmpty() ? attack.name() : attack.name() + ":" + options;
    }

    /**
     * Returns the short title of the attack with a name.
     *
     * @param name the name in a record, such as {@code fgsm} or {@code autoattack}
     * @return the short title, such as {@code FGSM}; the name itself if {@link #all} does not contain it
     */
    public static String title(String name) {
        return switch (name) {
            case AutoAttack.NAME -> AutoAttack.TITLE;
            case AutoAttack.RAND_NAME -> AutoAttack.RAND_TITLE;
            default -> known(name).map(Attack::title).orElse(name);
        };
    }

    /**
     * Returns the title of the attack with a name and, after a comma, its meaning.
     *
     * @param name the name in a record, such as {@code fgsm} or {@code autoattack}
     * @return the description, such as {@code FGSM, fast gradient sign method}; the name itself if {@link #all} does not contain it
     */
    public static String description(String name) {
        return switch (name) {
            case AutoAttack.NAME -> AutoAttack.TITLE + ", the standard worst case of four attacks";
            case AutoAttack.RAND_NAME -> AutoAttack.RAND_TITLE + ", on the mean of 20 draws";
            default -> known(name).map(Attacks::described).orElse(name);
        };
    }

    /** Writes the title once if the attack has no other meaning. */
    private static String described(Attack<?> attack) {
        return attack.meaning().equals(attack.title()) ? attack.title() : attack.title() + ", " + attack.meaning();
    }

    private static Optional<Attack<? super DifferentiableClassifier>> known(String name) {
        return Optional.ofNullable(registry().allByName().byName().get(name));
    }

    /**
     * Returns the values that each option of an attack allows.
     *
     * @param attack the attack
     * @return a description of the values by the option's name, such as {@code a whole number, at least 1}
     */
    public static Map<String, String> values(Attack<?> attack) {
        return Options.values(attack);
    }

    /**
     * Returns the meaning of each option of an attack.
     *
     * @param attack the attack
     * @return the meanings by the option's name, such as {@code The number of steps}; empty for an attack that {@link #all} does not contain
     */
    public static Map<String, String> meanings(Attack<?> attack) {
        return Options.meanings(attack);
    }

    private static <A extends Attack<?>> A parse(String text, Choices<A> known) {
        if (registry().names().parse(nameIn(text)).equals(AutoAttack.NAME)) {
            throw new GauntletException("%s is four attacks: %s; choose one of them."
                    .formatted(AutoAttack.NAME, String.join(", ", autoAttack(Norm.LINF))));
        }
        A attack = known.parse(nameIn(text));
        Map<String, String> changes = optionsIn(text);
        return changes.isEmpty() ? attack : Options.with(attack, changes);
    }

    private static List<String> autoAttack(Norm norm) {
        return AutoAttack.standard(norm).stream().map(Attack::name).toList();
    }

    /**
     * Returns the name in the text of an attack, known or not.
     *
     * @param text the text, such as {@code pgd:steps=100}
     * @return the name, such as {@code pgd}
     */
    public static String nameIn(String text) {
        int colon = text.indexOf(':');
        return (colon < 0 ? text : text.substring(0, colon)).strip();
    }

    /**
     * Returns the options in the text of an attack, known or not.
     *
     * @param text the text, such as {@code pgd:steps=100}
     * @return the values by the option's name; empty without a colon
     * @throws GauntletException if an option has no value or is named twice
     */
    public static Map<String, String> optionsIn(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            return Map.of();
        }
        Map<String, String> changes = new TreeMap<>();
        for (String option : text.substring(colon + 1).split(",", -1)) {
            int equals = option.indexOf('=');
            if (equals < 0) {
                throw new GauntletException(
                        "Option '%s' of attack %s has no value; write, for example, pgd:steps=100,restarts=5."
                                .formatted(option, text.substring(0, colon)));
            }
            String name = option.substring(0, equals).strip();
            if (changes.put(name, option.substring(equals + 1).strip()) != null) {
                throw new GauntletException("Attack '%s' sets option %s twice.".formatted(text, name));
            }
        }
        return changes;
    }

    private static Registry registry() {
        Registry known = registry;
        if (known == null || known.loader() != loader()) {
            known = Registry.load();
            registry = known;
        }
        return known;
    }

    /** Returns what finds the attacks of others; a program that loads plug-ins has several. */
    private static ClassLoader loader() {
        return Thread.currentThread().getContextClassLoader();
    }

    /**
     * The attacks of this library and those of others on the class path.
     *
     * @param loader what found the attacks of others
     * @param all every attack
     * @param blackBox those that need only outputs
     */
    private record Registry(
            ClassLoader loader,
            List<Attack<? super DifferentiableClassifier>> all,
            List<Attack<Classifier>> blackBox,
            Choices<Attack<? super DifferentiableClassifier>> allByName,
            Choices<Attack<Classifier>> blackBoxByName,
            Choices<String> names) {
        static Registry load() {
            List<Attack<? super DifferentiableClassifier>> all = new ArrayList<>(WHITE_BOX);
            all.addAll(BLACK_BOX);
            List<Attack<Classifier>> blackBox = new ArrayList<>(BLACK_BOX);
            Set<String> names = all.stream().map(Attack::name).collect(Collectors.toCollection(LinkedHashSet::new));
            names.add(AutoAttack.NAME);
            for (Attack<?> other : Implementations.of(Attack.class, "An attack")) {
                if (!NAME.matcher(other.name()).matches()) {
                    throw new GauntletException(
                            "The attack %s is called '%s', but a name consists of lower-case letters, digits and hyphens; rename it."
                                    .formatted(other.getClass().getName(), other.name()));
                }
                if (!names.add(other.name())) {
                    throw new GauntletException("The attack %s is called %s, as another attack is; rename it."
                            .formatted(other.getClass().getName(), other.name()));
                }
                Options.requireRecordable(other);
                add(other, all, blackBox);
            }
            return new Registry(
                    Attacks.loader(),
                    List.copyOf(all),
                    List.copyOf(blackBox),
                    Choices.of("attack", all, Attack::name),
                    Choices.of("attack", blackBox, Attack::name),
                    Choices.of("attack", List.copyOf(names), Function.identity()));
        }

        @SuppressWarnings("unchecked") // the class of the attack says what it needs
        private static void add(
                Attack<?> other,
                List<Attack<? super DifferentiableClassifier>> all,
                List<Attack<Classifier>> blackBox) {
            if (!other.modelType().isAssignableFrom(DifferentiableClassifier.class)) {
                throw new GauntletException("The attack %s needs a %s, but a model here is at most a %s."
                        .formatted(
                                other.name(),
                                other.modelType().getSimpleName(),
                                DifferentiableClassifier.class.getSimpleName()));
            }
            all.add((Attack<? super DifferentiableClassifier>) other);
            if (other.modelType() == Classifier.class) {
                blackBox.add((Attack<Classifier>) other);
            }
        }
    }
}
