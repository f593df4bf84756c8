package dev.gauntlet.torch;

import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolType;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch;

/** Writes TorchScript files, as PyTorch does with {@code torch.jit.script(module).save(file)}. */
final class Scripts {
    private Scripts() {}

    /** Writes a module in training mode with these parameters and these lines as its forward function of x. */
    static Path write(Path file, Map<String, WeightTensor> parameters, String... lines) {
        return writeFunction(file, parameters, true, "def forward(self, x):\n  " + String.join("\n  ", lines) + "\n");
    }

    /**
     * Writes a module with any function.
     *
     * @param switchable whether it has the switch between training and evaluation, which freezing removes
     */
    static Path writeFunction(Path file, Map<String, WeightTensor> parameters, boolean switchable, String function) {
        Libtorch.load();
        try (PointerScope scope = new PointerScope()) {
            JitModule module = new JitModule(new QualifiedName("Scripted"));
            parameters.forEach((name, tensor) -> module.register_parameter(
                    name,
                    torch.from_blob(Libtorch.copy(tensor.values(), 0, tensor.values().length), tensor.shape())
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
