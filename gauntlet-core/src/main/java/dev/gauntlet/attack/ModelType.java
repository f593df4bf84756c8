package dev.gauntlet.attack;

import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds what an attack needs of a model in the declaration of its class. */
final class ModelType {
    private ModelType() {}

    /** Returns the type that stands for M of {@link Attack}; one with gradients if the class leaves it open. */
    static Class<? extends Classifier> of(Class<?> attack) {
        return find(attack, Map.of())
                .<Class<? extends Classifier>>map(type -> type.asSubclass(Classifier.class))
                .orElse(DifferentiableClassifier.class);
    }

    private static Optional<Class<?>> find(Type type, Map<TypeVariable<?>, Type> known) {
        Map<TypeVariable<?>, Type> own = new HashMap<>();
        Class<?> declared;
        if (type instanceof ParameterizedType parameterized) {
            declared = (Class<?>) parameterized.getRawType();
            for (int i = 0; i < declared.getTypeParameters().length; i++) {
                Type argument = parameterized.getActualTypeArguments()[i];
                own.put(
                        declared.getTypeParameters()[i],
                        argument instanceof TypeVariable<?> variable
                                ? known.getOrDefault(variable, variable)
                                : argument);
            }
        } else {
            declared = (Class<?>) type;
        }
        if (declared == Attack.class) {
            return Optional.ofNullable(own.get(Attack.class.getTypeParameters()[0]))
                    .filter(Class.class::isInstance)
                    .map(Class.class::cast);
        }
        return Stream.concat(
                        Stream.ofNullable(declared.getGenericSuperclass()), Stream.of(declared.getGenericInterfaces()))
                .map(parent -> find(parent, own))
                .flatMap(Optional::stream)
                .findFirst();
    }
}
