package dev.gauntlet.junit;

import dev.gauntlet.GauntletException;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Passes the check to a robustness test, and fails a test that does not use it. */
final class RobustnessExtension implements ParameterResolver, AfterTestExecutionCallback {
    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(RobustnessExtension.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        return parameter.getParameter().getType() == RobustnessCheck.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        RobustnessTest required = AnnotationSupport.findAnnotation(test.getRequiredTestMethod(), RobustnessTest.class)
                .orElseThrow();
        RobustnessCheck check = new RobustnessCheck(required);
        test.getStore(NAMESPACE).put(RobustnessCheck.class, check);
        return check;
    }

    @Override
    public void afterTestExecution(ExtensionContext test) {
        RobustnessCheck check = test.getStore(NAMESPACE).get(RobustnessCheck.class, RobustnessCheck.class);
        if (test.getExecutionException().isEmpty() && (check == null || !check.isUsed())) {
            throw new GauntletException(
                    "The test did not test anything; it requires a parameter RobustnessCheck check and must call check.of(model, data).");
        }
    }
}
