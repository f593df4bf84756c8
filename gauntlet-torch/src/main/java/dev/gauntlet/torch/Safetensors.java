package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The safetensors format: the length of a JSON header, the header with name, type, shape and position of each tensor,
 * and the numbers.
 *
 * <p>Described at <a href="https://github.com/huggingface/safetensors">huggingface/safetensors</a>.
 *
 * @param tensors the tensors by name, in the order of the header
 * @param metadata free text by name
 */
record Safetensors(Map<String, WeightTensor> tensors, Map<String, String> metadata) {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();

    private static final String METADATA = "__metadata__";

    /** The limit of the reference implementation. */
    private static final int MAXIMUM_HEADER = 100_000_000;

    /** Parses a file in memory; {@code name} is its name, for errors. */
    static Safetensors read(String name, byte[] file) {
        ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (file.length < Long.BYTES) {
            throw new GauntletException(
                    "%s is not a safetensors file: it has only %d bytes.".formatted(name, file.length));
        }
        long headerLength = buffer.getLong();
        if (headerLength < 2 || headerLength > MAXIMUM_HEADER || headerLength > buffer.remaining()) {
            throw new GauntletException(
                    "%s is not a safetensors file, or truncated: its first 8 bytes declare a header of %s bytes, but %d bytes follow."
                            .formatted(name, Long.toUnsignedString(headerLength), buffer.remaining()));
        }
        String header = new String(file, Long.BYTES, (int) headerLength, StandardCharsets.UTF_8);
        JsonNode root;
        try {
            root = JSON.readTree(header);
        } catch (JacksonException e) {
            throw new GauntletException(
                    "%s is not a safetensors file: its header is not JSON (%s)."
                            .formatted(
                                    name,
                                    e.getOriginalMessage().lines().findFirst().orElse("")),
                    e);
        }
        if (!root.isObject()) {
            throw new GauntletException(
                    "%s is not a safetensors file: its header is not a JSON object.".formatted(name));
        }
        int start = Long.BYTES + (int) headerLength;
        long available = (long) file.length - start;
        List<Place> places = new ArrayList<>();
        Map<String, String> metadata = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            if (entry.getKey().equals(METADATA)) {
                metadata.putAll(metadata(name, entry.getValue()));
            } else {
                places.add(place(name, entry.getKey(), entry.getValue(), available));
            }
        }
        requireNoGap(name, places, available);
        Map<String, WeightTensor> tensors = new LinkedHashMap<>();
        for (Place place : places) {
            place.type().ifPresent(type -> {
                float[] values = type.read(buffer, start + (int) place.from(), place.count());
                tensors.put(place.tensor(), new WeightTensor(place.shape(), values));
            });
        }
        return new Safetensors(tensors, metadata);
    }

    private static Map<String, String> metadata(String name, JsonNode node) {
        Map<String, String> metadata = new TreeMap<>();
        if (!node.isObject()) {
            throw new GauntletException("%s: %s is not a JSON object; the file is damaged.".formatted(name, METADATA));
        }
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            if (!entry.getValue().isString()) {
                throw new GauntletException("%s: %s has %s, which is not text; the file is damaged."
                        .formatted(name, METADATA, entry.getKey()));
            }
            metadata.put(entry.getKey(), entry.getValue().asString());
        }
        return metadata;
    }

    /**
     * The position of a tensor according to the header: from and to are relative to the end of the header; the type of
     * a counter is not supported.
     */
    private record Place(String tensor, Optional<NumberType> type, long[] shape, int count, long from, long to) {}

    private static Place place(String name, String key, JsonNode entry, long available) {
        String where = "%s, tensor %s".formatted(name, key);
        String typeName = entry.path("dtype").asString("");
        Optional<NumberType> type = WeightNames.isCounter(key) && typeName.equals("I64")
                ? Optional.empty()
                : Optional.of(NumberType.ofSafetensors(where, typeName));
        int width = type.map(NumberType::bytes).orElse(Long.BYTES);
        long[] shape = longs(where, entry.path("shape"), "shape");
        long[] offsets = longs(where, entry.path("data_offsets"), "data_offsets");
        int count = NumberType.count(where, shape);
        if (offsets.length != 2 || offsets[0] > offsets[1] || offsets[1] > available) {
            throw new GauntletException(
                    "%s: its data_offsets %s are outside the %d bytes of data; the file is truncated or damaged."
                            .formatted(where, Arrays.toString(offsets), available));
        }
        if (offsets[1] - offsets[0] != (long) count * width) {
            throw new GauntletException("%s: shape %s of %s takes %d bytes, but there are %d; the file is damaged."
                    .formatted(
                            where,
                            Arrays.toString(shape),
                            typeName.toLowerCase(Locale.ROOT),
                            (long) count * width,
                            offsets[1] - offsets[0]));
        }
        return new Place(key, type, shape, count, offsets[0], offsets[1]);
    }

    /** Checks the format's rule that tensors neither overlap nor leave gaps. */
    private static void requireNoGap(String name, List<Place> places, long available) {
        long end = 0;
        for (Place place : places.stream()
                .sorted(Comparator.comparingLong(Place::from).thenComparingLong(Place::to))
                .toList()) {
            if (place.from() != end) {
                throw new GauntletException(
                        "%s, tensor %s: its data begins at %d, but the previous tensor ends at %d; the file is damaged."
                                .formatted(name, place.tensor(), place.from(), end));
            }
            end = place.to();
        }
        if (end != available) {
            throw new GauntletException("%s has %d bytes of data, but its tensors end at %d; the file is damaged."
                    .formatted(name, available, end));
        }
    }

    private static long[] longs(String where, JsonNode array, String field) {
        if (!array.isArray()) {
            throw new GauntletException(
                    "%s: %s is missing or not a list; the file is damaged.".formatted(where, field));
        }
        long[] values = new long[array.size()];
        for (int i = 0; i < values.length; i++) {
            JsonNode value = array.get(i);
            if (!value.isIntegralNumber() || !value.canConvertToLong() || value.asLong() < 0) {
                throw new GauntletException("%s: %s has %s; the file is damaged.".formatted(where, field, value));
            }
            values[i] = value.asLong();
        }
        return values;
    }

    /** Writes 32-bit tensors; the same tensors and metadata always give the same bytes. */
    static byte[] write(Map<String, WeightTensor> tensors, Map<String, String> metadata) {
        ObjectNode root = JSON.createObjectNode();
        ObjectNode meta = root.putObject(METADATA);
        new TreeMap<>(metadata).forEach(meta::put);
        long offset = 0;
        for (Map.Entry<String, WeightTensor> entry : tensors.entrySet()) {
            ObjectNode tensor = root.putObject(entry.getKey());
            tensor.put("dtype", "F32");
            var shape = tensor.putArray("shape");
            Arrays.stream(entry.getValue().shape()).forEach(shape::add);
            long end = offset + (long) entry.getValue().values().length * Float.BYTES;
            tensor.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        StringBuilder header = new StringBuilder(JSON.writeValueAsString(root));
        int length = header.toString().getBytes(StandardCharsets.UTF_8).length;
        // the format requires data that starts at a multiple of 8 and pads the header with spaces
        header.append(" ".repeat(Math.floorMod(-length, Long.BYTES)));
        byte[] headerBytes = header.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(Math.toIntExact(Long.BYTES + headerBytes.length + offset))
                .order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(headerBytes.length).put(headerBytes);
        for (WeightTensor tensor : tensors.values()) {
            file.asFloatBuffer().put(tensor.values());
            file.position(file.position() + tensor.values().length * Float.BYTES);
        }
        return file.array();
    }
}
