/**
 * Contract tests that an attack or an engine of one's own has to pass, and what is needed to write them: models in plain
 * Java whose optima are known, data sets out of arrays, scripted attacks, a runner that sends its tasks through bytes, and a writer of ONNX files.
 *
 * <p>It is for test scope; JUnit Jupiter and AssertJ come with it.
 */
@NullMarked
package dev.gauntlet.testkit;

import org.jspecify.annotations.NullMarked;
