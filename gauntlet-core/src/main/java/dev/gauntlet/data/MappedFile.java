package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A memory-mapped file of records of equal length: records that are not read take no memory. */
final class MappedFile {
    /** Java maps at most 2 GB at once. */
    static final long LARGEST_PIECE = 1L << 30;

    private final int recordBytes;
    private final int recordsPerPiece;
    private final List<ByteBuffer> pieces;

    private MappedFile(int recordBytes, int recordsPerPiece, List<ByteBuffer> pieces) {
        this.recordBytes = recordBytes;
        this.recordsPerPiece = recordsPerPiece;
        this.pieces = List.copyOf(pieces);
    }

    /**
     * Maps a file.
     *
     * @param path the file
     * @param start the offset of the first record
     * @param recordBytes the length of a record
     * @param count the number of records, all of which must exist
     */
    static MappedFile of(Path path, long start, long recordBytes, int count) {
        return of(path, start, recordBytes, count, ByteOrder.LITTLE_ENDIAN);
    }

    /** Maps a file whose numbers have a given byte order. */
    static MappedFile of(Path path, long start, long recordBytes, int count, ByteOrder order) {
        if (recordBytes > LARGEST_PIECE) {
            throw new GauntletException(
                    "%s has examples of %,d bytes, which is too large.".formatted(path, recordBytes));
        }
        int perPiece = (int) Math.max(1, LARGEST_PIECE / Math.max(1, recordBytes));
        List<ByteBuffer> pieces = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(path)) {
            for (long first = 0; first < count; first += perPiece) {
                long records = Math.min(perPiece, count - first);
                pieces.add(
                        channel.map(FileChannel.MapMode.READ_ONLY, start + first * recordBytes, records * recordBytes)
                                .order(order));
            }
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(path, e.getMessage()), e);
        }
        return new MappedFile((int) recordBytes, perPiece, pieces);
    }

    /** Returns the piece that contains a record. */
    ByteBuffer piece(int record) {
        return pieces.get(record / recordsPerPiece);
    }

    /** Returns the offset of a record in its piece. */
    int position(int record) {
        return record % recordsPerPiece * recordBytes;
    }
}
