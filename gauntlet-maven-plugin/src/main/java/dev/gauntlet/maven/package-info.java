/** Goals of Maven that run the commands of Gauntlet and turn their exit codes into the result of a build. */
@API(status = API.Status.INTERNAL)
@NullMarked
package dev.gauntlet.maven;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
