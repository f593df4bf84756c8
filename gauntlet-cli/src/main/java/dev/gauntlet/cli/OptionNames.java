package dev.gauntlet.cli;

import static java.util.Map.entry;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Setting;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** By which options a user of the command line says what a plan says by keys, and what the libraries call settings. */
final class OptionNames {
    private static final Map<String, String> OPTIONS = Map.ofEntries(
            entry("model.network", "--network"),
            entry("model.input-max", "--input-max"),
            entry("model.mean", "--mean"),
            entry("model.std", "--std"),
            entry("model.layout", "--layout"),
            entry("model.logits", "--logits"),
            entry("model.request", "--request"),
            entry("model.response", "--response"),
            entry("model.headers", "--header"),
            entry("model.timeout", "--timeout"),
            entry("model.retries", "--retries"),
            entry("model.rate", "--rate"),
            entry("model.query-budget", "--query-budget"),
            entry("model.send", "--send"),
            entry("data.name", "--dataset"),
            entry("data.folder", "--data-dir"),
            entry("data.path", "--data"),
            entry("data.labels", "--labels"),
            entry("data.classes", "--classes"),
            entry("data.label-column", "--label-column"),
            entry("data.strict", "--strict"),
            entry("data.layout", "--data-layout"),
            entry("data.image-shape", "--image-shape"),
            entry("data.resize", "--resize"),
            entry("data.crop", "--crop"),
            entry("data.channels", "--channels"),
            entry("sample.examples", "--examples"),
            entry("sample.seed", "--seed"),
            entry("threat.norm", "--norm"),
            entry("threat.epsilons", "--epsilon"),
            entry("threat.target", "--target"),
            entry("attack.list", "--attack"),
            entry("attack.suite", "--suite"),
            entry("attack.black-box", "--black-box"),
            entry("certify.when", "--certify"),
            entry("certify.method", "--certify-method"),
            entry("diagnostics.effort", "--diagnostics"),
            entry("diagnostics.tolerance", "--overstatement-tolerance"),
            entry("limit.time", "--time-limit"),
            entry("limit.gradients", "--gradient-limit"),
            entry("limit.decide", "--decide"),
            entry("run.shard-size", "--shard-size"),
            entry("run.workers", "--workers"),
            entry("gate.dataset", "--dataset"),
            entry("gate.at", "--at"),
            entry("gate.min-robust-accuracy", "--min-robust-accuracy"),
            entry("gate.per-class-min", "--per-class-min"),
            entry("gate.min-certified-accuracy", "--min-certified-accuracy"),
            entry("gate.baseline", "--baseline"),
            entry("gate.no-worse-than", "--no-worse-than"),
            entry("gate.max-overstatement", "--max-overstatement"),
            entry("gate.forbid", "--forbid"));

    private OptionNames() {}

    /** Returns the option for a key of a plan, if there is one. */
    static Optional<String> option(String key) {
        return Optional.ofNullable(OPTIONS.get(key));
    }

    /** Returns the key of a plan for a setting, if there is one. */
    static Optional<String> key(Setting setting) {
        return switch (setting) {
            case NETWORK -> Optional.of("model.network");
            case INPUT_MAX -> Optional.of("model.input-max");
            case MEAN -> Optional.of("model.mean");
            case STD -> Optional.of("model.std");
            case INPUT_LAYOUT -> Optional.of("model.layout");
            case LOGITS -> Optional.of("model.logits");
            case ACCESS -> Optional.of("attack.black-box");
            case ATTACK -> Optional.of("attack.list");
            case SUITE -> Optional.of("attack.suite");
            case CERTIFY -> Optional.of("certify.when");
            case TARGET -> Optional.of("threat.target");
            case DATA -> Optional.of("data.path");
            case DATASET -> Optional.of("data.name");
            case DATA_FOLDER -> Optional.of("data.folder");
            case LABELS -> Optional.of("data.labels");
            case LABEL_COLUMN -> Optional.of("data.label-column");
            case CLASSES -> Optional.of("data.classes");
            case DATA_LAYOUT -> Optional.of("data.layout");
            case IMAGE_SHAPE -> Optional.of("data.image-shape");
            case RESIZE -> Optional.of("data.resize");
            case CROP -> Optional.of("data.crop");
            case CHANNELS -> Optional.of("data.channels");
            case STRICT -> Optional.of("data.strict");
            case OVERWRITE -> Optional.empty();
        };
    }

    /**
     * Returns the message of an error with the options of what it is about, and with the keys of a plan that says it.
     *
     * @param said the keys of the plan; empty if there is none
     */
    static String explained(GauntletException e, Set<String> said) {
        return explained(String.valueOf(e.getMessage()), e.settings(), said);
    }

    /** Returns a sentence with the options of what it is about. */
    static String explained(String sentence, List<Setting> settings) {
        return explained(sentence, settings, Set.of());
    }

    private static String explained(String sentence, List<Setting> settings, Set<String> said) {
        StringBuilder message = new StringBuilder(sentence);
        List<String> keys = settings.stream()
                .flatMap(setting -> key(setting).filter(said::contains).stream())
                .toList();
        List<String> options = settings.stream()
                .filter(setting -> key(setting).filter(said::contains).isEmpty())
                .map(OptionNames::name)
                .toList();
        if (!keys.isEmpty()) {
            message.append(keys.size() == 1 ? " The key of the plan is " : " The keys of the plan are ")
                    .append(String.join(" and ", keys))
                    .append('.');
        }
        if (!options.isEmpty()) {
            message.append(options.size() == 1 ? " The option is " : " The options are ")
                    .append(String.join(" and ", options))
                    .append('.');
        }
        return message.toString();
    }

    private static String name(Setting setting) {
        return key(setting).flatMap(OptionNames::option).orElse("--force");
    }
}
