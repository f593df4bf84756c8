package dev.gauntlet.report;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.evaluate.Completion;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.request.Execution;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes the command that repeats a run, where the command line can express it.
 *
 * <p>Example: {@code RepeatCommand.words(report)} begins with {@code gauntlet}, {@code evaluate} and the file of the model.
 */
public final class RepeatCommand {
    /** The size of the parts of every data set that the command line knows. */
    private static final int TRAINING_EXAMPLES = 60_000;

    private static final int TEST_EXAMPLES = 10_000;

    /** What the command line calls networks; any other name is the user's own. */
    private static final Pattern NETWORK_NAME = Pattern.compile("mlp|lenet|madry|mlp:\\d+(-\\d+)+");

    private static final String TORCH_SCRIPT = "TorchScript";

    private static final String ONNX = "ONNX ";

    private static final Pattern SAFE_IN_A_SHELL = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

    private RepeatCommand() {}

    /** Returns the command for a POSIX shell, or nothing if the run was not one of the command line. */
    static Optional<String> of(RobustnessReport report) {
        return words(report).map(RepeatCommand::line);
    }

    /**
     * Returns the command word by word.
     *
     * @param report the record of the run
     * @return the words, as a program gets them, or nothing if the run was not one of the command line
     */
    public static Optional<List<String>> words(RobustnessReport report) {
        boolean expressible = Arrays.stream(NamedDataset.values())
                        .anyMatch(dataset -> dataset.id().equals(report.data().name()))
                && report.data().split().equals("test")
                && report.plan().population() == TEST_EXAMPLES;
        Optional<List<String>> attack = expressible ? attack(report) : Optional.empty();
        ModelCard model = report.model();
        return attack.flatMap(words -> model.location().isPresent()
                ? evaluation(report, model.location().get(), words)
                : model.training().flatMap(training -> demo(report, training, words)));
    }

    private static Optional<List<String>> evaluation(RobustnessReport report, String location, List<String> attack) {
        // what was posted to an address, and with which key, is not in the record
        if (!location.equals(Formats.plain(location)) || location.matches("https?://.*")) {
            return Optional.empty();
        }
        // a name that starts with a hyphen would be taken for an option
        String file = location.startsWith("-") ? "./" + location : location;
        ModelCard model = report.model();
        // weights that were trained here say themselves what network they belong to
        // whatever its file is called
        boolean weightsAlone = !model.architecture().equals(TORCH_SCRIPT)
                && !model.architecture().startsWith(ONNX);
        boolean foreign = weightsAlone && model.training().isEmpty();
        List<String> words = new ArrayList<>(List.of("gauntlet", "evaluate", file));
        if (foreign) {
            words.addAll(List.of("--network", network(model)));
        }
        words.addAll(contract(model.contract()));
        words.addAll(attack);
        return Optional.of(words);
    }

    /** Returns the options that say what the model is given. */
    private static List<String> contract(InputSpec contract) {
        List<String> words = new ArrayList<>();
        if (contract.inputMax() != 1) {
            words.addAll(List.of("--input-max", number(contract.inputMax())));
        }
        if (!contract.mean().isEmpty()) {
            words.addAll(List.of("--mean", numbers(contract.mean())));
        }
        if (!contract.std().isEmpty()) {
            words.addAll(List.of("--std", numbers(contract.std())));
        }
        contract.layout()
                .ifPresent(
                        layout -> words.addAll(List.of("--layout", layout.name().toLowerCase(Locale.ROOT))));
        contract.logits().ifPresent(output -> words.addAll(List.of("--logits", output)));
        return words;
    }

    private static String numbers(List<Double> values) {
        return values.stream().map(RepeatCommand::number).collect(Collectors.joining(","));
    }

    private static Optional<List<String>> demo(RobustnessReport report, TrainingHistory training, List<String> attack) {
        boolean expressible = training.data().name().equals(report.data().name())
                && training.data().split().equals("train")
                && training.epochs().stream().allMatch(epoch -> epoch.trainingExamples() == TRAINING_EXAMPLES)
                && !training.epochs().isEmpty()
                && training.seed() == report.plan().seed();
        if (!expressible) {
            return Optional.empty();
        }
        List<String> words = new ArrayList<>(List.of("gauntlet", "demo", "--network", network(report.model())));
        words.addAll(List.of("--epochs", Integer.toString(training.epochs().size())));
        words.addAll(List.of("--batch", Integer.toString(training.batchSize())));
        words.addAll(List.of("--learning-rate", number(training.learningRate())));
        words.addAll(attack);
        return Optional.of(words);
    }

    /** Returns an attack with its options, as the command line and the library read it. */
    static String written(RobustnessReport.AttackRecord attack) {
        String options = attack.options().entrySet().stream()
                .map(option -> option.getKey() + "=" + option.getValue())
                .collect(Collectors.joining(","));
        return options.isEmpty() ? attack.name() : attack.name() + ":" + options;
    }

    /** Returns the options that say what was tried; empty if the command line cannot say it. */
    private static Optional<List<String>> attack(RobustnessReport report) {
        List<String> words = new ArrayList<>(List.of("--dataset", report.data().name()));
        if (report.plan().name().equals(AutoAttack.NAME)) {
            words.addAll(List.of("--attack", AutoAttack.NAME));
        } else {
            for (RobustnessReport.AttackRecord attack : report.attacks()) {
                if (!isKnown(attack)) {
                    return Optional.empty();
                }
                words.addAll(List.of("--attack", written(attack)));
            }
        }
        if (!report.plan().norm().equals(Norm.LINF.id())) {
            words.addAll(List.of("--norm", report.plan().norm()));
        }
        if (Criterion.parse(report.plan().criterion(), report.classes().size()) instanceof Targeted targeted) {
            int first = targeted.targetOfClass().get(0);
            int classes = report.classes().size();
            if (targeted.equals(Targeted.at(first, classes))) {
                words.addAll(List.of("--target", Integer.toString(first)));
            } else if (targeted.equals(Targeted.next(classes))) {
                words.addAll(List.of("--target", "next"));
            } else {
                return Optional.empty();
            }
        }
        if (report.plan().blackBox()) {
            words.add("--black-box");
        }
        words.add("--epsilon");
        words.add(report.results().stream()
                .map(result -> number(result.epsilon()))
                .collect(Collectors.joining(",")));
        Completion ending = report.ending();
        if (ending.planned() < report.plan().population()) {
            words.addAll(List.of("--examples", Integer.toString(ending.planned())));
        }
        ending.question()
                .ifPresent(question -> words.addAll(
                        List.of("--decide", number(question.epsilon()) + "=" + number(question.accuracy()))));
        if (ending.reason() == Completion.Reason.TIME_LIMIT || ending.reason() == Completion.Reason.GRADIENT_LIMIT) {
            // whatever ended it then, this ends it at the same place
            long backwards = report.attacks().stream()
                    .mapToLong(RobustnessReport.AttackRecord::backwards)
                    .sum();
            if (backwards == 0) {
                return Optional.empty();
            }
            words.addAll(List.of("--gradient-limit", Long.toString(backwards)));
        }
        if (report.plan().shardSize() != Execution.AUTOMATIC.shardSize(report.shape())) {
            words.addAll(List.of("--shard-size", Integer.toString(report.plan().shardSize())));
        }
        words.addAll(List.of("--seed", Long.toString(report.plan().seed())));
        return Optional.of(words);
    }

    /** Tells whether the command line reads this very attack; it does not know those of other people. */
    private static boolean isKnown(RobustnessReport.AttackRecord attack) {
        try {
            Attack<?> read = Attacks.parse(written(attack));
            return read.name().equals(attack.name()) && read.options().equals(attack.options());
        } catch (GauntletException e) {
            return false;
        }
    }

    private static String network(ModelCard model) {
        return NETWORK_NAME.matcher(model.name()).matches() ? model.name() : model.architecture();
    }

    /** Returns the shortest text that is read as this very number. */
    private static String number(double value) {
        String text = Double.toString(value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }

    private static String line(List<String> words) {
        return words.stream().map(RepeatCommand::quoted).collect(Collectors.joining(" "));
    }

    /** Quotes a word for a POSIX shell. */
    private static String quoted(String word) {
        return SAFE_IN_A_SHELL.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
