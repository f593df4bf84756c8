package dev.gauntlet.torch.objective;

import dev.gauntlet.Choices;
import java.util.List;
import java.util.Locale;

/** How the learning rate changes in the course of a training. */
public enum LearningRateSchedule {
    /** Always the same. */
    CONSTANT {
        @Override
        public double factor(double progress) {
            return 1;
        }
    },
    /** Linearly from 0 to the full rate at two fifths of the training, and back to 0, as in Wong et al. 2020. */
    TRIANGLE {
        @Override
        public double factor(double progress) {
            return progress < PEAK ? progress / PEAK : (1 - progress) / (1 - PEAK);
        }
    },
    /** From the full rate to 0 along half a wave of the cosine, as in Loshchilov and Hutter 2017. */
    COSINE {
        @Override
        public double factor(double progress) {
            return (1 + Math.cos(Math.PI * progress)) / 2;
        }
    };

    private static final double PEAK = 0.4;

    private static final Choices<LearningRateSchedule> CHOICES =
            Choices.of("schedule", List.of(values()), LearningRateSchedule::id);

    /**
     * Finds a schedule by its name.
     *
     * @param name the name, such as {@code triangle}
     * @return the schedule
     * @throws dev.gauntlet.GauntletException if the name is unknown; the message suggests the nearest name
     */
    public static LearningRateSchedule parse(String name) {
        return CHOICES.parse(name.strip());
    }

    /**
     * Returns the share of the full learning rate after a share of the training.
     *
     * @param progress the share of the training, from 0 to 1
     * @return the factor, from 0 to 1
     */
    public abstract double factor(double progress);

    /**
     * Returns the name used on the command line.
     *
     * @return the name
     */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
