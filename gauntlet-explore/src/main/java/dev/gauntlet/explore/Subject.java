package dev.gauntlet.explore;

import dev.gauntlet.data.Batch;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.evaluate.shard.CleanExamples;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The one image that the page is about.
 *
 * @param image the image with its number and its true class, as a batch of one
 * @param isOwn whether the user made it, so that it is not in the data
 */
record Subject(Batch image, boolean isOwn) {
    /** An image of the user is always drawn the same random numbers. */
    private static final int OWN_ID = 0;

    /** Takes an example of the data, as an evaluation gets it. */
    static Subject example(Dataset data, int id) {
        return new Subject(new CleanExamples(data).batch(id), false);
    }

    /** Takes an image that the user drew, dropped, or carried over. */
    static Subject own(ImageShape shape, float[] pixels, int label) {
        return new Subject(new Batch(shape, new int[] {OWN_ID}, new int[] {label}, pixels), true);
    }

    int id() {
        return image.ids()[0];
    }

    int label() {
        return image.labels()[0];
    }

    float[] pixels() {
        return image.pixels();
    }

    /** Returns the image as data, so that the evaluator can judge attacks on it. */
    CleanExamples examples(List<String> classes) {
        return new CleanExamples(new Alone(this, classes));
    }

    /** A data set in which only this image is ever asked for. */
    private record Alone(Subject subject, List<String> classes) implements Dataset {
        @Override
        public DataOrigin origin() {
            return new DataOrigin("one image", "page", "page", Map.of(), Optional.empty());
        }

        @Override
        public ImageShape shape() {
            return subject.image().shape();
        }

        @Override
        public int size() {
            return subject.id() + 1;
        }

        @Override
        public int label(int id) {
            requireThis(id);
            return subject.label();
        }

        @Override
        public void copyPixels(int id, float[] target, int offset) {
            requireThis(id);
            System.arraycopy(subject.pixels(), 0, target, offset, subject.pixels().length);
        }

        private void requireThis(int id) {
            if (id != subject.id()) {
                throw new IndexOutOfBoundsException(id);
            }
        }
    }
}
