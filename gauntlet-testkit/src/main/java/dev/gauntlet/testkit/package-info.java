/**
 * Contract tests for your own attacks, engines and data formats, and tools for tests: models in plain Java with known optima,
 * data sets from arrays, scripted attacks, a runner that sends its tasks through bytes, and a writer of ONNX files.
 *
 * <p>Use it in test scope; it depends on JUnit Jupiter and AssertJ.
 */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.testkit;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
