package dev.gauntlet.torch;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.Function;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Adam (Kingma and Ba 2015, <a href="https://arxiv.org/abs/1412.6980">arXiv:1412.6980</a>) with the paper's constants,
 * computed by libtorch's fused kernel, which makes one pass over the weights instead of eight.
 */
final class FusedAdam implements AutoCloseable {
    /**
     * The kernel is not available in JavaCPP, but in TorchScript. The lists are named and one is returned, because the
     * compiler would otherwise remove a call that only modifies the content of a list.
     */
    private static final String SCRIPT = """
            def adam(parameter: Tensor, gradient: Tensor, mean: Tensor, variance: Tensor, steps: Tensor, rate: float):
              parameters = [parameter]
              means = [mean]
              variances = [variance]
              largest: List[Tensor] = []
              torch._fused_adam_(parameters, [gradient], means, variances, largest, [steps], lr=rate, beta1=0.9, \
            beta2=0.999, weight_decay=0.0, eps=1e-8, amsgrad=False, maximize=False)
              return parameters
            """;

    private final List<Tensor> parameters;
    private final CompilationUnit unit;
    private final Function adam;
    private final List<Tensor> means = new ArrayList<>();
    private final List<Tensor> variances = new ArrayList<>();
    private final Tensor steps;

    /** Creates an optimizer for contiguous parameters, which it modifies but does not close. */
    FusedAdam(List<Tensor> parameters) {
        this.parameters = parameters;
        this.unit = torch.compile(SCRIPT);
        this.adam = unit.get_function(new QualifiedName("adam"));
        try (PointerScope scope = new PointerScope()) {
            for (Tensor parameter : parameters) {
                means.add(torch.zeros_like(parameter).retainReference());
                variances.add(torch.zeros_like(parameter).retainReference());
            }
            steps = torch.zeros(new long[0]).retainReference();
        }
    }

    /** Makes one step against the gradients, which are given per parameter. */
    void step(TensorVector gradients, double learningRate) {
        steps.add_(new Scalar(1));
        for (int i = 0; i < parameters.size(); i++) {
            adam.apply(new IValueVector(
                    new IValue(parameters.get(i)),
                    // a convolution's gradient has another memory format, which the kernel does not support
                    new IValue(new Tensor(gradients.get(i)).contiguous()),
                    new IValue(means.get(i)),
                    new IValue(variances.get(i)),
                    new IValue(steps),
                    new IValue(learningRate)));
        }
    }

    /** Returns the running means of the gradients, per parameter. */
    List<Tensor> means() {
        return means;
    }

    /** Returns the running means of the squared gradients, per parameter. */
    List<Tensor> variances() {
        return variances;
    }

    /** Returns the number of steps so far. */
    long steps() {
        return (long) steps.item_float();
    }

    /** Sets the number of steps so far. */
    void setSteps(long number) {
        steps.fill_(new Scalar((double) number));
    }

    @Override
    public void close() {
        means.forEach(Tensor::close);
        variances.forEach(Tensor::close);
        steps.close();
        unit.close();
    }
}
