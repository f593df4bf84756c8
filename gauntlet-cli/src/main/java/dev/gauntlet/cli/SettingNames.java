package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Setting;
import java.util.stream.Collectors;

/** The options by which a user of the command line gives the settings that the libraries speak of. */
final class SettingNames {
    private SettingNames() {}

    /** Returns the option of a setting. */
    static String option(Setting setting) {
        return switch (setting) {
            case NETWORK -> "--network";
            case INPUT_MAX -> "--input-max";
            case MEAN -> "--mean";
            case STD -> "--std";
            case INPUT_LAYOUT -> "--layout";
            case LOGITS -> "--logits";
            case ACCESS -> "--black-box";
            case ATTACK -> "--attack";
            case DATASET -> "--dataset";
            case DATA_FOLDER -> "--data-dir";
            case LABELS -> "--labels";
            case LABEL_COLUMN -> "--label-column";
            case CLASSES -> "--classes";
            case DATA_LAYOUT -> "--data-layout";
            case IMAGE_SHAPE -> "--image-shape";
            case RESIZE -> "--resize";
            case CROP -> "--crop";
            case CHANNELS -> "--channels";
            case STRICT -> "--strict";
            case OVERWRITE -> "--force";
        };
    }

    /** Returns the message of an error with the options of what it is about. */
    static String explained(GauntletException e) {
        String message = String.valueOf(e.getMessage());
        if (e.settings().isEmpty()) {
            return message;
        }
        String options = e.settings().stream().map(SettingNames::option).collect(Collectors.joining(" and "));
        return "%s %s %s.".formatted(message, e.settings().size() == 1 ? "The option is" : "The options are", options);
    }
}
