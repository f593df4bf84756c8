package com.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.format.DataFormats;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.testkit.DatasetContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DotImagesTest extends DatasetContract {
    private static final String IMAGES = """
            class dash
            ...
            9#9

            class bar
            .#.
            .#.
            class dash
            5##
            ...
            """;

    @TempDir
    Path folder;

    @Override
    protected Dataset open() {
        return open(IMAGES, List.of());
    }

    @Test
    void readsTheDrawing() {
        Dataset data = open();

        assertThat(data.shape()).isEqualTo(new ImageShape(1, 2, 3));
        assertThat(data.classes()).containsExactly("bar", "dash");
        assertThat(data.batch(0, 1, 2).labels()).containsExactly(1, 0, 1);
        assertThat(data.batch(0).pixels()).containsExactly(0, 0, 0, .9f, 1, .9f);
        assertThat(data.origin().name()).isEqualTo("images");
        assertThat(data.origin().sha256()).containsOnlyKeys("images.dots");
        assertThat(data.origin().notice())
                .hasValueSatisfying(notice -> assertThat(notice).contains("0 is bar, 1 is dash"));
    }

    @Test
    void obeysTheOrderOfTheClasses() {
        Dataset data = open(IMAGES, List.of("dash", "bar"));

        assertThat(data.numbersAssumed()).isFalse();
        assertThat(data.batch(0, 1, 2).labels()).containsExactly(0, 1, 0);
    }

    @Test
    void refusesDamagedFilesInOneLine() {
        assertRefused("", "has no images");
        assertRefused("class a\n\nclass b\n", "has an image without rows");
        assertRefused("..#\n", "line 1: expected 'class' and a name");
        assertRefused("class\n..#\n", "line 1: expected 'class' and a name");
        assertRefused(
                "class a\n..x\n", "line 2: expected 'class' and a name, or a row of dots, digits and #, got '..x'");
        assertRefused("class a\n..\nclass b\n...\n", "image 1 does not have 1 rows of 2 pixels");
        assertRefused("class a\n..\nclass b\n..\n..\n", "all images must have the same shape");
    }

    @Test
    void refusesSettingsOfOtherFormats() {
        DataRef.Files files = new DataRef.Files(
                file(IMAGES).toString(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.of(Layout.NHWC),
                Optional.empty(),
                DataRef.ImageFiles.AS_THEY_ARE,
                Map.of());
        assertThatThrownBy(() -> DataFormats.open(files, Optional::empty))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("images drawn in text");
    }

    private void assertRefused(String content, String reason) {
        assertThatThrownBy(() -> open(content, List.of()))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(reason);
    }

    private Dataset open(String content, List<String> classes) {
        DataRef.Files files = new DataRef.Files(
                file(content).toString(),
                Optional.empty(),
                classes,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                DataRef.ImageFiles.AS_THEY_ARE,
                Map.of());
        return DataFormats.open(files, Optional::empty);
    }

    private Path file(String content) {
        try {
            return Files.writeString(folder.resolve("images.dots"), content);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
