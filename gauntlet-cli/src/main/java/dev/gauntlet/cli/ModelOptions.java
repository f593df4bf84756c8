package dev.gauntlet.cli;

import dev.gauntlet.data.Layout;
import dev.gauntlet.report.plan.PlanDocument;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which model a command works on, and what the model wants to be given. */
@Heading(Heading.Topic.MODEL)
final class ModelOptions {
    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL",
            description = {
                "Weights that 'gauntlet train' wrote (.safetensors),",
                "externally trained weights in PyTorch's layout (.safetensors, .npz or a state dictionary, with --network),",
                "an ONNX model, TorchScript (which is a program: use only files that you trust),",
                "or the http:// or https:// address of a model (with --black-box).",
                "Files are recognized by their content, not by their extension."
            })
    private @Nullable String model;

    @Option(
            names = "--network",
            paramLabel = "NET",
            description = {
                "The architecture of externally trained weights, such as mlp:784-1000-10 (see 'gauntlet train --help'),",
                "or a file in TOML: input = [3, 32, 32] and layers = [\"conv 32 k3\", \"relu\", ...].",
                "Default: the architecture in the file."
            })
    private @Nullable String network;

    @Option(
            names = "--input-max",
            paramLabel = "MAX",
            description = {
                "The model's input for a white pixel: 1, or 255 if it expects bytes.",
                "Default: 1; 255 for an ONNX model that takes integers."
            })
    private @Nullable Double largest;

    @Option(
            names = "--mean",
            paramLabel = "M,...",
            split = ",",
            hideParamSyntax = true,
            description = {
                "The mean that is then subtracted, per channel, such as 0.485,0.456,0.406.",
                "Default: nothing."
            })
    private @Nullable List<Double> mean;

    @Option(
            names = "--std",
            paramLabel = "S,...",
            split = ",",
            hideParamSyntax = true,
            description = {
                "The standard deviation that then divides, per channel, such as 0.229,0.224,0.225.",
                "Default: nothing."
            })
    private @Nullable List<Double> deviation;

    @Option(
            names = "--layout",
            completionCandidates = Candidates.Layouts.class,
            paramLabel = "ORDER",
            description = {
                "The layout of the model's input: nchw (PyTorch) or nhwc (TensorFlow).",
                "Default: what the file suggests."
            })
    private @Nullable Layout layout;

    @Option(
            names = "--logits",
            paramLabel = "NAME",
            description = {
                "The output of an ONNX or TorchScript model with the logits: its name, its key, or its position from 0.",
                "Default: an output called logits, else the first matrix of floats."
            })
    private @Nullable String logits;

    @Mixin
    private EndpointOptions endpoint;

    /** Returns the model that the user names, if any. */
    Optional<String> named() {
        return Optional.ofNullable(model);
    }

    /** Tells whether the user says how a model is fed and asked. */
    boolean isFed() {
        return network != null
                || largest != null
                || mean != null
                || deviation != null
                || layout != null
                || logits != null
                || endpoint.isGiven();
    }

    /** Adds what the user says of how the model is fed and asked to a plan; the model itself is {@link #named}. */
    PlanDocument in(PlanDocument plan) {
        return plan.and(new PlanDocument.Model(
                Optional.empty(),
                Optional.empty(),
                Optional.ofNullable(network),
                Optional.empty(),
                Optional.empty(),
                largest == null ? OptionalDouble.empty() : OptionalDouble.of(largest),
                Optional.ofNullable(mean),
                Optional.ofNullable(deviation),
                Optional.ofNullable(layout),
                Optional.ofNullable(logits),
                Optional.ofNullable(endpoint.request()),
                Optional.ofNullable(endpoint.response()),
                endpoint.headers(),
                endpoint.timeout(),
                endpoint.retries(),
                endpoint.rate(),
                endpoint.budget(),
                endpoint.batch(),
                Optional.empty(),
                Optional.empty()));
    }
}
