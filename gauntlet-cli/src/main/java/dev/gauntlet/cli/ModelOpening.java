package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.format.ModelDescription;
import dev.gauntlet.format.ModelFormat;
import dev.gauntlet.format.ModelFormats;
import dev.gauntlet.format.ModelUse;
import dev.gauntlet.format.OpenedRequest;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.ModelRef;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A model that is going to be opened.
 *
 * @param reference which model
 * @param format what opens it
 * @param description what is known of it before
 * @param environment the environment variables that count
 */
record ModelOpening(
        ModelRef reference, ModelFormat format, ModelDescription description, Map<String, String> environment) {
    /**
     * Looks at a model without opening it.
     *
     * @throws GauntletException if it is missing or damaged, or something that the plan says does not go with it
     */
    static ModelOpening of(PlanDocument.Model section, Console console) {
        ModelRef reference = section.reference();
        if (reference instanceof ModelRef.InProcess made) {
            throw new GauntletException(
                    "The model %s was made by a Java program, and only that program has it again; name the file or the address of a model."
                            .formatted(made.name()));
        }
        try (ProgressView.Task task = console.task("reading the model file")) {
            ModelFormat format = ModelFormats.of(reference);
            ModelDescription description =
                    format.describe(reference, ModelUse.withoutData().in(console.environment()));
            if (section.inputMax().orElse(0) == 1
                    && section.mean().isEmpty()
                    && section.std().isEmpty()
                    && description.takesIntegers()) {
                throw new GauntletException(
                        "%s takes integers, so with --input-max 1 every pixel but white would be 0; leave it out for 255, or give another value."
                                .formatted(section.file().orElseThrow()));
            }
            return new ModelOpening(reference, format, description, console.environment());
        }
    }

    /** Says that the model gives no gradient, if that is known without opening it. */
    Optional<String> obstacle() {
        return description.obstacle().map(reason -> "%s has no gradient here".formatted(name()));
    }

    /** Returns the file or the address. */
    String name() {
        return reference instanceof ModelRef.File file
                ? file.path()
                : reference instanceof ModelRef.Http http ? http.address() : reference.toString();
    }

    /** Opens the model without data; to be closed by the caller. */
    Classifier alone() {
        return format.openWhiteBox(reference, ModelUse.withoutData().in(environment));
    }

    /** Takes rows of numbers, as a CSV file has them, for images, if the model is known to take such. */
    Dataset laidOut(Dataset data) {
        return OpenedRequest.laidOut(data, description.shape().filter(shape -> !shape.isFlat()), description.layout());
    }

    /** Does the same where the model says so only when it is open. */
    static Dataset laidOut(Dataset data, Classifier opened) {
        return OpenedRequest.laidOut(data, opened.inputShape(), Layout.NCHW);
    }

    /** Opens the model for some data, as its attacks need it; to be closed by the caller. */
    Classifier on(Dataset data, Access access) {
        ModelUse use = ModelUse.of(data).in(environment);
        return withHint(
                data.shape(),
                description.shape(),
                () -> access == Access.BLACK_BOX
                        ? format.openBlackBox(reference, use)
                        : format.openWhiteBox(reference, use));
    }

    /** Only the model knows what it takes, and it may say so in the words of its engine. */
    private static Classifier withHint(ImageShape shape, Optional<ImageShape> described, Supplier<Classifier> opening) {
        try {
            return opening.get();
        } catch (GauntletException e) {
            String message = String.valueOf(e.getMessage());
            boolean namesTheShape = message.contains(" " + shape) || message.contains(shape + ".");
            if (shape.isFlat() && namesTheShape) {
                throw new GauntletException(
                        "%s If it takes images, say of which shape the rows of %,d numbers are, such as --image-shape 1x28x28."
                                .formatted(message, shape.size()),
                        e);
            }
            Optional<ImageShape> expected = namesTheShape ? described : Optional.empty();
            if (expected.isPresent() && hasOtherChannels(shape, expected.get())) {
                throw new GauntletException(
                        "%s If the data is a folder of images, add --channels %d."
                                .formatted(message, expected.get().channels()),
                        e);
            }
            Optional<Layout> order = expected.flatMap(model -> orderThatFits(shape, model));
            if (order.isPresent()) {
                throw new GauntletException(
                        "%s They fit if the data is an array in the order of --data-layout %s."
                                .formatted(message, order.get().name().toLowerCase(Locale.ROOT)),
                        e);
            }
            throw e;
        }
    }

    /** Finds the order of an array in which the images would have the shape that the model takes. */
    static Optional<Layout> orderThatFits(ImageShape data, ImageShape model) {
        int first = data.channels();
        int second = data.height();
        int third = data.width();
        if (model.equals(new ImageShape(third, first, second))) {
            return Optional.of(Layout.NHWC);
        }
        return model.equals(new ImageShape(second, third, first)) ? Optional.of(Layout.NCHW) : Optional.empty();
    }

    private static boolean hasOtherChannels(ImageShape data, ImageShape model) {
        boolean areImages =
                (data.channels() == 1 || data.channels() == 3) && (model.channels() == 1 || model.channels() == 3);
        return areImages
                && data.channels() != model.channels()
                && data.height() == model.height()
                && data.width() == model.width();
    }
}
