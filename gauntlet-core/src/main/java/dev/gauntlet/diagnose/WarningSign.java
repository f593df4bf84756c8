package dev.gauntlet.diagnose;

import java.util.Locale;

/**
 * The signs that an evaluation looks for, each with what it means and what to do about it.
 *
 * <p>Where the papers name a sign but no number, the threshold is ours; {@link #source()} says which.
 */
public enum WarningSign {
    /** Two passes over the same images differ. */
    NONDETERMINISTIC(
            Trust.INVALID,
            "Two passes over the same images differ",
            "The model is randomized, so an attack is judged by other outputs than it was guided by, and accuracies are not reproducible.",
            "Switch off dropout and other randomness (evaluation mode); if the randomness is the defence, evaluate the mean of many draws (ExpectationOverTransformations, as in AutoAttack's rand).",
            "Athalye et al. 2018, section 3; threshold: any difference."),
    /** The outputs for an image depend on the other images of its batch. */
    BATCH_DEPENDENT(
            Trust.INVALID,
            "The outputs for an image depend on the other images of its batch",
            "The model normalizes with batch statistics (batch norm in training mode), so the result for an adversarial image depends on the rest of its batch.",
            "Switch the model to evaluation mode, so that batch norm uses the statistics of the training.",
            "Carlini et al. 2019, section 3; threshold ours: 1 % of the spread of the logits."),
    /** The model is hardly better than guessing. */
    AT_CHANCE(
            Trust.INVALID,
            "The model is hardly better than guessing",
            "The accuracy under attack is meaningless for a model that does not classify clean images. The common causes are preprocessing that differs from the training, and classes in another order.",
            "Check the scale of the pixels (0 to 1 or 0 to 255), the normalization, the order of pixels and channels, the order of the classes, and that the weights are those of this model ('gauntlet inspect' tries the common mistakes).",
            "Threshold ours: the lower end of the interval (Wilson 95 %) of the clean accuracy is at most 5 % of the way from guessing to perfect; guessing knows how often each class occurs and is predicted."),
    /** The model is right far more often when it is given the images in another way. */
    FED_WRONGLY(
            Trust.SUSPECT,
            "The preprocessing seems to differ from that of the training",
            "With another scale, normalization or order, the same model is far more accurate; the accuracy under attack is that of a model that nobody uses.",
            "Use the preprocessing of the training, and evaluate again.",
            "Threshold ours: 10 points more clean accuracy with another common scale, normalization or order of pixels, or 25 with another order of the classes."),
    /** The outputs are probabilities. */
    PROBABILITIES(
            Trust.SUSPECT,
            "The outputs are probabilities, not logits",
            "The loss applies a second softmax; its gradient vanishes where the model is confident, and attacks stop too early.",
            "Remove the softmax at the end of the model, so that it returns logits.",
            "Carlini and Wagner 2017; threshold: rows of numbers in [0,1] that sum to 1 within 0.001."),
    /** Gradients are zero. */
    ZERO_GRADIENTS(
            Trust.SUSPECT,
            "The gradient is zero",
            "Where the gradient is 0 in every pixel, a gradient-based attack does not move, and the image counts as robust.",
            "Attack with a margin loss (loss=dlr or loss=margin), undo saturation or quantization (StraightThrough), and add an attack without gradients (square).",
            "Pintor et al. 2022, 'unavailable gradients'; threshold ours: 5 % of the images."),
    /** The gradient is not the slope. */
    WRONG_GRADIENT(
            Trust.SUSPECT,
            "The gradient is not the slope of the model",
            "The loss does not change as the gradient predicts, even for a tiny step; the gradient is shattered or belongs to another function.",
            "Replace the step that breaks the gradient by a smooth one in the backward pass (StraightThrough), average over noise, and add an attack without gradients (square, hop-skip-jump).",
            "Athalye et al. 2018, 'shattered gradients'; threshold ours: a relative error of 0.5 for half of the images."),
    /** The loss does not move along the gradient. */
    FLAT_LOSS(
            Trust.SUSPECT,
            "The loss does not move along the gradient",
            "The loss stays constant up to the whole budget, so the attack has no direction to follow.",
            "Attack with a loss that does not saturate (loss=dlr or loss=margin) and add an attack without gradients (square).",
            "Pintor et al. 2022, 'incremental path'; threshold ours: 5 % of the images."),
    /** The loss explodes along the gradient. */
    EXPLODING_LOSS(
            Trust.SUSPECT,
            "The loss explodes along the gradient",
            "Such large logits lead to probabilities of exactly 0 and 1, and to gradients that are lost in rounding.",
            "Divide the logits by a constant before the loss, or attack with a loss that does not depend on their scale (loss=dlr).",
            "Carlini et al. 2019, section 4; threshold ours: a cross-entropy above 10,000 for 5 % of the images."),
    /** A single step beats many. */
    SINGLE_STEP_WINS(
            Trust.SUSPECT,
            "A single step succeeds more often than many steps",
            "Many small steps can do whatever one large step does; if they succeed less often, the gradient is misleading.",
            "Use more and smaller steps, average the gradient over noise, and add an attack without gradients (square).",
            "Athalye et al. 2018, section 3.1, 'one-step attacks perform better'; threshold: one-sided exact McNemar test at 1 %."),
    /** An attack without gradients beats those with. */
    BLACK_BOX_WINS(
            Trust.SUSPECT,
            "An attack without gradients succeeds where gradient-based attacks failed",
            "White-box attacks should win; if they do not, the gradient is masked.",
            "Find the step that masks the gradient and bypass it (StraightThrough, ExpectationOverTransformations); until then keep the attack without gradients in the list.",
            "Athalye et al. 2018, section 3.1, 'black-box attacks are better'; threshold ours: surely (Wilson 95 %) above 2 % of what was left."),
    /** Examples made for a smoothed model beat those made for the model. */
    TRANSFER_WINS(
            Trust.SUSPECT,
            "Examples transferred from a smoothed copy succeed where the gradient failed",
            "The mean gradient over noise is a better guide than the gradient itself: the loss surface is rugged.",
            "Attack the mean over noise (ExpectationOverTransformations) or with larger finite differences (spsa).",
            "Athalye et al. 2018, section 3.1, Tramer et al. 2020, section 5; threshold: one-sided exact McNemar test at 1 %."),
    /** A larger budget has fewer successes. */
    LESS_WITH_MORE(
            Trust.SUSPECT,
            "A larger budget has fewer successes",
            "An adversarial example within a small budget is also within every larger one; an attack that misses it has not converged.",
            "Use more steps or restarts, or an attack that adapts its step size (apgd).",
            "Athalye et al. 2018, section 3.1, and Carlini et al. 2019, section 5; threshold ours: 1 % of the images."),
    /** The largest budget does not reach chance. */
    ROBUST_TO_ANYTHING(
            Trust.SUSPECT,
            "An unlimited budget does not reduce the accuracy to chance",
            "With an unlimited budget no image is robust; images that remain robust show that the attack fails, not that the model is robust.",
            "Attack without gradients (square, hop-skip-jump) and with another loss (loss=dlr), and look for the step that masks the gradient.",
            "Athalye et al. 2018, section 3.1, 'unbounded attacks do not reach 100 % success'; threshold: the accuracy of guessing."),
    /** No attack did more than a single step. */
    ONLY_BASELINES(
            Trust.SUSPECT,
            "Only baseline attacks were run",
            "A single step, or noise, finds only easy adversarial examples; images on which it fails say little.",
            "Add an iterative attack (--attack pgd), or use a suite (--suite standard).",
            "Carlini et al. 2019, section 5, 'use a strong attack'; threshold: one attack that is not a baseline."),
    /** A stronger attack breaks more. */
    NOT_CONVERGED(
            Trust.SUSPECT,
            "A stronger attack succeeds where the attacks failed",
            "The attacks stopped too early or in a bad local optimum: more steps, another loss and restarts still succeed.",
            "Evaluate with a stronger list (--suite standard, or --attack autoattack).",
            "Carlini et al. 2019, section 5, 'verify that attacks have converged'; threshold ours: surely (Wilson 95 %) above 2 % of what was left."),
    /** Successes die when rounded to 8 bits. */
    LOST_BY_ROUNDING(
            Trust.SUSPECT,
            "Successes are lost when the image is saved with 8 bits",
            "Image files have 256 levels; a change smaller than that is lost when the image is saved. The model may be MORE robust to saved images than the number says.",
            "For images from files, use the accuracy after rounding.",
            "Carlini and Wagner 2017, section V, 'discretization'; threshold ours: surely (Wilson 95 %) above 10 % of the successes."),
    /** The attacks do not find an example that is known to be there. */
    PLANTED_MISSED(
            Trust.SUSPECT,
            "The attacks miss a known adversarial example",
            "The model got a last layer for which an adversarial example within the budget is known by construction; attacks that miss it also miss real ones.",
            "Use a stronger attack, or one adapted to the model; until it finds the planted examples, its failures mean nothing.",
            "Zimmermann et al. 2022, 'Increasing Confidence in Adversarial Robustness Evaluations'; threshold as there: 95 % found."),
    /** The attacks made few steps. */
    FIRST_LOOK(
            Trust.LIMITED,
            "The attacks are a first look",
            "Attacks with few steps miss what longer ones find; a model may be weak even if they fail.",
            "Evaluate with a stronger list (--suite standard, or --attack autoattack).",
            "Carlini et al. 2019, section 5, 'use a strong attack'; threshold ours: 100 gradients or 1,000 queries per image and budget, over all searching attacks."),
    /** Few examples were attacked. */
    FEW_EXAMPLES(
            Trust.LIMITED,
            "Few examples were attacked",
            "The interval is wide, and the sample may miss a weakness that affects few images.",
            "Attack more examples (--examples).",
            "Threshold ours: 50 images that are classified correctly when clean, the number that the probes use."),
    /** Not all attacks were run. */
    ENDED_EARLY(
            Trust.LIMITED,
            "The run ended before all attacks finished",
            "The missing attacks might have succeeded on more images; the accuracy is an upper bound for that of the whole plan.",
            "Raise the limit, attack fewer examples, or use a journal and continue.",
            "Threshold: any attack of the plan."),
    /** Most signs of a failed attack could not be measured. */
    MOSTLY_UNMEASURED(
            Trust.LIMITED,
            "Most signs of a failed attack could not be measured",
            "Failed attacks show mostly in gradients and in comparisons of attacks; without these, a failure may go unnoticed.",
            "Allow more time if a limit ended the run, use gradients if the model has them, and a budget above 0; black-box evaluations stay LIMITED.",
            "Threshold ours: half of the signs of a failed attack.");

    private final Trust severity;
    private final String title;
    private final String explanation;
    private final String remedy;
    private final String source;

    WarningSign(Trust severity, String title, String explanation, String remedy, String source) {
        this.severity = severity;
        this.title = title;
        this.explanation = explanation;
        this.remedy = remedy;
        this.source = source;
    }

    /**
     * Returns what an evaluation is worth in which this sign was seen.
     *
     * @return limited, suspect or invalid
     */
    public Trust severity() {
        return severity;
    }

    /**
     * Tells whether this is a sign that an attack failed for the wrong reason, which only probes and comparisons of attacks
     * show.
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
     * Returns the sign in a few words.
     *
     * @return a sentence without full stop
     */
    public String title() {
        return title;
    }

    /**
     * Returns what it means.
     *
     * @return full sentences
     */
    public String explanation() {
        return explanation;
    }

    /**
     * Returns what to do about it.
     *
     * @return full sentences
     */
    public String remedy() {
        return remedy;
    }

    /**
     * Returns who described the sign, and where its threshold is from.
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
}
