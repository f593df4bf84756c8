package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Starts libtorch once per process and provides the operations that all its users share.
 *
 * <p>It is public for modules that compute with libtorch themselves; applications do not need it.
 */
public final class Libtorch {
    /** The beginning of a script's error; the reason follows the script's own stack. */
    private static final String SCRIPT_STACK = "The following operation failed in the TorchScript interpreter.";

    /** The beginning of the reason after a script's stack, whose lines are indented or begin with a file. */
    private static final Pattern SCRIPT_REASON = Pattern.compile("[\\w.]*(?:Error|Exception): .*");

    /** The beginning of libtorch's own stack, which is useless to a reader. */
    private static final Pattern NATIVE_STACK = Pattern.compile("Exception raised from .*|frame #\\d+: .*");

    /** The source line before some reasons. */
    private static final Pattern ORIGIN = Pattern.compile("^\\[enforce fail at [^]]*]\\s*\\.?\\s*");

    /** The text of a failed assertion before its explanation, if there is one. */
    private static final Pattern ASSERTION =
            Pattern.compile("INTERNAL ASSERT FAILED at .*?, please report a bug to PyTorch\\.?\\s*");

    /** The beginning of advice for developers of libtorch. */
    private static final Pattern ADVICE_TO_OTHERS =
            Pattern.compile(" (?:This could be because the operator doesn't exist|If you are a \\w+ employee).*");

    /** Stored, because an exception from a class initializer reaches the user as another exception. */
    private static final Optional<GauntletException> FAILURE = start();

    private Libtorch() {}

    /**
     * Makes sure that libtorch is loaded and computes with one thread per calling thread.
     *
     * @throws GauntletException if its native libraries cannot be loaded
     */
    public static void load() {
        FAILURE.ifPresent(failure -> {
            throw new GauntletException(String.valueOf(failure.getMessage()), failure);
        });
    }

    /**
     * Returns the name and version of the library.
     *
     * @return the name for the record of a run
     */
    public static String version() {
        try {
            return "libtorch " + Loader.getVersion("org.bytedeco", "pytorch", torch.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<GauntletException> start() {
        try {
            /*
             * JavaCPP loads libtorch.so before it has unpacked libtorch_cpu.so; the linker then takes one that the
             * system may have, of another version, and the process dies. So it is unpacked first.
             */
            Loader.cacheResource(
                    torch.class,
                    "/org/bytedeco/pytorch/%s/%s".formatted(Loader.getPlatform(), System.mapLibraryName("torch_cpu")));
            // only then libtorch reads TORCH_CPP_LOG_LEVEL, with which the launcher suppresses its warnings
            torch.initLogging();
            // libgomp and OpenBLAS spin while they wait; parallel work is done by Java threads instead
            torch.set_num_threads(1);
            openblas.blas_set_num_threads(1);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(new GauntletException(
                    "The native libraries of libtorch could not be unpacked (%s); set -Dorg.bytedeco.javacpp.cachedir=FOLDER to a folder with 1 GB of free space."
                            .formatted(e.getMessage()),
                    e));
        } catch (LinkageError e) {
            return NativeCode.missing()
                    .or(() -> Optional.of(new GauntletException(
                            "The native libraries of libtorch could not be loaded on %s (%s); supported are Linux, macOS and Windows on x86-64, and macOS on 64-bit ARM."
                                    .formatted(Loader.getPlatform(), reason(e)),
                            e)));
        }
    }

    /** Copies numbers into native memory, which the enclosing scope frees. */
    static FloatPointer copy(float[] values, int offset, int length) {
        FloatPointer pointer = new FloatPointer((long) length);
        buffer(pointer).put(values, offset, length);
        return pointer;
    }

    /** Copies a tensor's numbers into an array, in logical order. */
    static void copy(Tensor tensor, float[] target, int offset) {
        Tensor contiguous = tensor.contiguous();
        int length = Math.toIntExact(contiguous.numel());
        buffer(contiguous.data_ptr_float().capacity(length)).get(target, offset, length);
    }

    private static FloatBuffer buffer(FloatPointer pointer) {
        return pointer.asBuffer();
    }

    /** Back-propagates the sum of {@code outputs * weights} to the given inputs. */
    static TensorVector gradients(Tensor outputs, Tensor weights, TensorVector inputs) {
        return gradients(new TensorVector(outputs), new TensorVector(weights), inputs);
    }

    /** Back-propagates the sum of all {@code outputs * weights} to the given inputs. */
    static TensorVector gradients(TensorVector outputs, TensorVector weights, TensorVector inputs) {
        return torch.grad(outputs, inputs, weights, new BoolOptional(false), false, false);
    }

    /**
     * Runs native code and, if it fails, reports only the line with the reason, without libtorch's stack.
     *
     * <p>Every message of libtorch that reaches a reader passes through here.
     *
     * @param <T> the type of the result
     * @param what the beginning of the error message, before the reason
     * @param work the native code
     * @return the result
     * @throws GauntletException if the native code fails
     */
    public static <T> T call(String what, Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException e) {
            // JavaCPP throws exactly this class; other exceptions come from Java code and have clear messages
            if (e.getClass() != RuntimeException.class) {
                throw e;
            }
            throw new GauntletException("%s: %s.".formatted(what, reason(e)), e);
        }
    }

    /**
     * Returns the line of libtorch's message with the reason.
     *
     * <p>The message may begin with the stack of a script, and continues with a list of alternatives and libtorch's own
     * stack.
     */
    static String reason(Throwable e) {
        List<String> lines = String.valueOf(e.getMessage())
                .lines()
                .takeWhile(line -> !NATIVE_STACK.matcher(line).matches())
                .filter(line -> !line.isBlank())
                .toList();
        if (lines.isEmpty()) {
            return "no reason given";
        }
        String reason = lines.get(0);
        if (reason.strip().equals(SCRIPT_STACK)) {
            reason = lines.stream()
                    .filter(line -> SCRIPT_REASON.matcher(line).matches())
                    .findFirst()
                    .orElse(lines.get(lines.size() - 1));
        }
        reason = ORIGIN.matcher(reason.strip()).replaceFirst("");
        reason = ADVICE_TO_OTHERS.matcher(reason).replaceFirst("");
        Matcher assertion = ASSERTION.matcher(reason);
        if (assertion.find()) {
            String explanation = reason.substring(assertion.end());
            reason = explanation.isBlank()
                    ? "libtorch's check '%s' failed"
                            .formatted(reason.substring(0, assertion.start()).strip())
                    : explanation;
        }
        return reason.replaceFirst("\\.$", "");
    }
}
