package dev.gauntlet.http;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Setting;
import dev.gauntlet.format.ModelDescription;
import dev.gauntlet.format.ModelFormat;
import dev.gauntlet.format.ModelUse;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.HttpExchange;
import dev.gauntlet.request.ModelRef;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Models behind an HTTP address, which give no gradients. */
public final class HttpFormat implements ModelFormat {
    /** For {@link java.util.ServiceLoader}. */
    public HttpFormat() {}

    @Override
    public String name() {
        return "models behind an HTTP address";
    }

    @Override
    public boolean takes(ModelRef model) {
        return model instanceof ModelRef.Http;
    }

    @Override
    public ModelDescription describe(ModelRef model, ModelUse use) {
        HttpEndpoint endpoint = endpoint((ModelRef.Http) model, use.environment());
        return ModelDescription.of("HTTP").asBlackBox("%s gives no gradient".formatted(endpoint.address()));
    }

    @Override
    public DifferentiableClassifier openWhiteBox(ModelRef model, ModelUse use) {
        throw new GauntletException(
                "%s gives no gradient; attack it as a black box, such as with square."
                        .formatted(((ModelRef.Http) model).address()),
                Setting.ACCESS,
                Setting.ATTACK);
    }

    @Override
    public Classifier openBlackBox(ModelRef model, ModelUse use) {
        ModelRef.Http http = (ModelRef.Http) model;
        return HttpClassifier.of(
                endpoint(http, use.environment()),
                http.input(),
                use.sample()
                        .orElseThrow(() ->
                                new GauntletException("%s is opened only for some data.".formatted(http.address()))),
                use.classes());
    }

    private static HttpEndpoint endpoint(ModelRef.Http http, Map<String, String> environment) {
        HttpExchange exchange = http.exchange();
        Map<String, String> headers = new LinkedHashMap<>();
        exchange.headers().forEach(header -> headers.put(header.name(), header.value(environment)));
        return new HttpEndpoint(
                address(http.address()),
                exchange.request(),
                exchange.response(),
                headers,
                exchange.timeout(),
                exchange.retries(),
                exchange.requestsPerSecond().orElse(Double.POSITIVE_INFINITY),
                exchange.queryBudget().orElse(Long.MAX_VALUE),
                exchange.batch());
    }

    private static URI address(String address) {
        try {
            return new URI(address);
        } catch (URISyntaxException e) {
            throw new GauntletException("'%s' is not a valid address: %s.".formatted(address, e.getReason()), e);
        }
    }
}
