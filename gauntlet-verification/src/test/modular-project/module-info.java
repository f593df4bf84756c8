/** A program of modules: it reads what Gauntlet's modules export, and finds engines and formats as services. */
module com.example.modular {
    requires dev.gauntlet.http;
    requires dev.gauntlet.images;
    requires dev.gauntlet.report;
    requires dev.gauntlet.torch;
}
