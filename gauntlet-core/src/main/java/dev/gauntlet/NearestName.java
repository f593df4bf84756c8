package dev.gauntlet;

import java.util.List;

/** Temporary until the data branch lands. */
public final class NearestName {
    private NearestName() {}

    public static int indexOf(String kind, String name, List<String> known) {
        int i = known.indexOf(name);
        if (i < 0) {
            throw new GauntletException("Unknown " + kind + " " + name);
        }
        return i;
    }
}
