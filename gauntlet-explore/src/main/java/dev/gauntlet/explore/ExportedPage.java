package dev.gauntlet.explore;

import dev.gauntlet.AtomicFile;
import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.Sha256;
import dev.gauntlet.StorageException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Sample;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.LayerGraph;
import dev.gauntlet.threat.Norm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the page as one HTML file that works without this program: small models with their weights, some examples, and FGSM and PGD
 * in JavaScript.
 *
 * <p>The file neither loads nor sends anything. It computes in 64-bit arithmetic: logits agree with those of a 32-bit engine to 1e-4,
 * and images under attack do so except where a gradient is nearly 0. PGD begins at the image itself, as {@code
 * pgd:random-start=false} does.
 *
 * <p>Example: {@code ExportedPage.write(exploration, Path.of("page.html"))}.
 */
public final class ExportedPage {
    /** What a browser computes at once while a slider moves. */
    private static final int MOST_PARAMETERS = 2_000_000;

    private static final int MOST_EXAMPLES = 100;

    /** So that large images do not make files that browsers open slowly. */
    private static final int MOST_NUMBERS_OF_EXAMPLES = 1 << 20;

    /** The sample of the page needs no other randomness than its own. */
    private static final RandomKey SAMPLE = RandomKey.of(0);

    private static final List<String> MODULES = List.of("images", "drawing", "parts", "network", "exported");

    private ExportedPage() {}

    /** What the scripts read. */
    private record Content(
            String version,
            List<Model> models,
            String data,
            @Nullable String notice,
            int channels,
            int height,
            int width,
            double usual,
            List<String> classes,
            List<Example> examples) {}

    private record Model(String title, String architecture, int parameters, List<Map<String, Object>> nodes) {}

    private record Example(int id, int label, String pixels) {}

    /**
     * Writes the page.
     *
     * @param exploration the models, whose structure and weights must be known, and the data
     * @param file the file, which is replaced if it exists
     * @throws GauntletException if a model is too large, its weights are not accessible, or it has an operation that the page cannot
     *     compute
     * @throws StorageException if the file cannot be written
     */
    public static void write(Exploration exploration, Path file) {
        List<Model> models =
                exploration.models().stream().map(ExportedPage::model).toList();
        String title = String.join(
                " and ", exploration.models().stream().map(OpenModel::title).toList());
        try {
            String page = page(title, Fields.write(content(exploration, models)));
            AtomicFile.write(file, out -> out.write(page.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw StorageException.of("The page %s cannot be written".formatted(file), file, e);
        }
    }

    private static Model model(OpenModel model) {
        LayerGraph graph = model.differentiable()
                .flatMap(Classifier::layerGraph)
                .orElseThrow(() -> new GauntletException(
                        "The model %s cannot be exported: its layers are not accessible; 'gauntlet explore' without --export serves any model."
                                .formatted(model.title())));
        List<Map<String, Object>> nodes = graph.nodes().stream()
                .map(node -> ExportedNode.of(node, model.title()))
                .toList();
        int parameters = graph.nodes().stream()
                .mapToInt(node -> parameters(node.operation()))
                .reduce(0, Math::addExact);
        if (parameters > MOST_PARAMETERS) {
            throw new GauntletException(
                    "The model %s has %,d parameters, too many for a page (at most %,d); 'gauntlet explore' without --export serves it."
                            .formatted(model.title(), parameters, MOST_PARAMETERS));
        }
        return new Model(model.title(), model.classifier().card().architecture(), parameters, nodes);
    }

    private static int parameters(LayerGraph.Operation operation) {
        if (operation instanceof LayerGraph.Dense dense) {
            return dense.weight().length + dense.bias().length;
        }
        return operation instanceof LayerGraph.Convolution convolution
                ? convolution.weight().length + convolution.bias().length
                : 0;
    }

    private static Content content(Exploration exploration, List<Model> models) {
        Dataset data = exploration.data();
        ImageShape shape = data.shape();
        return new Content(
                RobustnessReport.Provenance.current().version(),
                models,
                data.origin().name(),
                data.origin().notice().orElse(null),
                shape.channels(),
                shape.height(),
                shape.width(),
                Session.NormChoice.of(Norm.LINF, shape.channels(), shape.size()).usual(),
                data.classes(),
                examples(data));
    }

    private static List<Example> examples(Dataset data) {
        int count = Math.max(
                1,
                Math.min(MOST_EXAMPLES, MOST_NUMBERS_OF_EXAMPLES / data.shape().size()));
        return Arrays.stream(Sample.stratified(data, count, SAMPLE))
                .mapToObj(id -> {
                    Batch image = data.batch(id);
                    return new Example(id, data.label(id), Pixels.text(image.pixels()));
                })
                .toList();
    }

    private static String page(String title, String content) throws IOException {
        String style = StaticFile.text("style.css");
        String script = ScriptBundle.of(MODULES);
        String policy =
                "default-src 'none'; script-src '%s'; style-src '%s'; img-src data: blob:; base-uri 'none'; form-action 'none'"
                        .formatted(hash(script), hash(style));
        return StaticFile.text("exported.html")
                .replace("{{policy}}", policy)
                .replace("{{title}}", escaped(title))
                .replace("{{style}}", style)
                .replace("{{script}}", script)
                // within a string of JSON, so that no name can end the element
                .replace("{{content}}", content.replace("<", "\\u003c"));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("{", "&#123;");
    }

    /** Returns what a policy says about the content of an element, so that only this content is used. */
    private static String hash(String content) {
        byte[] sum = Sha256.digest().digest(content.getBytes(StandardCharsets.UTF_8));
        return "sha256-" + Base64.getEncoder().encodeToString(sum);
    }
}
