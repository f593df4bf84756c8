package dev.gauntlet.diagnose;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * The warning signs that an evaluation measures, each with its meaning and a remedy.
 *
 * <p>If the papers give no threshold, it is ours; {@link #source()} says so.
 */
public enum WarningSign {
    /** Two passes over the same images differ. */
    NONDETERMINISTIC(
            Trust.INVALID,
            Threshold.NONE,
            "Two passes over the same images differ",
            "The model is randomized: an attack is guided by other outputs than those that judge it, and accuracies are not reproducible.",
            "Switch off dropout and other randomness (evaluation mode); if the randomness is the defence, evaluate the mean of many draws (ExpectationOverTransformations, as in AutoAttack's rand).",
            "Athalye et al. 2018, section 3; threshold: any difference."),
    /** The outputs for an image depend on the other images of its batch. */
    BATCH_DEPENDENT(
            Trust.INVALID,
            Threshold.share(0.01),
            "The outputs for an image depend on the other images of its batch",
            "The model normalizes with batch statistics (batch norm in training mode), so the result for an adversarial image depends on the rest of its batch.",
            "Switch the model to evaluation mode, so that batch norm uses the statistics of the training.",
            "Carlini et al. 2019, section 3; threshold ours: {} of the spread of the logits."),
    /** The model is hardly better than guessing. */
    AT_CHANCE(
            Trust.INVALID,
            Threshold.share(0.05),
            "The model is hardly better than guessing",
            "The accuracy under attack is meaningless for a model that does not classify clean images. Common causes are preprocessing that differs from the training and classes in another order.",
            "Check the scale of the pixels (0 to 1 or 0 to 255), the normalization, the order of pixels and channels, the order of the classes, and that the weights belong to this model ('gauntlet inspect' tries the common mistakes).",
            "Threshold ours: the lower end of the interval (Wilson 95 %) of the clean accuracy is at most {} of the way from guessing to perfect; guessing knows how often each class occurs and is predicted."),
    /** The model is far more accurate with other preprocessing. */
    FED_WRONGLY(
            Trust.SUSPECT,
            Threshold.NONE,
            "The preprocessing seems to differ from that of the training",
            "With another scale, normalization or order, the same model is far more accurate; the accuracy under attack is that of a model that nobody uses.",
            "Use the preprocessing of the training, and evaluate again.",
            "Threshold ours: 10 points more clean accuracy with another common scale, normalization or order of pixels, or 25 with another order of the classes."),
    /** The outputs are probabilities. */
    PROBABILITIES(
            Trust.SUSPECT,
            Threshold.number(0.001),
            "The outputs are probabilities, not logits",
            "The loss applies a second softmax; its gradient vanishes where the model is confident, and attacks stop too early.",
            "Remove the softmax at the end of the model, so that it returns logits.",
            "Carlini and Wagner 2017; threshold: rows of numbers in [0,1] that sum to 1 within {}."),
    /** Gradients are zero. */
    ZERO_GRADIENTS(
            Trust.SUSPECT,
            Threshold.share(0.05),
            "The gradient is zero",
            "Where the gradient is 0 in every pixel, a gradient-based attack does not move, and the image counts as robust.",
            "Attack with a margin loss (loss=dlr or loss=margin), undo saturation or quantization (StraightThrough), and add an attack without gradients (square).",
            "Pintor et al. 2022, 'unavailable gradients'; threshold ours: {} of the images."),
    /** The gradient is not the slope. */
    WRONG_GRADIENT(
            Trust.SUSPECT,
            Threshold.number(0.5),
            "The gradient is not the slope of the model",
            "The loss does not change as the gradient predicts, even for a tiny step; the gradient is shattered or belongs to another function.",
            "Replace the step that breaks the gradient by a smooth one in the backward pass (StraightThrough), average over noise, and add an attack without gradients (square, hop-skip-jump).",
            "Athalye et al. 2018, 'shattered gradients'; threshold ours: a relative error of {} for half of the images."),
    /** The loss does not move along the gradient. */
    FLAT_LOSS(
            Trust.SUSPECT,
            Threshold.share(0.05),
            "The loss does not move along the gradient",
            "The loss stays constant up to the whole budget, so the attack has no direction to follow.",
            "Attack with a loss that does not saturate (loss=dlr or loss=margin) and add an attack without gradients (square).",
            "Pintor et al. 2022, 'incremental path'; threshold ours: {} of the images."),
    /** The loss explodes along the gradient. */
    EXPLODING_LOSS(
            Trust.SUSPECT,
            Threshold.share(0.05),
            "The loss explodes along the gradient",
            "Very large logits lead to probabilities of exactly 0 and 1, and to gradients that are lost in rounding.",
            "Divide the logits by a constant before the loss, or attack with a loss that does not depend on their scale (loss=dlr).",
            "Carlini et al. 2019, section 4; threshold ours: a cross-entropy above 10,000 for {} of the images."),
    /** A single step succeeds more often than many steps. */
    SINGLE_STEP_WINS(
            Trust.SUSPECT,
            Threshold.share(0.01),
            "A single step succeeds more often than many steps",
            "Many small steps can do what one large step does; if they succeed less often, the gradient is misleading.",
            "Use more and smaller steps, average the gradient over noise, and add an attack without gradients (square).",
            "Athalye et al. 2018, section 3.1, 'one-step attacks perform better'; threshold: one-sided exact McNemar test at {}."),
    /** An attack without gradients succeeds where gradient-based attacks failed. */
    BLACK_BOX_WINS(
            Trust.SUSPECT,
            Threshold.share(0.02),
            "An attack without gradients succeeds where gradient-based attacks failed",
            "Gradient-based attacks have more information; if they do not succeed more often, the gradient is masked.",
            "Find the step that masks the gradient and bypass it (StraightThrough, ExpectationOverTransformations); until then keep an attack without gradients in the plan.",
            "Athalye et al. 2018, section 3.1, 'black-box attacks are better'; threshold ours: clearly (Wilson 95 %) above {} of the robust images."),
    /** Examples transferred from a smoothed model succeed more often than those of the model. */
    TRANSFER_WINS(
            Trust.SUSPECT,
            Threshold.share(0.01),
            "Examples transferred from a smoothed copy succeed more often than direct attacks",
            "The mean gradient over noise is a better guide than the gradient itself: the loss surface is rugged.",
            "Attack the mean over noise (ExpectationOverTransformations) or with larger finite differences (spsa).",
            "Athalye et al. 2018, section 3.1, Tramer et al. 2020, section 5; threshold: one-sided exact McNemar test at {}."),
    /** A larger budget has fewer successes. */
    LESS_WITH_MORE(
            Trust.SUSPECT,
            Threshold.share(0.01),
            "A larger budget has fewer successes",
            "An adversarial example within a small budget is also within every larger one; an attack that misses it has not converged.",
            "Use more steps or restarts, or an attack that adapts its step size (apgd).",
            "Athalye et al. 2018, section 3.1, and Carlini et al. 2019, section 5; threshold ours: {} of the images."),
    /** An unlimited budget does not reduce the accuracy to chance. */
    ROBUST_TO_ANYTHING(
            Trust.SUSPECT,
            Threshold.NONE,
            "An unlimited budget does not reduce the accuracy to chance",
            "No model is robust at an unlimited budget; images that remain robust show that the attack fails.",
            "Attack without gradients (square, hop-skip-jump) and with another loss (loss=dlr), and look for the step that masks the gradient.",
            "Athalye et al. 2018, section 3.1, 'unbounded attacks do not reach 100 % success'; threshold: the accuracy of guessing."),
    /** Only single-step and noise attacks were run. */
    ONLY_BASELINES(
            Trust.SUSPECT,
            Threshold.NONE,
            "Only baseline attacks were run",
            "A single step, or noise, finds only easy adversarial examples; images on which it fails say little.",
            "Add an iterative attack (pgd), or use a stronger suite (standard).",
            "Carlini et al. 2019, section 5, 'use a strong attack'; threshold: one attack that is not a baseline."),
    /** A stronger attack succeeds where the attacks failed. */
    NOT_CONVERGED(
            Trust.SUSPECT,
            Threshold.share(0.005),
            "Stronger attacks succeed where the attacks failed",
            "The attacks stopped too early, in a poor local optimum, or were misled: the robust accuracy is overstated.",
            "Use a stronger suite (standard) or AutoAttack.",
            "Carlini et al. 2019, section 5, 'verify that attacks have converged'; threshold ours: stronger attacks would certainly (95 %) lower the robust accuracy by more than {} of all images, unless another tolerance is set."),
    /** Successes are lost when rounded to 8 bits. */
    LOST_BY_ROUNDING(
            Trust.SUSPECT,
            Threshold.share(0.1),
            "Successes are lost when the image is saved with 8 bits",
            "Image files have 256 levels; smaller changes are lost when the image is saved. The model may be MORE robust to saved images than the number says.",
            "For images from files, use the accuracy after rounding.",
            "Carlini and Wagner 2017, section V, 'discretization'; threshold ours: clearly (Wilson 95 %) above {} of the successes."),
    /** The attacks miss a known adversarial example. */
    PLANTED_MISSED(
            Trust.SUSPECT,
            Threshold.share(0.95),
            "The attacks miss a known adversarial example",
            "The probe adds a last layer for which an adversarial example within the budget is known by construction; attacks that miss it also miss real ones.",
            "Use a stronger attack, or one adapted to the model; an attack that misses planted examples does not show robustness.",
            "Zimmermann et al. 2022, 'Increasing Confidence in Adversarial Robustness Evaluations'; threshold as there: {} found."),
    /** The attacks made few steps. */
    FIRST_LOOK(
            Trust.LIMITED,
            Threshold.number(100),
            "The attacks are a first look",
            "Attacks with few steps miss what longer ones find; the model may be weak even if they fail.",
            "Use a stronger suite (standard) or AutoAttack.",
            "Carlini et al. 2019, section 5, 'use a strong attack'; threshold ours: {} gradients or 1,000 queries per image and budget, over all iterative attacks."),
    /** A stronger attack might break more than is known. */
    UNSETTLED(
            Trust.LIMITED,
            Threshold.share(0.02),
            "What stronger attacks would still break is not settled",
            "Too few robust images were probed with stronger attacks to rule out that the robust accuracy is overstated.",
            "Use a stronger suite (standard), AutoAttack, or the full diagnostics.",
            "Threshold ours: stronger attacks might (95 %) lower the robust accuracy by {} of all images or more."),
    /** Few examples were attacked. */
    FEW_EXAMPLES(
            Trust.LIMITED,
            Threshold.number(50),
            "Few examples were attacked",
            "The interval is wide, and the sample may miss a weakness that affects few images.",
            "Attack more examples.",
            "Threshold ours: {} images that are classified correctly when clean, the number that the probes use."),
    /** Not all attacks were run. */
    ENDED_EARLY(
            Trust.LIMITED,
            Threshold.NONE,
            "The run ended before all attacks finished",
            "The unfinished attacks might have succeeded on more images; the accuracy is an upper bound for that of the whole plan.",
            "Raise the limit, attack fewer examples, or continue the run with a journal.",
            "Threshold: any attack of the plan."),
    /** Most signs of a failed attack could not be measured. */
    MOSTLY_UNMEASURED(
            Trust.LIMITED,
            Threshold.NONE,
            "Most signs of a failed attack could not be measured",
            "Failed attacks show mostly in gradients and in comparisons of attacks; without these, a failure may go unnoticed.",
            "Raise the time limit if it ended the run, use gradients if the model has them, and a budget above 0; black-box evaluations stay LIMITED.",
            "Threshold ours: half of the signs of a failed attack.");

    private final Trust severity;

    @SuppressWarnings("ImmutableEnumChecker") // is immutable
    private final Threshold threshold;

    private final String title;
    private final String explanation;
    private final String remedy;
    private final String source;

    WarningSign(Trust severity, Threshold threshold, String title, String explanation, String remedy, String source) {
        this.severity = severity;
        this.threshold = threshold;
        this.title = title;
        this.explanation = explanation;
        this.remedy = remedy;
        this.source = source.replace(Threshold.PLACE, threshold.text());
    }

    /**
     * Returns the trust level of an evaluation in which this sign is raised.
     *
     * @return limited, suspect or invalid
     */
    public Trust severity() {
        return severity;
    }

    /**
     * Returns the threshold beyond which the sign is raised.
     *
     * @return the threshold, as {@link #source()} states it and {@link Diagnostic#threshold()} records it: a share between 0
     *     and 1, or a number
     * @throws java.util.NoSuchElementException if it is not a constant, but depends on the data or is any occurrence
     */
    public double threshold() {
        return threshold.value().orElseThrow();
    }

    /** Returns the threshold as texts write it. */
    String writtenThreshold() {
        return threshold.text();
    }

    /**
     * Tells whether this is a sign of a failed attack, which only probes and comparisons of attacks show.
     *
     * @return whether it is
     */
    public boolean isOfFailedAttack() {
        return switch (this) {
            case ZERO_GRADIENTS,
                    WRONG_GRADIENT,
                    FLAT_LOSS,
                    EXPLODING_LOSS,
                    SINGLE_STEP_WINS,
                    BLACK_BOX_WINS,
                    TRANSFER_WINS,
                    LESS_WITH_MORE,
                    ROBUST_TO_ANYTHING,
                    NOT_CONVERGED,
                    PLANTED_MISSED -> true;
            default -> false;
        };
    }

    /**
     * Returns the title of the sign.
     *
     * @return a sentence without full stop
     */
    public String title() {
        return title;
    }

    /**
     * Returns the meaning of the sign.
     *
     * @return full sentences
     */
    public String explanation() {
        return explanation;
    }

    /**
     * Returns the remedy.
     *
     * @return full sentences
     */
    public String remedy() {
        return remedy;
    }

    /**
     * Returns the paper that describes the sign, and the origin of its threshold.
     *
     * @return paper and threshold
     */
    public String source() {
        return source;
    }

    /**
     * Returns the name used in records.
     *
     * @return the name, such as {@code zero-gradients}
     */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** A number and how texts write it. */
    private record Threshold(OptionalDouble value, String text) {
        /** Stands for the number in a text. */
        private static final String PLACE = "{}";

        private static final Threshold NONE = new Threshold(OptionalDouble.empty(), "");

        static Threshold share(double share) {
            return new Threshold(
                    OptionalDouble.of(share),
                    BigDecimal.valueOf(share)
                                    .movePointRight(2)
                                    .stripTrailingZeros()
                                    .toPlainString() + " %");
        }

        static Threshold number(double number) {
            return new Threshold(
                    OptionalDouble.of(number),
                    BigDecimal.valueOf(number).stripTrailingZeros().toPlainString());
        }
    }
}
