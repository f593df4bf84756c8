package dev.gauntlet.cli;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.data.Layout;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.request.Certificates;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.Suite;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.torch.NamedNetwork;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;

/** What a shell completes for options whose values have names. */
final class Candidates {
    private Candidates() {}

    private static <T> Iterator<String> names(T[] values, Function<T, String> name) {
        return Arrays.stream(values).map(name).iterator();
    }

    /** The attacks. */
    static final class AttackNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.concat(Attacks.all().stream().map(Attack::name), Stream.of(AutoAttack.NAME))
                    .iterator();
        }
    }

    /** The suites. */
    static final class Suites implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return names(Suite.values(), Suite::id);
        }
    }

    /** The norms. */
    static final class Norms implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return names(Norm.values(), Norm::id);
        }
    }

    /** The data sets with names. */
    static final class Datasets implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return names(NamedDataset.values(), NamedDataset::id);
        }
    }

    /** The networks with names. */
    static final class Networks implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return names(NamedNetwork.values(), NamedNetwork::id);
        }
    }

    /** When certificates are made. */
    static final class Moments implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return names(Certificates.Moment.values(), Certificates.Moment::toString);
        }
    }

    /** What the diagnostics may spend. */
    static final class Efforts implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return names(DiagnosticsBudget.Effort.values(), DiagnosticsBudget.Effort::toString);
        }
    }

    /** The orders of pixels. */
    static final class Layouts implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return names(Layout.values(), layout -> layout.name().toLowerCase(Locale.ROOT));
        }
    }

    /** The trust at which a gate may fail. */
    static final class Forbidden implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(Trust.LIMITED, Trust.SUSPECT, Trust.INVALID)
                    .map(Trust::toString)
                    .iterator();
        }
    }
}
