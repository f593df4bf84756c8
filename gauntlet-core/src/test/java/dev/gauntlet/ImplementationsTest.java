package dev.gauntlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.format.CsvFormat;
import dev.gauntlet.format.DataFormat;
import dev.gauntlet.format.DataFormats;
import dev.gauntlet.format.ModelFormat;
import dev.gauntlet.format.ModelFormats;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImplementationsTest {
    @TempDir
    Path folder;

    @Test
    void findsTheFormatsOfThisModule() {
        assertThat(DataFormats.all()).hasAtLeastOneElementOfType(CsvFormat.class);
    }

    @Test
    void saysInOneLineThatARegisteredClassIsMissing() throws Exception {
        assertRefused(
                ModelFormat.class,
                ModelFormats::all,
                "An engine on the class path cannot be loaded: dev.gauntlet.format.ModelFormat: Provider com.example.Missing not found");
        assertRefused(
                DataFormat.class,
                DataFormats::all,
                "A data format on the class path cannot be loaded: dev.gauntlet.format.DataFormat: Provider com.example.Missing not found");
        assertRefused(
                Attack.class,
                Attacks::all,
                "An attack on the class path cannot be loaded: dev.gauntlet.attack.Attack: Provider com.example.Missing not found");
    }

    @Test
    void refusesAnAttackWhoseOptionsCannotBeRecorded() throws Exception {
        String refused =
                "The attack %s has fields but is not a record, so its options can neither be set nor recorded; make it a record.";
        registered(
                Attack.class,
                Counting.class.getName(),
                () -> assertThatThrownBy(Attacks::all)
                        .isInstanceOf(GauntletException.class)
                        .hasMessage(refused, Counting.class.getName()));
    }

    @Test
    void findsTheAttacksOfTheClassLoaderThatAsks() throws Exception {
        registered(
                Attack.class,
                Standing.class.getName(),
                () -> assertThat(Attacks.parse("standing")).isInstanceOf(Standing.class));
        assertThatThrownBy(() -> Attacks.parse("standing")).hasMessageContaining("standing");
    }

    /** Does nothing, and has no options. */
    public static class Standing implements FixedBudgetAttack<Classifier> {
        @Override
        public String name() {
            return "standing";
        }

        @Override
        public Set<Norm> norms() {
            return EnumSet.of(Norm.LINF);
        }

        @Override
        public void search(Classifier model, Problem problem, double epsilon, Findings findings) {
            // finds nothing
        }
    }

    /** Has an option that nobody can see. */
    public static final class Counting extends Standing {
        private final int steps = 7;

        @Override
        public String title() {
            return "counting to " + steps;
        }
    }

    private void assertRefused(Class<?> service, ThrowingCallable all, String message) throws Exception {
        String file = folder.toUri().toURL() + "META-INF/services/" + service.getName();
        registered(
                service,
                "com.example.Missing",
                () -> assertThatThrownBy(all)
                        .isInstanceOf(GauntletException.class)
                        .hasMessage("%s (registered in %s).", message, file));
    }

    /** Does something with a class path that registers a class. */
    private void registered(Class<?> service, String name, Runnable then) throws IOException {
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(services.resolve(service.getName()), name);
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
            thread.setContextClassLoader(loader);
            then.run();
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
