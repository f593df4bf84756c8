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
        return DataFiles.open(file, new DataOptions(Optional.empty(), List.of(classes), Optional.empty()));
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
            label in plural          | Labels,p0,p1~1,0.25,0.5~0,0,1~2,0.75,1
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
            ,label,p0,p1~7,1,0.25,0.5~3,0,0,1~5,2,0.75,1            | The row numbers in column 1 were skipped.
            Unnamed: 0,label,p0,p1~0,1,0.25,0.5~1,0,0,1~2,2,0.75,1  | The row numbers in column 'Unnamed: 0' were skipped.
            id,p0,p1,label~10,0.25,0.5,1~11,0,1,0~12,0.75,1,2       | The row numbers in column 'id' were skipped.
            label,p0,p1~1,0.25,0.5~0,-3e-8,1.0000002~2,0.75,1       | 2 pixels were outside [0,1] by at most 0.000001 and clipped.
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
                        "has the columns 'label' and 'y', and each may be the label; name the label column.");
        assertExamples(DataFiles.open(file, DataOptions.PLAIN.withLabelColumn(column)));
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

        assertExamples(DataFiles.open(file, DataOptions.PLAIN.withLabelColumn(column)));
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
            0.25,0.5,b~0,1,a~0.75,1,c               | 3
            0.25,b,0.5~0,a,1~0.75,c,1               | 2
            """)
    void theOnlyColumnWithTextHasTheLabels(String lines, String column) throws IOException {
        Dataset data = open(write(lines));

        assertExamples(data);
        assertThat(data.origin().notice().orElse(""))
                .startsWith(
                        column == null
                                ? "The labels are text"
                                : "The labels were taken from column %s, the only column with text. The labels are text"
                                        .formatted(column));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            bytes, then labels        | 84,255,0~7,0,1~200,9,2~33,0,0                | it holds integers from 0 to 2, and the first column holds integers from 7 to 200
            labels with a gap         | 84,255,0~7,0,5~200,9,0~33,0,5                | it holds integers from 0 to 5, and the first column holds integers from 7 to 200
            labels from 1             | 84,255,1~7,0,2~200,9,3                       | it holds integers from 1 to 3
            a margin, then labels     | 0,255,0~0,0,1~0,9,2                          | it holds integers from 0 to 2, and the first column is 0 in every line
            a margin, then gaps       | 0,255,9~0,0,4                                | it holds integers from 4 to 9, and the first column is 0 in every line
            a margin, then one class  | 0,255,3~0,0,3                                | it is 3 in every line, and the first column is 0 in every line
            fractions between         | 0,0.5,7~0,0.25,2                             | it holds integers from 2 to 7
            a dark pixel, then labels | 0,255,0~1,0,1~0,9,2                          | it holds integers from 0 to 2, and the first column holds integers from 0 to 1
            more labels than bytes    | 84,255,0~7,0,999                             | it holds integers from 0 to 999
            """)
    void labelsThatMayBeInTheLastColumnAreRefused(String kind, String lines, String reason) throws IOException {
        Path file = write(lines);

        assertThatThrownBy(() -> open(file))
                .as(kind)
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("has no header, and its last column may contain the labels: " + reason)
                .hasMessageEndingWith("; set the label column to 'last' or '1'.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            all classes        | 2,0,200~0,255,7~1,9,0            | 2,0,1
            classes with gaps  | 7,0,0~2,255,0~9,9,0              | 7,2,9
            one class          | 7,0,0~7,255,0                    | 7,7
            one class, floats  | 0,0.5,0.25~0,1,0.5               | 0,0
            one example        | 0,255,9                          | 0
            more than bytes    | 999,255,1~0,0,0                  | 999,0
            """)
    void labelsInTheFirstColumnAreReadWithoutAHeader(String kind, String lines, String labels) throws IOException {
        Dataset data = open(write(lines));

        assertThat(labels(data)).as(kind).hasToString("[" + labels.replace(",", ", ") + "]");
        assertThat(data.origin().notice().orElse("")).doesNotContain("The labels were taken");
    }

    @Test
    void aLastColumnThatIsLikeLabelsTooIsSaid() throws IOException {
        Dataset data = open(write("2,1,0~0,0,1~1,1,1"));

        assertThat(labels(data)).containsExactly(2, 0, 1);
        assertThat(data.origin().notice())
                .contains(
                        "There is no header, so the labels were taken from column 1; the last column holds integers from 0 to 1, too.");
    }

    @Test
    void aNumberMeansTheColumnOfThatNumber() throws IOException {
        Path file = write("0,1,2~1,0.25,0.5~0,0,1~2,0.75,1");

        Dataset data = DataFiles.open(file, DataOptions.PLAIN.withLabelColumn("1"));
        assertExamples(data);
        assertThat(data.origin().notice())
                .contains(
                        "The labels were taken from column number 1, which is named '0'; the column named '1' is number 2.");
        assertThatThrownBy(() -> DataFiles.open(file, DataOptions.PLAIN.withLabelColumn("0")))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith(
                        "column numbers start at 1, so '0' is ambiguous; the column named '0' is number 1.");
        assertExamples(DataFiles.open(
                write("p0,p1,2024~0.25,0.5,1~0,1,0~0.75,1,2"), DataOptions.PLAIN.withLabelColumn("2024")));
    }

    @Test
    void smallWholeNumbersAreNotTakenForBytes() throws IOException {
        Path file = write("label,p0,p1~1,7,16~0,0,3");

        assertThatThrownBy(() -> open(file))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith(
                        "has integers up to 16 as pixels, which are neither in [0,1] nor clearly bytes; divide them by 16 if 16 is white, or by 255 if 255 is white.");
        assertThat(pixels(open(write("label,p0,p1~1,0,65~0,0,3")), 0)).containsExactly(0, 65 / 255f);
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
                .contains("All pixels are integers up to 255, so they were read as bytes and divided by 255.");
        Dataset binary = open(write("label,p0,p1~1,0,1~0,1,1"));
        assertThat(pixels(binary, 0)).containsExactly(0, 1);
        assertThat(binary.origin().notice()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            label,p0~1,84~0,0.5          | line 2: the number 84 in column 'p0' is not in [0,1]; integers up to 255 in all cells would be bytes, but there is a fraction in line 3: the number 0.5 in column 'p0'.
            label,p0~1,84~0,300          | line 2: the number 84 in column 'p0' is not in [0,1]; the largest number is 300.0; divide by the value of a white pixel.
            label,p0~1,-1.5~0,0.5        | if the pixels are normalized, undo that
            label,p0~1,nan~0,0.5         | line 2: the number nan in column 'p0' is not in [0,1]; correct it or remove the line.
            label,p0~1,inf~0,0.5         | line 2: the number inf in column 'p0' is not in [0,1]; correct it or remove the line.
            label,p0~1,~0,0.5            | line 2: column 'p0' is empty; fill it in or remove the line.
            label;p0~1;0,5~0;0,25        | line 2: column 'p0' contains '0,5' with a decimal comma; write '0.5'.
            label,p0~1,'1,000'           | line 2: column 'p0' contains '1,000', whose comma separates thousands or decimals; write '1000' or '1.000'.
            label,p0~1,'0,500'           | line 2: column 'p0' contains '0,500' with a decimal comma; write '0.500'.
            label,p0~1,'1,000,000'       | line 2: column 'p0' contains '1,000,000' with thousands separators; write it without them.
            label,p0~1,-inf~0,0.5        | line 2: the number -inf in column 'p0' is not in [0,1]; correct it or remove the line.
            ,p0~0,0.5~1,0.25             | has a header without a column named label, class, target or y (it has (unnamed), p0); name the label column.
            label,p0~,0.5~0,0.25         | line 2: the label in column 'label' is empty
            label,p0~1,0.5~cat,0.25      | has numbers as labels, such as '1' in line 2, and text, such as 'cat' in line 3
            label,p0,file~1,0.5,a.png    | line 2: column 'file' contains 'a.png', which is not a number; correct the cell or remove the column.
            p0,p1,digit~0.2,0.5,1~0,1,0  | has a header without a column named label, class, target or y (it has p0, p1, digit); name the label column.
            0,1,2~1,0.5,0.5~0,1,0        | has a header without a column named label
            0.25,0.5,1~0,1,0             | line 1: the label '0.25' in column 1 is not an integer, but '1' in the last column is; if that is the label, set the label column to 'last'.
            0,2,84~1,0,1~2,1,255~3,4,5   | has no header, and its first column counts the rows, as an index does; remove the index, or set the label column to '1'.
            ,label,p0~0.5,1,0.5          | line 2: column 1 is named like a row index, but contains '0.5'; remove or rename it.
            label p0 p1~1 0.5 0.5        | has a single cell; each line is a label and numbers, separated by commas, semicolons or tabs
            label,p0~1,0.5~1,1d          | line 3: column 'p0' contains '1d', which is not a number
            label,p0~1,0.5~1,0x1p0       | line 3: column 'p0' contains '0x1p0', which is not a number
            label,p0~'1,0.5              | is not a CSV file, or a damaged one: Unclosed quoted field
            label~1                      | has a single cell
            ,label~0,1~1,0               | has no column with pixels
            label,p0~100000,0.5          | the label 100000; labels range from 0 to 99999
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
            assertThatThrownBy(() -> DataFiles.open(file, DataOptions.PLAIN.withLabelColumn(column)))
                    .isInstanceOf(GauntletException.class)
                    .hasMessageEndingWith("has no column '%s'; its columns are label, p0.".formatted(column));
        }
        Path plain = write("1,0.5~0,0.25");
        assertThatThrownBy(() -> DataFiles.open(plain, DataOptions.PLAIN.withLabelColumn("label")))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith(
                        "has no column 'label'; it has no header, so give a column number from 1 to 2, or last.");
    }

    @Test
    void otherEncodingsAreNamed() throws IOException {
        Path wide = Files.write(folder.resolve("a.csv"), "\ufefflabel,p0\n1,0.5".getBytes(StandardCharsets.UTF_16LE));
        assertThatThrownBy(() -> open(wide))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith("is UTF-16 text; save it as UTF-8.");
        Path western = Files.write(
                folder.resolve("b.csv"), "label,p0\nM\u00fccke,0.5\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> open(western))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith("is not UTF-8 text; save it in that encoding.");
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
