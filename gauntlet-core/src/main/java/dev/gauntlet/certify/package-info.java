/** What a certificate is: the proof that no example within a ball is misclassified. */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.certify;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
