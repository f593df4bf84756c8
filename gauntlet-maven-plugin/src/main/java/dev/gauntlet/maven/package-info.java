/** Goals of Maven that run the commands of Gauntlet and turn their exit codes into the result of a build. */
@NullMarked
package dev.gauntlet.maven;

import org.jspecify.annotations.NullMarked;
