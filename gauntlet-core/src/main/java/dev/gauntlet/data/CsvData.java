package dev.gauntlet.data;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.CsvRecordHandler;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Setting;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Reads examples from a CSV file (RFC 4180), one per line: a label and pixels. */
final class CsvData {
    private static final List<Character> SEPARATORS = List.of(',', ';', '\t');
    private static final List<String> LABEL_COLUMNS = List.of("label", "labels", "class", "target", "y");

    /** The names that pandas and other programs give to an index column. */
    private static final List<String> INDEX_COLUMNS = List.of("", "unnamed: 0", "index", "idx", "id");

    private static final String LAST = "last";

    private static final int LONGEST_LINE = 50_000_000;
    private static final int MOST_COLUMNS = 10_000_000;

    /** This many cells that count from 0 or 1 are not a coincidence. */
    private static final int CELLS_THAT_COUNT = 3;

    private static final double WHITE_BYTE = 255;

    /** Integers up to this may be bytes of dark images, but more likely white is another number. */
    private static final double DARK_BYTE = 64;

    /** A column with larger integers is not used for labels if another column may contain them. */
    private static final int LARGEST_LIKELY_LABEL = 127;

    private static final Pattern COMMA = Pattern.compile("[-+]?\\d*(,\\d+)+");
    private static final Pattern COMMA_BEFORE_THREE = Pattern.compile("[-+]?[1-9]\\d{0,2},\\d{3}");

    private final Path path;
    private final char separator;
    private final Columns columns;
    private final Range range = new Range();

    /** The distinct labels in the order in which they occur, each with its first line. */
    private final Map<String, Long> labels = new LinkedHashMap<>();

    private final Map<String, Integer> places = new LinkedHashMap<>();
    private final List<Integer> placeOfExample = new ArrayList<>();
    private final ColumnValues firstColumn = new ColumnValues();
    private final ColumnValues lastColumn = new ColumnValues();
    private boolean countsRows = true;
    private boolean secondIsWhole = true;

    private CsvData(Path path, char separator, Columns columns) {
        this.path = path;
        this.separator = separator;
        this.columns = columns;
    }

    /**
     * The roles of the columns.
     *
     * @param names the names in the header; empty if there is none
     * @param count the number of columns
     * @param label the column with the labels
     * @param index the column that counts the rows, -1 if there is none
     * @param labelIsGiven whether the user or the header names the label column
     * @param notice how the label column was found, if a reader should know
     */
    private record Columns(
            List<String> names, int count, int label, int index, boolean labelIsGiven, Optional<String> notice) {
        boolean hasHeader() {
            return !names.isEmpty();
        }

        int pixels() {
            return count - 1 - (index < 0 ? 0 : 1);
        }

        Columns withNotice(String text) {
            return new Columns(names, count, label, index, labelIsGiven, Optional.of(text));
        }

        Columns withTextNotice() {
            return withNotice("The labels were taken from %s, the only column with text.".formatted(name(label)));
        }

        String name(int column) {
            return hasHeader() && !names.get(column).isBlank()
                    ? "column '%s'".formatted(ClassNumbers.shown(names.get(column)))
                    : "column %d".formatted(column + 1);
        }
    }

    /** The values of a column that may contain the labels. */
    private static final class ColumnValues {
        private final Set<Integer> different = new TreeSet<>();
        private boolean areWhole = true;
        private double least = Double.POSITIVE_INFINITY;
        private double most = Double.NEGATIVE_INFINITY;

        void add(String cell) {
            double value = isNumber(cell) ? number(cell) : Double.NaN;
            areWhole &= value == Math.rint(value) && value >= 0;
            if (areWhole) {
                least = Math.min(least, value);
                most = Math.max(most, value);
                if (value <= WHITE_BYTE) {
                    different.add((int) value);
                }
            }
        }

        boolean isConstant() {
            return areWhole && least == most;
        }

        boolean areFew() {
            return areWhole && most <= LARGEST_LIKELY_LABEL && different.size() > 1;
        }

        /** Tells whether the values count from 0 or 1 without a gap. */
        boolean areLikeLabels() {
            return areFew() && least <= 1 && different.size() == most - least + 1;
        }

        @Override
        public String toString() {
            return isConstant()
                    ? "is %.0f in every line".formatted(most)
                    : "holds integers from %.0f to %.0f".formatted(least, most);
        }
    }

    /** The range of the pixels. */
    private static final class Range {
        private double least;
        private double most;
        private long rounded;
        private Optional<String> firstOutside = Optional.empty();
        private Optional<String> firstFraction = Optional.empty();
    }

    static Dataset open(Path path, DataOptions format) {
        requireUtf8(path);
        char separator = separator(path);
        List<CsvRecord> beginning = beginning(path, separator);
        if (beginning.isEmpty()) {
            throw empty(path);
        }
        CsvData data = new CsvData(path, separator, columns(path, beginning, format.labelColumn()));
        try {
            Path numbers = Files.createTempFile("gauntlet", ".floats");
            numbers.toFile().deleteOnExit();
            try (OutputStream file = Files.newOutputStream(numbers);
                    OutputStream out = new BufferedOutputStream(file, 1 << 16)) {
                read(path, separator, records -> {
                    boolean header = data.columns.hasHeader();
                    for (CsvRecord row : records) {
                        if (header) {
                            header = false;
                        } else if (!isBlank(row)) {
                            data.add(row, out);
                        }
                    }
                    return data;
                });
            }
            return data.dataset(numbers, format);
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(path, e.getMessage()), e);
        }
    }

    /** An action on the records of an open file. */
    @FunctionalInterface
    private interface Reading<T> {
        T from(CsvReader<CsvRecord> records) throws IOException;
    }

    private static <T> T read(Path path, char separator, Reading<T> reading) {
        try (Reader text = withoutMark(Files.newBufferedReader(path));
                CsvReader<CsvRecord> records = CsvReader.builder()
                        .fieldSeparator(separator)
                        .allowUnclosedQuote(false)
                        .trimWhitespacesAroundQuotes(true)
                        .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                        .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                        .maxBufferSize(LONGEST_LINE)
                        .build(
                                CsvRecordHandler.builder()
                                        .maxFields(MOST_COLUMNS)
                                        .maxFieldSize(LONGEST_LINE)
                                        .maxRecordSize(LONGEST_LINE)
                                        .build(),
                                text)) {
            return reading.from(records);
        } catch (CharacterCodingException e) {
            throw notUtf8(path, e);
        } catch (UncheckedIOException | CsvParseException e) {
            throw refused(path, e);
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(path, e.getMessage()), e);
        }
    }

    private static GauntletException refused(Path path, RuntimeException e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof CharacterCodingException
                ? notUtf8(path, e)
                : new GauntletException(
                        "%s is not a CSV file, or a damaged one: %s."
                                .formatted(
                                        path,
                                        String.valueOf(cause.getMessage())
                                                .replaceAll("\\s+", " ")
                                                .replaceFirst("\\.$", "")),
                        e);
    }

    private static GauntletException notUtf8(Path path, Exception e) {
        return new GauntletException("%s is not UTF-8 text; save it in that encoding.".formatted(path), e);
    }

    private static void requireUtf8(Path path) {
        byte[] mark;
        try (InputStream in = Files.newInputStream(path)) {
            mark = in.readNBytes(2);
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(path, e.getMessage()), e);
        }
        int both = mark.length < 2 ? 0 : (mark[0] & 0xff) << Byte.SIZE | (mark[1] & 0xff);
        if (both == 0xfeff || both == 0xfffe) {
            throw new GauntletException("%s is UTF-16 text; save it as UTF-8.".formatted(path));
        }
    }

    /** Skips the byte order mark, which Excel writes. */
    private static Reader withoutMark(Reader text) throws IOException {
        PushbackReader all = new PushbackReader(text, 1);
        int first = all.read();
        if (first >= 0 && first != 0xfeff) {
            all.unread(first);
        }
        return all;
    }

    private static boolean isBlank(CsvRecord row) {
        return row.getFieldCount() == 1 && row.getField(0).isBlank();
    }

    private static GauntletException empty(Path path) {
        return new GauntletException(
                "%s contains no examples; each line is a label and numbers in [0,1], or bytes, separated by commas."
                        .formatted(path));
    }

    /** Returns the first two lines that are not blank. */
    private static List<CsvRecord> beginning(Path path, char separator) {
        return read(
                path,
                separator,
                records ->
                        records.stream().filter(row -> !isBlank(row)).limit(2).toList());
    }

    /** Finds the separator: the one that splits the first two lines into the same, largest number of cells. */
    private static char separator(Path path) {
        char best = SEPARATORS.get(0);
        int most = 1;
        for (char candidate : SEPARATORS) {
            List<CsvRecord> rows;
            try {
                rows = beginning(path, candidate);
            } catch (GauntletException e) {
                // another separator may work; if none does, the error of the default is reported
                continue;
            }
            boolean even =
                    rows.stream().map(CsvRecord::getFieldCount).distinct().count() == 1;
            if (even && rows.get(0).getFieldCount() > most) {
                best = candidate;
                most = rows.get(0).getFieldCount();
            }
        }
        return best;
    }

    private static Columns columns(Path path, List<CsvRecord> beginning, Optional<String> asked) {
        CsvRecord first = beginning.get(0);
        int count = first.getFieldCount();
        if (count < 2) {
            throw new GauntletException(
                    "%s, line %d, has a single cell; each line is a label and numbers, separated by commas, semicolons or tabs."
                            .formatted(path, first.getStartingLineNumber()));
        }
        List<String> names = isHeader(beginning)
                ? first.getFields().stream()
                        .map(name -> name.strip().replaceFirst("^#\\s*", ""))
                        .toList()
                : List.of();
        int index = index(names);
        if (asked.isPresent()) {
            String column = asked.get().strip();
            int label = column(path, names, count, column);
            Columns columns = new Columns(names, count, label, label == index ? -1 : index, true, Optional.empty());
            int namesake = names.indexOf(column);
            return namesake < 0 || namesake == label
                    ? columns
                    : columns.withNotice(
                            "The labels were taken from column number %s, which is named '%s'; the column named '%s' is number %d."
                                    .formatted(column, ClassNumbers.shown(names.get(label)), column, namesake + 1));
        }
        if (names.isEmpty()) {
            List<Integer> texts = IntStream.range(0, count)
                    .filter(i -> beginning.stream().allMatch(row -> isText(row, i)))
                    .boxed()
                    .toList();
            if (texts.size() != 1) {
                return new Columns(names, count, 0, -1, false, Optional.empty());
            }
            Columns columns = new Columns(names, count, texts.get(0), -1, true, Optional.empty());
            return texts.get(0) == 0 ? columns : columns.withTextNotice();
        }
        List<Integer> named = IntStream.range(0, count)
                .filter(i -> LABEL_COLUMNS.contains(names.get(i).toLowerCase(Locale.ROOT)))
                .boxed()
                .toList();
        if (named.size() > 1) {
            throw new GauntletException(
                    "%s has the columns '%s' and '%s', and each may be the label; name the label column."
                            .formatted(path, names.get(named.get(0)), names.get(named.get(1))),
                    Setting.LABEL_COLUMN);
        }
        if (named.size() == 1) {
            return new Columns(names, count, named.get(0), index, true, Optional.empty());
        }
        List<Integer> texts = beginning.size() < 2
                ? List.of()
                : IntStream.range(0, Math.min(count, beginning.get(1).getFieldCount()))
                        .filter(i -> i != index && !isNumber(beginning.get(1).getField(i)))
                        .boxed()
                        .toList();
        if (texts.size() != 1) {
            throw new GauntletException(
                    "%s has a header without a column named label, class, target or y (it has %s); name the label column."
                            .formatted(path, list(names)),
                    Setting.LABEL_COLUMN);
        }
        return new Columns(names, count, texts.get(0), index, true, Optional.empty()).withTextNotice();
    }

    private static boolean isText(CsvRecord row, int column) {
        return column < row.getFieldCount() && !row.getField(column).isBlank() && !isNumber(row.getField(column));
    }

    /** Lists the names in a header; some may be blank. */
    private static String list(List<String> names) {
        return ClassNumbers.list(
                names.stream().map(name -> name.isBlank() ? "(unnamed)" : name).toList());
    }

    /**
     * Tells whether the first line is a header: it contains a name that only headers have, or text where the second
     * line has a number, or it counts the columns.
     */
    private static boolean isHeader(List<CsvRecord> beginning) {
        List<String> cells = beginning.get(0).getFields();
        boolean named = cells.stream()
                .map(cell -> cell.strip().toLowerCase(Locale.ROOT))
                .anyMatch(name -> LABEL_COLUMNS.contains(name) || name.startsWith("unnamed:"));
        List<String> numbers =
                cells.stream().map(String::strip).filter(CsvData::isNumber).toList();
        boolean counts = numbers.size() >= CELLS_THAT_COUNT && (countFrom(0, numbers) || countFrom(1, numbers));
        if (named || counts || beginning.size() < 2) {
            return named || counts || cells.stream().noneMatch(CsvData::isNumber);
        }
        List<String> next = beginning.get(1).getFields();
        return IntStream.range(0, Math.min(cells.size(), next.size()))
                .anyMatch(i -> !isNumber(cells.get(i)) && isNumber(next.get(i)));
    }

    private static boolean countFrom(int first, List<String> numbers) {
        return IntStream.range(0, numbers.size()).allMatch(i -> numbers.get(i).equals(Integer.toString(first + i)));
    }

    private static int index(List<String> names) {
        return IntStream.range(0, names.size())
                .filter(i -> INDEX_COLUMNS.contains(names.get(i).toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElse(-1);
    }

    /** Finds the column that the user named. */
    private static int column(Path path, List<String> names, int count, String asked) {
        int number = asked.matches("\\d{1,8}") ? Integer.parseInt(asked) : -1;
        if (number >= 1 && number <= count) {
            return number - 1;
        }
        int named = IntStream.range(0, names.size())
                .filter(i -> names.get(i).equals(asked))
                .findFirst()
                .orElseGet(() -> IntStream.range(0, names.size())
                        .filter(i -> names.get(i).equalsIgnoreCase(asked))
                        .findFirst()
                        .orElse(-1));
        if (number == 0 && named >= 0) {
            throw new GauntletException(
                    "%s: column numbers start at 1, so '%s' is ambiguous; the column named '%s' is number %d."
                            .formatted(path, asked, asked, named + 1));
        }
        if (named >= 0) {
            return named;
        }
        if (asked.equalsIgnoreCase(LAST)) {
            return count - 1;
        }
        throw new GauntletException("%s has no column '%s'; %s."
                .formatted(
                        path,
                        ClassNumbers.shown(asked),
                        names.isEmpty()
                                ? "it has no header, so give a column number from 1 to %d, or last".formatted(count)
                                : "its columns are " + list(names)));
    }

    private static boolean isNumber(String cell) {
        try {
            number(cell.strip());
            return true;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /** Parses a number in the formats of CSV files, which are fewer than Java's. */
    private static double number(String cell) {
        char last = cell.isEmpty() ? 'x' : cell.charAt(cell.length() - 1);
        if (Character.isLetter(last)) {
            return switch (cell.toLowerCase(Locale.ROOT)) {
                case "nan", "+nan", "-nan" -> Double.NaN;
                case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
                case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
                default -> throw new NumberFormatException(cell);
            };
        }
        if (cell.indexOf('x') >= 0 || cell.indexOf('X') >= 0) {
            throw new NumberFormatException(cell);
        }
        return Double.parseDouble(cell);
    }

    private void add(CsvRecord row, OutputStream out) throws IOException {
        long line = row.getStartingLineNumber();
        if (row.getFieldCount() != columns.count) {
            throw new GauntletException(
                    "%s, line %d: %d cells instead of %d.".formatted(path, line, row.getFieldCount(), columns.count));
        }
        addLabel(row, line);
        if (!columns.labelIsGiven) {
            firstColumn.add(row.getField(0).strip());
            lastColumn.add(row.getField(columns.count - 1).strip());
        }
        ByteBuffer values = ByteBuffer.allocate(columns.pixels() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < columns.count; i++) {
            if (i != columns.label) {
                String cell = row.getField(i).strip();
                double value = pixel(cell, line, i);
                if (i != columns.index) {
                    look(value, cell, line, i);
                    values.putFloat((float) value);
                } else if (value != Math.rint(value)) {
                    throw new GauntletException(
                            "%s, line %d: %s is named like a row index, but contains '%s'; remove or rename it."
                                    .formatted(path, line, columns.name(i), ClassNumbers.shown(cell)));
                }
            }
        }
        out.write(values.array());
    }

    private double pixel(String cell, long line, int column) {
        try {
            return number(cell);
        } catch (NumberFormatException e) {
            String shown = ClassNumbers.shown(cell);
            String reason;
            if (cell.isEmpty()) {
                reason = "%s is empty; fill it in or remove the line".formatted(columns.name(column));
            } else if (COMMA_BEFORE_THREE.matcher(cell).matches()) {
                reason = "%s contains '%s', whose comma separates thousands or decimals; write '%s' or '%s'"
                        .formatted(columns.name(column), shown, shown.replace(",", ""), shown.replace(',', '.'));
            } else if (COMMA.matcher(cell).matches()) {
                reason = shown.indexOf(',') == shown.lastIndexOf(',')
                        ? "%s contains '%s' with a decimal comma; write '%s'"
                                .formatted(columns.name(column), shown, shown.replace(',', '.'))
                        : "%s contains '%s' with thousands separators; write it without them"
                                .formatted(columns.name(column), shown);
            } else {
                reason = "%s contains '%s', which is not a number; correct the cell or remove the column"
                        .formatted(columns.name(column), shown);
            }
            throw new GauntletException("%s, line %d: %s.".formatted(path, line, reason), e);
        }
    }

    /** Tracks the numbers, to decide at the end whether they are pixels. */
    private void look(double value, String cell, long line, int column) {
        boolean inRange = value >= 0 && value <= 1;
        if (!inRange) {
            range.rounded++;
            boolean near = value >= -ArrayData.RANGE_TOLERANCE && value <= 1 + ArrayData.RANGE_TOLERANCE;
            if (!near && range.firstOutside.isEmpty()) {
                range.firstOutside = Optional.of(place(cell, line, column));
            }
            range.least = Math.min(range.least, value);
        }
        range.most = Math.max(range.most, value);
        if (value != Math.rint(value)) {
            secondIsWhole &= column != 1;
            if (range.firstFraction.isEmpty()) {
                range.firstFraction = Optional.of(place(cell, line, column));
            }
        }
    }

    private String place(String cell, long line, int column) {
        return "line %d: the number %s in %s".formatted(line, ClassNumbers.shown(cell), columns.name(column));
    }

    private void addLabel(CsvRecord row, long line) {
        String label = row.getField(columns.label).strip();
        if (label.isEmpty()) {
            throw new GauntletException(
                    "%s, line %d: the label in %s is empty.".formatted(path, line, columns.name(columns.label)));
        }
        if (isNumber(label) && number(label) != Math.rint(number(label))) {
            String last = row.getField(columns.count - 1).strip();
            boolean lastIsWhole = isNumber(last) && number(last) == Math.rint(number(last));
            throw new GauntletException(
                    "%s, line %d: the label '%s' in %s is not an integer%s."
                            .formatted(
                                    path,
                                    line,
                                    ClassNumbers.shown(label),
                                    columns.name(columns.label),
                                    !columns.labelIsGiven && lastIsWhole
                                            ? ", but '%s' in the last column is; if that is the label, set the label column to 'last'"
                                                    .formatted(ClassNumbers.shown(last))
                                            : ""),
                    !columns.labelIsGiven && lastIsWhole ? new Setting[] {Setting.LABEL_COLUMN} : new Setting[0]);
        }
        countsRows &= label.equals(Integer.toString(placeOfExample.size()))
                || label.equals(Integer.toString(placeOfExample.size() + 1));
        labels.putIfAbsent(label, line);
        Integer known = places.putIfAbsent(label, places.size());
        DataFiles.requireFew(path.toString(), places.size());
        placeOfExample.add(known == null ? places.size() - 1 : known);
    }

    private Dataset dataset(Path numbers, DataOptions format) {
        int count = placeOfExample.size();
        if (count == 0) {
            throw empty(path);
        }
        if (columns.pixels() < 1) {
            throw new GauntletException("%s has no column with pixels.".formatted(path));
        }
        if (!columns.labelIsGiven && countsRows && secondIsWhole && count >= CELLS_THAT_COUNT && columns.count > 2) {
            throw new GauntletException(
                    "%s has no header, and its first column counts the rows, as an index does; remove the index, or set the label column to '1'."
                            .formatted(path),
                    Setting.LABEL_COLUMN);
        }
        boolean lastMayBeLabel = !columns.labelIsGiven && count > 1 && lastMayBeLabel();
        double white = white();
        List<String> notices = new ArrayList<>();
        if (separator != SEPARATORS.get(0)) {
            notices.add("The separator is %s.".formatted(separator == '\t' ? "a tab" : "'" + separator + "'"));
        }
        if (columns.index >= 0) {
            notices.add("The row numbers in %s were skipped.".formatted(columns.name(columns.index)));
        }
        columns.notice.ifPresent(notices::add);
        if (lastMayBeLabel) {
            notices.add("There is no header, so the labels were taken from column 1; the last column %s, too."
                    .formatted(lastColumn));
        }
        Labels read = labels(format.classes());
        read.notice.ifPresent(notices::add);
        if (white == WHITE_BYTE) {
            notices.add("All pixels are integers up to %.0f, so they were read as bytes and divided by 255."
                    .formatted(range.most));
        }
        MappedFile file = MappedFile.of(numbers, 0, (long) columns.pixels() * Float.BYTES, count);
        DataOrigin origin = DataFiles.origin(path, DataFiles.sums(path));
        for (String notice : notices) {
            origin = origin.withAlso(notice);
        }
        FileDataset data = new FileDataset(
                origin,
                new ImageShape(1, 1, columns.pixels()),
                read.classes,
                read.assumed,
                placeOfExample.stream().mapToInt(place -> read.numbers[place]).toArray(),
                new FileDataset.Pixels(file, 0, Encoding.FLOAT32, white, Layout.NCHW, false));
        return white == 1 && range.rounded > 0 ? data.clamped(DataFiles.clampedNotice(range.rounded)) : data;
    }

    /**
     * Tells whether the last column looks like labels as much as the first one, which is the default.
     *
     * @throws GauntletException if it looks more like labels than the first one
     */
    private boolean lastMayBeLabel() {
        if (!firstColumn.areWhole || !lastColumn.areWhole || firstColumn.most > WHITE_BYTE) {
            return false;
        }
        boolean lastIsBetter;
        if (lastColumn.most > WHITE_BYTE) {
            lastIsBetter = true;
        } else if (firstColumn.isConstant()) {
            lastIsBetter = lastColumn.isConstant() ? lastColumn.most > firstColumn.most : true;
        } else if (firstColumn.areLikeLabels()) {
            lastIsBetter = lastColumn.areLikeLabels() && lastColumn.different.size() > firstColumn.different.size();
        } else {
            lastIsBetter = lastColumn.areLikeLabels()
                    || (lastColumn.areFew()
                            && lastColumn.most < firstColumn.most
                            && lastColumn.different.size() < firstColumn.different.size());
        }
        if (lastIsBetter) {
            throw new GauntletException(
                    "%s has no header, and its last column may contain the labels: it %s, and the first column %s; set the label column to 'last' or '1'."
                            .formatted(path, lastColumn, firstColumn),
                    Setting.LABEL_COLUMN);
        }
        return firstColumn.areLikeLabels() && lastColumn.areLikeLabels();
    }

    /** Returns the number that is white: 1 or 255. */
    private double white() {
        boolean areBytes = range.firstFraction.isEmpty() && range.least >= 0 && range.most <= WHITE_BYTE;
        if (range.firstOutside.isEmpty()) {
            return 1;
        }
        if (areBytes && range.most <= DARK_BYTE) {
            throw new GauntletException(
                    "%s has integers up to %.0f as pixels, which are neither in [0,1] nor clearly bytes; divide them by %.0f if %.0f is white, or by 255 if 255 is white."
                            .formatted(path, range.most, range.most, range.most));
        }
        if (areBytes) {
            return WHITE_BYTE;
        }
        boolean isFinite = Double.isFinite(range.least) && Double.isFinite(range.most);
        boolean isNormalized = isFinite && range.least < 0;
        String advice = !isFinite
                ? "correct it or remove the line"
                : isNormalized
                        ? "if the pixels are normalized, undo that, and set the mean and std of the model instead"
                        : range.most <= WHITE_BYTE
                                ? "integers up to 255 in all cells would be bytes, but there is a fraction in "
                                        + range.firstFraction.orElse("")
                                : "the largest number is %s; divide by the value of a white pixel"
                                        .formatted((float) range.most);
        throw new GauntletException(
                "%s, %s is not in [0,1]; %s.".formatted(path, range.firstOutside.orElse(""), advice),
                isNormalized ? new Setting[] {Setting.MEAN, Setting.STD} : new Setting[0]);
    }

    /**
     * The labels and their classes.
     *
     * @param numbers the class of each distinct label, in order of occurrence
     * @param classes the class names
     * @param assumed whether the numbers were only assumed, from the alphabetical order
     * @param notice what a reader must know about them
     */
    private record Labels(int[] numbers, List<String> classes, boolean assumed, Optional<String> notice) {}

    private Labels labels(List<String> given) {
        List<String> different = List.copyOf(places.keySet());
        Optional<String> number = different.stream().filter(CsvData::isNumber).findFirst();
        Optional<String> text =
                different.stream().filter(label -> !isNumber(label)).findFirst();
        if (text.isEmpty()) {
            int[] numbers = different.stream()
                    .mapToInt(label -> DataFiles.label(
                            "%s, line %d".formatted(path, labels.get(label)),
                            placeOfExample.indexOf(DataFiles.required(places, label)),
                            number(label)))
                    .toArray();
            int largest = IntStream.of(numbers).max().orElse(0);
            return new Labels(numbers, ClassNumbers.named(path.toString(), largest, given), false, Optional.empty());
        }
        if (number.isPresent() && given.isEmpty()) {
            throw new GauntletException(
                    "%s has numbers as labels, such as '%s' in line %d, and text, such as '%s' in line %d; use one kind, or name all classes."
                            .formatted(
                                    path,
                                    ClassNumbers.shown(number.get()),
                                    labels.get(number.get()),
                                    ClassNumbers.shown(text.get()),
                                    labels.get(text.get())));
        }
        ClassNumbers classes = ClassNumbers.of(path.toString(), "label", different, given);
        return new Labels(
                different.stream()
                        .mapToInt(label -> DataFiles.required(classes.numbers(), label))
                        .toArray(),
                DataFiles.atLeastTwo(classes.classes()),
                classes.assumed(),
                DataFiles.notice(classes));
    }
}
