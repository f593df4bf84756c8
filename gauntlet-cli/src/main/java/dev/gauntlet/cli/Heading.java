package dev.gauntlet.cli;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Under which heading the help shows an option, or all options of a class. */
@Target({ElementType.TYPE, ElementType.FIELD})
@Retention(RetentionPolicy.RUNTIME)
@interface Heading {
    Topic value();

    /** The headings in the order of the help. */
    enum Topic {
        MODEL("Model options"),
        DATA("Data options"),
        TRAINING("Training options"),
        ATTACK("Attack options"),
        LIMIT("Limit options"),
        REQUIREMENT("Requirement options"),
        OUTPUT("Output options"),
        GENERAL("Other options");

        private final String title;

        Topic(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }
}
