/**
 * Makes a site of the documentation: a page for each Markdown file, with search, and a folder for each version.
 */
@NullMarked
package dev.gauntlet.site;

import org.jspecify.annotations.NullMarked;
