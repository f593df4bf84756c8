package dev.gauntlet.diagnose;

import java.util.Locale;

/** How far the result of an evaluation can be trusted. */
public enum Trust {
    /** No warning sign was found, and enough was examined. */
    TRUSTWORTHY("No warning sign was found."),
    /** No warning sign was found, but too little was examined to rely on the number. */
    LIMITED("No warning sign was found, but too little was examined to rely on the number."),
    /** The model may be less robust than the number says. */
    SUSPECT("The model may be less robust than the number says."),
    /** The number says nothing about the model. */
    INVALID("The number says nothing about the model.");

    private final String meaning;

    Trust(String meaning) {
        this.meaning = meaning;
    }

    /**
     * Returns the meaning, as a sentence.
     *
     * @return the sentence
     */
    public String meaning() {
        return meaning;
    }

    /**
     * Returns the name used in records and on the command line.
     *
     * @return the name, such as {@code suspect}
     */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
