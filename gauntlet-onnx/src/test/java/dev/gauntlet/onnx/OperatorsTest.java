package dev.gauntlet.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.testkit.OnnxElement;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The operators that Gauntlet knows, all of which the tests of their families try. */
class OperatorsTest {
    private static Stream<OperatorCase> cases() {
        return Stream.of(
                        ArithmeticTest.all(),
                        ProductsTest.all(),
                        GaussianUnitsTest.all(),
                        ActivationsTest.all(),
                        ConvolutionsTest.all(),
                        PoolsTest.all(),
                        NormalizationsTest.all(),
                        ReductionsTest.all(),
                        ShapesTest.all(),
                        PaddingTest.all(),
                        ResizingTest.all())
                .flatMap(stream -> stream);
    }

    @Test
    void everyOperatorIsTried() {
        Set<String> tried = new HashSet<>();
        cases().forEach(one -> GraphReader.read(Path.of("test"), ByteBuffer.wrap(one.file(OnnxElement.FLOAT)))
                .nodes()
                .forEach(node -> tried.add(node.operator())));

        assertThat(tried).containsExactlyInAnyOrderElementsOf(Operators.names());
    }

    @Test
    void everyOperatorIsDocumented() throws IOException {
        String list = Files.readString(Path.of("../docs/models.md"))
                .replaceFirst("(?s).*\nOperators: (.*?)\\.\n.*", "$1")
                .replaceAll("\\s+", " ");

        assertThat(list.split(", ", -1)).containsExactlyElementsOf(Operators.names());
    }
}
