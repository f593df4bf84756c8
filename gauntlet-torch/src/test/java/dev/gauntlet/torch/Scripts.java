package dev.gauntlet.torch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolType;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Writes TorchScript files, as PyTorch does with {@code torch.jit.script(module).save(file)}. */
final class Scripts {
    private Scripts() {}

    /** Writes a module in training mode with these parameters and these lines as its forward function of x. */
    static Path write(Path file, Map<String, WeightTensor> parameters, String... lines) {
        return writeFunction(file, parameters, true, "def forward(self, x):\n  " + String.join("\n  ", lines) + "\n");
    }

    /** Does the same with parameters of another type. */
    static Path write(Path file, ScalarType type, Map<String, WeightTensor> parameters, String... lines) {
        return writeFunction(
                file, type, parameters, true, "def forward(self, x):\n  " + String.join("\n  ", lines) + "\n");
    }

    /** Changes the entries of a file, as text of one byte a character. */
    static Path edit(Path file, BinaryOperator<String> edit) throws IOException {
        NpzFile edited = new NpzFile();
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                try (InputStream in = zip.getInputStream(entry)) {
                    String content = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
                    edited.stored(
                            entry.getName(),
                            edit.apply(entry.getName(), content).getBytes(StandardCharsets.ISO_8859_1));
                }
            }
        }
        return Files.write(file, edited.bytes());
    }

    /** Makes a file what {@code torch.jit.save} writes of a module on a GPU, its weights and constants. */
    static Path movedTo(String device, Path file) throws IOException {
        String there = "X%c\u0000\u0000\u0000%s".formatted((char) device.length(), device);
        return edit(
                file,
                (name, content) ->
                        name.endsWith(".pkl") ? content.replace("X\u0003\u0000\u0000\u0000cpu", there) : content);
    }

    /**
     * Writes a module with any function.
     *
     * @param switchable whether it has the switch between training and evaluation, which freezing removes
     */
    static Path writeFunction(Path file, Map<String, WeightTensor> parameters, boolean switchable, String function) {
        return writeFunction(file, ScalarType.Float, parameters, switchable, function);
    }

    private static Path writeFunction(
            Path file, ScalarType type, Map<String, WeightTensor> parameters, boolean switchable, String function) {
        Libtorch.load();
        try (PointerScope scope = new PointerScope()) {
            JitModule module = new JitModule(new QualifiedName("Scripted"));
            parameters.forEach((name, tensor) -> module.register_parameter(
                    name,
                    torch.from_blob(Libtorch.copy(tensor.values(), 0, tensor.values().length), tensor.shape())
                            .to(type)
                            .clone(),
                    false));
            if (switchable) {
                IValue on = new IValue(true);
                module.register_attribute(
                        "training", new Type.TypePtr(BoolType.get().get()), on);
            }
            module.define(function);
            module.save(file.toString());
        }
        return file;
    }
}
