package dev.gauntlet.data;

import dev.gauntlet.testkit.DatasetContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The data sets of this module keep the promises that the test kit checks. */
class DatasetContractTest {
    @TempDir
    Path folder;

    @Nested
    class Csv extends DatasetContract {
        @Override
        protected Dataset open() {
            return DatasetContractTest.this.open("images.csv", """
                            cat,0,0.5,1
                            dog,1,0.25,0
                            cat,0,0,0
                            """.getBytes(StandardCharsets.UTF_8));
        }
    }

    @Nested
    class Cifar extends DatasetContract {
        @Override
        protected Dataset open() {
            byte[] images = new byte[4 * (1 + 3 * 32 * 32)];
            for (int i = 0; i < images.length; i++) {
                images[i] = (byte) (i % (1 + 3 * 32 * 32) == 0 ? i % 10 : 31 * i);
            }
            return DatasetContractTest.this.open("images.bin", images);
        }
    }

    private Dataset open(String name, byte[] content) {
        try {
            return DataFiles.open(Files.write(folder.resolve(name), content), DataOptions.PLAIN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
