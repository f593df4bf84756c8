/** What a certificate is: the proof that no example within a ball is misclassified. */
@NullMarked
package dev.gauntlet.certify;

import org.jspecify.annotations.NullMarked;
