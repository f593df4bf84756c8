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
 * Starts libtorch once per process and holds the few operations that every user of it shares.
 *
 * <p>Public for the modules that compute with libtorch themselves; an application has no use for it.
 */
public final class Libtorch {
    /** How an error of a script begins; the reason follows the script's own stack. */
    private static final String SCRIPT_STACK = "The following operation failed in the TorchScript interpreter.";

    /** How the reason begins behind a script's stack, whose own lines are indented or begin with a file. */
    private static final Pattern SCRIPT_REASON = Pattern.compile("[\\w.]*(?:Error|Exception): .*");

    /** Where libtorch's own stack begins, which tells a reader nothing. */
    private static final Pattern NATIVE_STACK = Pattern.compile("Exception raised from .*|frame #\\d+: .*");

    /** The source line in front of some reasons. */
    private static final Pattern ORIGIN = Pattern.compile("^\\[enforce fail at [^]]*]\\s*\\.?\\s*");

    /** What a failed assertion says before its explanation, if there is one. */
    private static final Pattern ASSERTION =
            Pattern.compile("INTERNAL ASSERT FAILED at .*?, please report a bug to PyTorch\\.?\\s*");

    /** Advice to other readers: what follows is for those who built libtorch. */
    private static final Pattern ADVICE_TO_OTHERS =
            Pattern.compile(" (?:This could be because the operator doesn't exist|If you are a \\w+ employee).*");

    /** Kept, because an exception thrown while a class starts reaches the user as another one. */
    private static final Optional<GauntletException> FAILURE = start();

    private Libtorch() {}

    /**
     * Makes sure that libtorch is loaded and computes with one thread per calling thread.
     *
     * @throws GauntletException if its native libraries cannot be loaded here
     */
    public static void load() {
        FAILURE.ifPresent(failure -> {
            throw new GauntletException(String.valueOf(failure.getMessage()), failure);
        });
    }

    /**
     * Names the library with its version.
     *
     * @return the name, as it goes into the record of a run
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
            // only then libtorch looks at TORCH_CPP_LOG_LEVEL, by which the launcher keeps its warnings quiet
            torch.initLogging();
            // libgomp and OpenBLAS spin while they wait; parallel work is done by Java threads instead
            torch.set_num_threads(1);
            openblas.blas_set_num_threads(1);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(new GauntletException(
                    "The native libraries of libtorch could not be unpacked (%s); name a folder with 1 GB of room by -Dorg.bytedeco.javacpp.cachedir=FOLDER."
                            .formatted(e.getMessage()),
                    e));
        } catch (LinkageError e) {
            return Optional.of(new GauntletException(
                    "The native libraries of libtorch could not be loaded on %s (%s); x86-64 Linux, macOS and Windows and 64-bit ARM macOS are supported."
                            .formatted(Loader.getPlatform(), reason(e)),
                    e));
        }
    }

    /** Copies numbers into native memory that belongs to the enclosing scope. */
    static FloatPointer copy(float[] values, int offset, int length) {
        FloatPointer pointer = new FloatPointer((long) length);
        buffer(pointer).put(values, offset, length);
        return pointer;
    }

    /** Copies a tensor's numbers, in its logical order, into an array. */
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
        return torch.grad(
                new TensorVector(outputs), inputs, new TensorVector(weights), new BoolOptional(false), false, false);
    }

    /**
     * Runs native code and keeps only the line with the reason when it fails: the rest is libtorch's stack.
     *
     * <p>Every message of libtorch that reaches a reader passes through here.
     *
     * @param <T> what it gives
     * @param what the beginning of the error, before the reason
     * @param work the native code
     * @return what it gave
     * @throws GauntletException if the native code fails
     */
    public static <T> T call(String what, Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException e) {
            // JavaCPP throws just this class; others come from Java code and say what they mean
            if (e.getClass() != RuntimeException.class) {
                throw e;
            }
            throw new GauntletException("%s: %s.".formatted(what, reason(e)), e);
        }
    }

    /**
     * Returns the line of libtorch's message that says what went wrong.
     *
     * <p>The message may begin with the stack of a script and goes on with a list of everything that libtorch could have
     * done instead and with its own stack.
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
