package dev.gauntlet.cli;

import dev.gauntlet.Sha256;
import dev.gauntlet.StorageException;
import dev.gauntlet.data.DatasetLoader;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.explore.OpenModel;
import dev.gauntlet.format.ModelFormats;
import dev.gauntlet.format.ModelUse;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.Trainer;
import dev.gauntlet.torch.objective.FastAdversarial;
import dev.gauntlet.torch.objective.LearningRateSchedule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The networks of the demo, plain and defended, which are trained once and kept in the user's cache. */
final class DemoNetworks {
    /** Fully connected networks can be robust up to this epsilon after training on a laptop. */
    static final double EPSILON = 0.1;

    private static final String FOLDER = "explore";
    private static final int DIGITS_OF_A_NAME = 16;

    private DemoNetworks() {}

    /** Returns a trainer that defends a network as the demo does. */
    static Trainer defending(Trainer trainer) {
        return trainer.withObjective(FastAdversarial.within(EPSILON)).withSchedule(LearningRateSchedule.TRIANGLE);
    }

    /** Opens both networks, which are trained first where the cache does not have them; to be closed by the caller. */
    static List<OpenModel> open(TrainTest data, Access access, Console console) {
        ModelRef.Trained usual = ModelRef.Trained.DEFAULT;
        Trainer plain = new Trainer(usual.epochs(), usual.batchSize(), usual.learningRate(), 0);
        Network network = Network.parse(usual.network());
        List<OpenModel> models = new ArrayList<>();
        try {
            models.add(open("plain", plain, network, data, access, console));
            models.add(open(
                    "defended",
                    defending(plain.withLearningRate(DefenseOptions.learningRate(network, true))),
                    network,
                    data,
                    access,
                    console));
            return models;
        } catch (RuntimeException e) {
            models.forEach(model -> model.classifier().close());
            throw e;
        }
    }

    private static OpenModel open(
            String title, Trainer trainer, Network network, TrainTest data, Access access, Console console) {
        Path file = file(title, trainer, network, data, console);
        ModelRef reference = new ModelRef.File(file.toString(), Optional.empty(), InputSpec.RAW, Optional.empty());
        if (Files.exists(file)) {
            Classifier kept = ModelFormats.of(reference)
                    .openWhiteBox(reference, ModelUse.of(data.test()).in(console.environment()));
            return new OpenModel(title, kept, reference, access);
        }
        console.say("Training the %s network of the demo; it is kept in %s.", title, file);
        Training trained = Training.again(trainer, network, data, console, checkpoint -> {});
        console.say("");
        try {
            trained.model().save(file);
        } catch (IOException e) {
            console.warn("The network cannot be kept (%s), so it is trained again at the next start."
                    .formatted(StorageException.reason(e)));
            return new OpenModel(
                    title,
                    trained.model(),
                    ModelRef.InProcess.of(trained.model().card()),
                    access);
        }
        return new OpenModel(title, trained.model(), reference, access);
    }

    /** Returns the place of a network, which depends on everything that its weights depend on. */
    private static Path file(String title, Trainer trainer, Network network, TrainTest data, Console console) {
        String everything = String.join(
                "\n",
                RobustnessReport.Provenance.current().version(),
                trainer.settings().toString(),
                network.toString(),
                data.train().origin().name(),
                data.train().origin().sha256().toString());
        String sum = Sha256.of(everything.getBytes(StandardCharsets.UTF_8));
        return DatasetLoader.cacheFolder(console.environment())
                .resolve(FOLDER)
                .resolve("%s-%s-%s.safetensors"
                        .formatted(data.train().origin().name(), title, sum.substring(0, DIGITS_OF_A_NAME)));
    }
}
