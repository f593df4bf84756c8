package dev.gauntlet.evaluate;

/** Computes tasks on other machines, to which it keeps a connection. */
public interface ClusterRunner extends Runner, AutoCloseable {
    /** Ends what runs there and gives the machines back. */
    @Override
    void close();
}
