package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same three examples, (0.25, 0.5), (0, 1) and (0.75, 1) of the classes 1, 0 and 2, as people write them. */
class CsvDataTest {
    @TempDir
    private Path folder;

    private Path write(String lines) throws IOException {
        return Files.writeString(
                folder.resolve("a.csv"),
                lines.replace('~', '\n')
                        .replace("\\r", "\r")
                        .replace("\\t", "\t")
                        .replace('\'', '"'));
    }

    private static Dataset open(Path file, String... classes) {
        return DataFiles.open(file, new DataFormat(Optional.empty(), List.of(classes), Optional.empty()));
    }

    private static float[] pixels(Dataset data, int id) {
        float[] pixels = new float[data.shape().size()];
        data.copyPixels(id, pixels, 0);
        return pixels;
    }

    private static List<Integer> labels(Dataset data) {
        return IntStream.range(0, data.size()).mapToObj(data::label).toList();
    }

    private static void assertExamples(Dataset data) {
        assertThat(data.shape()).isEqualTo(new ImageShape(1, 1, 2));
        assertThat(labels(data)).containsExactly(1, 0, 2);
        assertThat(pixels(data, 0)).containsExactly(0.25f, 0.5f);
        assertThat(pixels(data, 1)).containsExactly(0, 1);
        assertThat(pixels(data, 2)).containsExactly(0.75f, 1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            plain                    | label,p0,p1~1,0.25,0.5~0,0,1~2,.75,1e0
            without header           | 1,0.25,0.5~0,0,1~2,0.75,1
            carriage returns         | label,p0,p1\\r~1,0.25,0.5\\r~0,0,1\\r~2,0.75,1\\r~
            mark of the byte order   | \ufefflabel,p0,p1~1,0.25,0.5~0,0,1~2,0.75,1
            quotes                   | 'label','p0','p1'~'1','0.25','0.5'~'0','0','1'~'2','0.75','1'
            quotes after spaces      | 'label', 'p0', 'p1'~'1', '0.25', '0.5'~'0', '0', '1'~'2', '0.75', '1'
            separator in a quote     | label,'p,0','p''1'~1,0.25,0.5~0,0,1~2,0.75,1
            line break in a quote    | label,'p~0',p1~1,0.25,0.5~0,0,1~2,0.75,1
            label last               | p0,p1,Target~0.25,0.5,1~0,1,0~0.75,1,2
            label in the middle      | p0,CLASS,p1~0.25,1,0.5~0,0,1~0.75,2,1
            columns named by numbers | y,0,1~1,0.25,0.5~0,0,1~2,0.75,1
            blank lines              | ~~label,p0,p1~1,0.25,0.5~ ~0,0,1~~2,0.75,1~~
            labels as floats         | label,p0,p1~1.0,0.25,0.5~0.0,0,1~2.0,0.75,1
            numpy's header           | # label,p0,p1~1,0.25,0.5~0,0,1~2,0.75,1
            """)
    void readsThemWithoutAWord(String kind, String lines) throws IOException {
        Dataset data = open(write(lines));

        assertExamples(data);
        assertThat(data.origin().notice()).as(kind).isEmpty();
        assertThat(data.numbersAssumed()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            label;p0;p1~1;0.25;0.5~0;0;1~2;0.75;1                   | The separator is ';'.
            'label';'p0';'p1'~'1';'0.25';'0.5'~'0';'0';'1'~'2';'0.75';'1' | The separator is ';'.
            1;0.25;0.5~0;0;1~2;0.75;1                               | The separator is ';'.
            label\\tp0\\tp1~1\\t0.25\\t0.5~0\\t0\\t1~2\\t0.75\\t1   | The separator is a tab.
            ,label,p0,p1~7,1,0.25,0.5~3,0,0,1~5,2,0.75,1            | The numbers of the rows in column 1 were left out.
            Unnamed: 0,label,p0,p1~0,1,0.25,0.5~1,0,0,1~2,2,0.75,1  | The numbers of the rows in column 'Unnamed: 0' were left out.
            id,p0,p1,label~10,0.25,0.5,1~11,0,1,0~12,0.75,1,2       | The numbers of the rows in column 'id' were left out.
            label,p0,p1~1,0.25,0.5~0,-3e-8,1.0000002~2,0.75,1       | 2 pixels were outside [0,1] by at most 0.000001 and moved to its ends.
            """)
    void readsThemAndSaysWhatIsSpecial(String lines, String notice) throws IOException {
        Dataset data = open(write(lines));

        assertExamples(data);
        assertThat(data.origin().notice()).contains(notice);
    }

    @ParameterizedTest
    @CsvSource({"label", "'LABEL'", "1"})
    void labelColumnIsTheOneThatIsNamed(String column) throws IOException {
        Path file = write("label,p0,y~1,0.25,0.5~0,0,1~2,0.75,1");

        assertThatThrownBy(() -> open(file))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith(
                        "has the columns 'label' and 'y', and each may be the label; say which one it is.");
        assertExamples(DataFiles.open(file, DataFormat.PLAIN.withLabelColumn(column)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            p0,p1,digit~0.25,0.5,1~0,1,0~0.75,1,2 | digit
            p0,p1,digit~0.25,0.5,1~0,1,0~0.75,1,2 | last
            p0,p1,digit~0.25,0.5,1~0,1,0~0.75,1,2 | 3
            0.25,0.5,1~0,1,0~0.75,1,2             | last
            0.25,0.5,1~0,1,0~0.75,1,2             | 3
            0.25,1,0.5~0,0,1~0.75,2,1             | 2
            """)
    void labelColumnMayStandAnywhere(String lines, String column) throws IOException {
        Path file = write(lines);

        assertExamples(DataFiles.open(file, DataFormat.PLAIN.withLabelColumn(column)));
        assertThatThrownBy(() -> open(file)).isInstanceOf(GauntletException.class);
    }

    @Test
    void textLabelsAreNumberedAlphabeticallyOrAsGiven() throws IOException {
        Path file = write("label,p0,p1~setosa,0.25,0.5~'a, b',0,1~virginica,0.75,1");

        Dataset alphabetical = open(file);
        assertExamples(alphabetical);
        assertThat(alphabetical.classes()).containsExactly("a, b", "setosa", "virginica");
        assertThat(alphabetical.numbersAssumed()).isTrue();
        assertThat(alphabetical.origin().notice())
                .contains(
                        "The labels are text and were numbered in alphabetical order: 0 is a, b, 1 is setosa, 2 is virginica.");
        Dataset given = open(file, "virginica", "x", "setosa", "a, b");
        assertThat(labels(given)).containsExactly(2, 3, 0);
        assertThat(given.classes()).containsExactly("virginica", "x", "setosa", "a, b");
        assertThat(given.numbersAssumed()).isFalse();
        assertThat(given.origin().notice()).isEmpty();
        assertThat(labels(open(file, "setosa=4", "a, b=0", "virginica=2"))).containsExactly(4, 0, 2);
        assertThatThrownBy(() -> open(file, "setosa", "virginica"))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("the label 'a, b' is not one of the given classes setosa, virginica;");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            p0,p1,species~0.25,0.5,b~0,1,a~0.75,1,c | 'species'
            b,0.25,0.5~a,0,1~c,0.75,1               |
            """)
    void theOnlyColumnWithTextHasTheLabels(String lines, String column) throws IOException {
        Dataset data = open(write(lines));

        assertExamples(data);
        assertThat(data.origin().notice().orElse(""))
                .startsWith(
                        column == null
                                ? "The labels are text"
                                : "The labels were taken from column %s, the only one with text. The labels are text"
                                        .formatted(column));
    }

    @Test
    void columnsThatAreCountedAreAHeader() throws IOException {
        Dataset data = open(write("species,1,2,3~b,0.25,0.5,0~a,0,1,0"));

        assertThat(data.classes()).containsExactly("a", "b");
        assertThat(data.size()).isEqualTo(2);
    }

    @Test
    void wholeNumbersUpTo255AreBytesAndSaid() throws IOException {
        Dataset data = open(write("label,p0,p1~1,51,102~0,0,255~2,204.0,255"));

        assertThat(pixels(data, 0)).containsExactly(0.2f, 0.4f);
        assertThat(pixels(data, 1)).containsExactly(0, 1);
        assertThat(pixels(data, 2)).containsExactly(0.8f, 1);
        assertThat(data.origin().notice())
                .contains(
                        "All pixels are whole numbers, the largest is 255; so they are bytes and were divided by 255.");
        Dataset binary = open(write("label,p0,p1~1,0,1~0,1,1"));
        assertThat(pixels(binary, 0)).containsExactly(0, 1);
        assertThat(binary.origin().notice()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            label,p0~1,84~0,0.5          | line 2: the number 84 in column 'p0' is not in [0,1]; whole numbers up to 255 in all cells would be bytes, but there is a fraction in line 3: the number 0.5 in column 'p0'.
            label,p0~1,84~0,300          | line 2: the number 84 in column 'p0' is not in [0,1]; the largest number is 300.0; divide by the value of a white pixel.
            label,p0~1,-1.5~0,0.5        | if the pixels are normalised, undo that
            label,p0~1,nan~0,0.5         | line 2: the number nan in column 'p0' is not in [0,1]; fill it in.
            label,p0~1,inf~0,0.5         | line 2: the number inf in column 'p0' is not in [0,1]
            label,p0~1,~0,0.5            | line 2: the cell is empty in column 'p0'
            label;p0~1;0,5~0;0,25        | line 2: '0,5' has a decimal comma; write a point in column 'p0'
            label,p0~,0.5~0,0.25         | line 2: the label in column 'label' is empty
            label,p0~1,0.5~cat,0.25      | has numbers as labels, such as '1' in line 2, and text, such as 'cat' in line 3
            label,p0,file~1,0.5,a.png    | line 2: 'a.png' is not a number; pixels are numbers in column 'file'
            p0,p1,digit~0.2,0.5,1~0,1,0  | has a header without a column named label, class, target or y (it has p0, p1, digit); say which column holds the labels.
            0,1,2~1,0.5,0.5~0,1,0        | has a header without a column named label
            0.25,0.5,1~0,1,0             | line 1: the label '0.25' in column 1 is not a whole number, but '1' in the last column is; if the labels are there, name the label column 'last'.
            0,2,84~1,0,1~2,1,255~3,4,5   | has no header, and its first column counts the rows, as an index does, not a label
            ,label,p0~0.5,1,0.5          | line 2: column 1 is named like an index of the rows, but holds '0.5'; remove or rename it.
            label p0 p1~1 0.5 0.5        | has a single cell; cells are separated by commas, semicolons or tabs
            label,p0~1,0.5~1,1d          | line 3: '1d' is not a number
            label,p0~1,0.5~1,0x1p0       | line 3: '0x1p0' is not a number
            label,p0~'1,0.5              | is not a CSV file, or a damaged one: Unclosed quoted field
            label~1                      | has a single cell
            ,label~0,1~1,0               | has no column with pixels
            label,p0~100000,0.5          | the label 100000; labels are counted from 0 to 99999
            """)
    void whatIsNotCertainIsRefusedWithTheReason(String lines, String reason) throws IOException {
        Path file = write(lines);

        assertThatThrownBy(() -> open(file))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(reason);
    }

    @Test
    void aColumnThatIsNotThereIsRefused() throws IOException {
        Path file = write("label,p0~1,0.5");
        for (String column : List.of("digit", "0", "3", "last one")) {
            assertThatThrownBy(() -> DataFiles.open(file, DataFormat.PLAIN.withLabelColumn(column)))
                    .isInstanceOf(GauntletException.class)
                    .hasMessageEndingWith("has no column '%s'; its columns are label, p0.".formatted(column));
        }
        Path plain = write("1,0.5~0,0.25");
        assertThatThrownBy(() -> DataFiles.open(plain, DataFormat.PLAIN.withLabelColumn("label")))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith(
                        "has no column 'label'; it has no header, so name a column by its number, 1 to 2, or last.");
    }

    @Test
    void otherEncodingsAreNamed() throws IOException {
        Path wide = Files.write(folder.resolve("a.csv"), "\ufefflabel,p0\n1,0.5".getBytes(StandardCharsets.UTF_16LE));
        assertThatThrownBy(() -> open(wide))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith("is text in UTF-16; save it as UTF-8.");
        Path western = Files.write(
                folder.resolve("b.csv"), "label,p0\nM\u00fccke,0.5\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> open(western))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith("is not text in UTF-8; save it in that encoding.");
    }

    @Test
    void messagesStayShort() throws IOException {
        String cell = "x".repeat(10_000);
        for (String lines : List.of(
                "label,p0~1," + cell,
                "label,p0~'" + cell + ",1",
                cell + ",p1~1,2",
                "label~" + cell,
                "p0,p1~" + cell + "," + cell)) {
            assertThatThrownBy(() -> open(write(lines)))
                    .isInstanceOf(GauntletException.class)
                    .extracting(Throwable::getMessage)
                    .asString()
                    .hasSizeLessThan(300)
                    .doesNotContain("\n");
        }
    }

    @Test
    void wideRowsAreRead() throws IOException {
        int pixels = 3 * 224 * 224;
        Dataset data = open(write("label" + ",p".repeat(pixels) + "~1" + ",0.5".repeat(pixels)));

        assertThat(data.shape().size()).isEqualTo(pixels);
        assertThat(pixels(data, 0)[pixels - 1]).isEqualTo(0.5f);
    }
}
