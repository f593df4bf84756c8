package dev.gauntlet.data;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The ways in which people write the ten digits.
 *
 * <p>Each line of the table is one way: the digit, its weight relative to the digit's other ways, and its strokes. A
 * stroke is the list of points {@code x,y} that the pen passes, in a box of 100 by 100 with y downwards; {@code !}
 * marks a corner, {@code /} lifts the pen.
 */
final class Glyphs {
    private static final String TABLE = """
            0 6  56,4 30,12 14,46 22,82 50,97 78,82 86,46 74,14 50,4
            0 3  80,14 55,4 25,18 12,55 35,94 68,88 88,50 78,20 54,10 38,22
            0 2  40,7 18,25 10,60 35,95 70,88 90,50 74,14 56,8
            0 2  66,10 40,4 16,30 16,70 44,97 76,84 86,48 70,16 50,14 44,30
            1 8  52,3 50,50 48,97
            1 3  35,22 52,3! 51,50 50,97
            1 1  32,22 52,4! 51,50 50,94 / 22,95 50,94 80,93
            1 1  40,16 54,3 52,50 50,97
            2 4  14,25 40,4 74,12 76,36 48,68 12,94! 50,93 92,91
            2 4  16,24 42,4 74,14 68,44 40,76 14,92 16,80 34,80 56,94 92,90
            2 3  14,20 46,5 78,16 70,40 42,66 10,92! 36,84 60,92 94,94
            2 2  14,14 48,8 82,10! 48,52 12,92! 50,91 92,90
            2 2  22,30 30,8 62,4 78,26 56,60 26,88 10,84 24,72 50,86 90,96
            3 4  16,14 46,3 76,16 68,38 40,46! 76,54 84,76 52,97 12,86
            3 4  18,16 50,4 76,20 58,43 38,48 52,47 82,62 74,90 42,97 12,86
            3 2  14,7 50,6 82,6! 62,26 44,42! 76,50 84,74 50,97 14,88
            3 2  18,22 40,4 74,12 66,38 44,46 34,52 42,42 80,54 78,84 44,97 14,80
            4 4  28,5 20,30 12,56! 50,57 90,50 / 72,6 68,50 62,97
            4 3  62,3 36,32 10,64! 50,65 92,62 / 64,3 63,50 60,97
            4 3  22,8 18,36 28,56 56,54 78,38 / 80,5 74,50 66,97
            4 2  30,4 18,34 10,60! 46,58 84,52 / 66,30 62,62 58,97
            4 2  20,10 16,40 30,54 60,48 80,14! 76,55 68,97
            4 1  10,58 34,30 60,3! 62,50 60,97 / 8,60 48,61 90,60
            5 4  32,6 26,28 20,46! 52,38 80,54 80,80 50,97 14,88 / 32,6 60,6 88,4
            5 3  88,6 56,6 32,8! 22,44! 55,38 82,58 74,86 45,97 12,88
            5 3  84,8 50,6 30,22 36,42 66,54 74,76 48,96 14,88
            5 2  36,14 30,30 26,46! 56,44 74,62 66,88 40,97 12,92 / 34,10 64,10 94,2
            6 4  70,4 40,25 18,60 30,94 65,94 82,70 60,52 34,60 20,76
            6 3  46,3 28,35 18,70 32,95 66,92 78,70 58,56 32,68 24,80
            6 3  82,12 55,4 22,35 14,70 42,97 80,82 72,55 40,52 18,70
            6 3  64,3 44,36 28,72 34,94 58,97 72,82 64,66 46,68 32,84
            6 2  60,3 34,30 22,66 28,92 50,97 74,84 72,66 50,62 30,84
            7 5  8,10 50,9 92,8! 64,48 44,97
            7 2  14,26! 16,8! 50,10 86,8! 60,50 46,97
            7 2  8,10 50,8 90,8! 62,48 44,97 / 32,52 56,51 80,48
            7 3  12,16 46,8 82,12 76,34 54,62 42,97
            7 1  10,18 24,6 46,14 84,6! 68,40 56,97
            8 4  78,18 52,4 24,16 32,38 58,52 80,74 54,97 22,82 30,60 58,44 76,26 74,14
            8 3  50,47 26,34 28,12 52,4 74,14 72,36 50,47 22,62 22,88 50,97 78,86 76,62 50,47
            8 3  82,10 50,5 26,20 45,44 74,66 66,94 32,95 22,74 46,52 76,28 86,12
            8 2  60,46 34,34 32,10 58,4 78,22 60,42 32,58 20,84 44,97 66,84 60,58 40,38
            9 4  74,20 46,6 20,26 28,48 56,46 76,18! 75,55 70,97
            9 3  76,22 50,4 20,20 26,46 56,46 78,18 80,55 68,88 42,97 22,88
            9 3  70,10 32,14 22,40 50,48 76,28 80,8! 74,60 64,97
            9 3  70,16 52,5 34,18 32,36 48,42 66,28 72,12! 60,54 42,97
            9 2  74,30 60,6 30,8 22,34 46,46 72,28 76,14 70,52 48,97
            9 2  66,30 70,8 40,5 24,28 38,46 64,36 76,10 66,55 50,97
            """;

    /** The styles of each digit, each repeated by its weight. */
    private static final List<List<List<Stroke>>> STYLES = IntStream.range(0, 10)
            .mapToObj(digit -> TABLE.lines()
                    .filter(line -> line.startsWith(digit + " "))
                    .flatMap(Glyphs::repeated)
                    .toList())
            .toList();

    private Glyphs() {}

    /** Chooses a way of writing a digit, in the unit box. */
    static List<Stroke> choose(int digit, SplittableRandom random) {
        List<List<Stroke>> styles = STYLES.get(digit);
        return styles.get((int) (random.nextDouble() * styles.size()));
    }

    private static Stream<List<Stroke>> repeated(String line) {
        String[] columns = line.split(" +", 3);
        List<Stroke> strokes =
                Arrays.stream(columns[2].split(" / ")).map(Glyphs::stroke).toList();
        return Collections.nCopies(Integer.parseInt(columns[1]), strokes).stream();
    }

    private static Stroke stroke(String text) {
        return new Stroke(Arrays.stream(text.split(" ")).map(Glyphs::point).toList());
    }

    private static Stroke.Point point(String text) {
        boolean corner = text.endsWith("!");
        int comma = text.indexOf(',');
        int end = corner ? text.length() - 1 : text.length();
        return new Stroke.Point(
                Integer.parseInt(text.substring(0, comma)) / 100.0,
                Integer.parseInt(text.substring(comma + 1, end)) / 100.0,
                corner);
    }
}
