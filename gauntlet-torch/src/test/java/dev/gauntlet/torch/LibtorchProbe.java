package dev.gauntlet.torch;

/** Run in a process of its own: starts libtorch twice and prints what a user would read each time. */
final class LibtorchProbe {
    private LibtorchProbe() {}

    public static void main(String[] arguments) {
        for (int round = 0; round < 2; round++) {
            try {
                Samples.classifier(Network.mlp(2, 2), 1).close();
                System.out.println("started");
            } catch (RuntimeException | LinkageError e) {
                System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
            }
        }
    }
}
