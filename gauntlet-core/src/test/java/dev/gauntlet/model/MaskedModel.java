package dev.gauntlet.model;

import dev.gauntlet.RandomKey;
import dev.gauntlet.testkit.PlainModel;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** A model behind or before a step that hides its gradient without making it robust. */
public final class MaskedModel extends PlainModel {
    /** The ways to hide a gradient. */
    public enum Mask {
        /** Logits so large that the softmax is 0 or 1. */
        SATURATED {
            @Override
            double[] logits(PlainModel model, double[] x) {
                double[] logits = model.logitsOf(x);
                for (int k = 0; k < logits.length; k++) {
                    logits[k] *= HUGE;
                }
                return logits;
            }

            @Override
            double[] backward(PlainModel model, double[] x, double[] byLogits) {
                double[] scaled = byLogits.clone();
                for (int k = 0; k < scaled.length; k++) {
                    scaled[k] *= HUGE;
                }
                return model.backward(x, scaled);
            }
        },
        /** A softmax behind the logits. */
        SOFTMAX {
            @Override
            double[] logits(PlainModel model, double[] x) {
                double[] values = model.logitsOf(x);
                double largest = Arrays.stream(values).max().orElseThrow();
                double sum = 0;
                for (int k = 0; k < values.length; k++) {
                    values[k] = Math.exp(values[k] - largest);
                    sum += values[k];
                }
                for (int k = 0; k < values.length; k++) {
                    values[k] /= sum;
                }
                return values;
            }

            @Override
            double[] backward(PlainModel model, double[] x, double[] byLogits) {
                double[] p = logits(model, x);
                double mean = 0;
                for (int k = 0; k < p.length; k++) {
                    mean += p[k] * byLogits[k];
                }
                double[] byInner = new double[p.length];
                for (int k = 0; k < p.length; k++) {
                    byInner[k] = p[k] * (byLogits[k] - mean);
                }
                return model.backward(x, byInner);
            }
        },
        /** Noise on the input, another at each question. */
        NOISE {
            @Override
            double[] logits(PlainModel model, double[] x) {
                return model.logitsOf(noisy(x));
            }

            @Override
            double[] backward(PlainModel model, double[] x, double[] byLogits) {
                return model.backward(noisy(x), byLogits);
            }
        },
        /** A staircase on the input whose derivative, at its steep steps, points up or down as it happens. */
        SHATTERED {
            @Override
            double[] logits(PlainModel model, double[] x) {
                double[] stairs = new double[x.length];
                for (int i = 0; i < x.length; i++) {
                    stairs[i] = Math.rint(STEPS * x[i]) / STEPS;
                }
                return model.logitsOf(stairs);
            }

            @Override
            double[] backward(PlainModel model, double[] x, double[] byLogits) {
                double[] gradient = model.backward(x, byLogits);
                for (int i = 0; i < x.length; i++) {
                    gradient[i] *= chance(i, x[i]);
                }
                return gradient;
            }
        },
        /** A gradient that is right for images from files and points the wrong way everywhere else. */
        SHY {
            @Override
            double[] backward(PlainModel model, double[] x, double[] byLogits) {
                boolean fromFile = Arrays.stream(x).allMatch(value -> value == (float) (Math.rint(255 * value) / 255));
                double[] gradient = model.backward(x, byLogits);
                return fromFile
                        ? gradient
                        : Arrays.stream(gradient).map(value -> -value).toArray();
            }
        },
        /** Ripples on the input, so low that they change little and so short that they turn the slope around. */
        RUGGED {
            @Override
            double[] logits(PlainModel model, double[] x) {
                return model.logitsOf(rippled(x));
            }

            @Override
            double[] backward(PlainModel model, double[] x, double[] byLogits) {
                double[] gradient = model.backward(rippled(x), byLogits);
                for (int i = 0; i < x.length; i++) {
                    gradient[i] *= 1 + HEIGHT * FREQUENCY * Math.cos(FREQUENCY * x[i] + i);
                }
                return gradient;
            }

            private static double[] rippled(double[] x) {
                double[] rippled = new double[x.length];
                for (int i = 0; i < x.length; i++) {
                    rippled[i] = x[i] + HEIGHT * Math.sin(FREQUENCY * x[i] + i);
                }
                return rippled;
            }
        };

        private static final double HEIGHT = 0.0015;
        private static final double FREQUENCY = 2000;
        private static final double HUGE = 1e6;
        private static final double STEPS = 8;
        private static final AtomicInteger QUESTIONS = new AtomicInteger();

        double[] logits(PlainModel model, double[] x) {
            return model.logitsOf(x);
        }

        abstract double[] backward(PlainModel model, double[] x, double[] byLogits);

        private static double chance(int pixel, double value) {
            return RandomKey.of(pixel).with(Math.round(1e5 * value)).generator().nextGaussian();
        }

        private static double[] noisy(double[] x) {
            SplittableRandom random = RandomKey.of(QUESTIONS.incrementAndGet()).generator();
            return Arrays.stream(x)
                    .map(value -> value + 0.2 * random.nextGaussian())
                    .toArray();
        }
    }

    private final PlainModel model;
    private final Mask mask;

    /** Hides the gradient of a model. */
    public MaskedModel(PlainModel model, int classes, Mask mask) {
        super(classes);
        this.model = model;
        this.mask = mask;
    }

    @Override
    public double[] logitsOf(double[] x) {
        return mask.logits(model, x);
    }

    @Override
    public double[] backward(double[] x, double[] byLogits) {
        return mask.backward(model, x, byLogits);
    }
}
