package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.gauntlet.GauntletException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What every complaint to a user has in common. */
final class BadInput {
    private BadInput() {}

    /** Requires an error of one line that contains all the given texts. */
    static void refused(ThrowingCallable work, String... texts) {
        Throwable thrown = catchThrowable(work);
        assertThat(thrown).isExactlyInstanceOf(GauntletException.class);
        assertThat(thrown.getMessage())
                .as("one line that a person can read")
                .hasSizeBetween(20, 1000)
                .doesNotContainPattern("[\\p{Cntrl}\\u2028\\u2029]")
                .endsWith(".");
        for (String text : texts) {
            assertThat(thrown.getMessage()).contains(text);
        }
    }
}
