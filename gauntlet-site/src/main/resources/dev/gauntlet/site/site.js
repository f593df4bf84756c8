// Search, the menu of versions, copying and links to headings. Without this script the pages are complete, but have none of these.
"use strict";
{
  const here = location.pathname.split("/").pop() || "index.html";

  /** Makes an element with attributes and content. */
  function make(tag, attributes = {}, ...content) {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    element.append(...content);
    return element;
  }

  // the lists beside the page are open where there is room; in browsers that cannot unfold them by style, only by this
  for (const [list, width] of [["pages", "62rem"], ["headings", "82rem"]]) {
    const wide = matchMedia(`(min-width: ${width})`);
    const details = document.querySelector(`.${list} details`);
    const adapt = () => details?.toggleAttribute("open", wide.matches);
    wide.addEventListener("change", adapt);
    adapt();
  }

  for (const heading of document.querySelectorAll("main :is(h2, h3, h4)[id]")) {
    heading.append(make("a", { class: "anchor", href: `#${heading.id}`, "aria-label": `Link to ${heading.textContent}` }, "#"));
  }

  // browsers offer the clipboard only to pages from files and over HTTPS
  for (const pre of navigator.clipboard ? document.querySelectorAll("main pre") : []) {
    const button = make("button", { type: "button" }, "Copy");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(pre.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(pre);
        button.textContent = "Selected";
      }
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    const box = make("div", { class: "code" });
    pre.replaceWith(box);
    box.append(pre, button);
  }

  // versions.js lies beside the folders of all versions; a copy of a single one has none
  const versions = window.gauntletVersions ?? [];
  if (versions.length > 0) {
    const place = document.querySelector(".version");
    const list = make("ul");
    for (const { version, released, pages } of versions) {
      const link = make("a", { href: `../${version}/${pages.includes(here) ? here : "index.html"}` });
      link.append(released ? version : `${version} (unreleased)`);
      if (version === place.dataset.version) {
        link.setAttribute("aria-current", "true");
      }
      list.append(make("li", {}, link));
    }
    place.replaceChildren(make("details", {}, make("summary", { "aria-label": `Version ${place.dataset.version}` }, place.dataset.version), list));
  }

  // search
  const MOST = 20;
  const search = document.querySelector(".search");
  const input = search.querySelector("input");
  const panel = search.querySelector(".results");
  const status = panel.querySelector("p");
  const list = panel.querySelector("ol");
  let index;
  search.hidden = false;

  /** Loads the index when it is first needed, as a script: a page from a file may not read other files. */
  function load() {
    index ??= new Promise((resolve, reject) => {
      const script = make("script", { src: "search-index.js" });
      script.onload = () => resolve(window.gauntletIndex);
      script.onerror = () => reject(new Error("search-index.js did not load"));
      document.head.append(script);
    });
    return index;
  }

  const LETTER = "[\\p{L}\\p{N}]";
  const OTHER = "[^\\p{L}\\p{N}]";
  const words = (text) => text.match(new RegExp(`${LETTER}+`, "gu")) ?? [];
  const literally = (text) => text.replace(/[^\p{L}\p{N}]/gu, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);

  /** Returns patterns for the terms of a query; GAUNTLET_DATA, 8/255 and --time-limit are one each. */
  function terms(query) {
    const parts = query.split(/\s+/).map((part) => part.replace(new RegExp(`^${OTHER}+|${OTHER}+$`, "gu"), ""));
    return [...new Set(parts)].filter(Boolean).map(literally);
  }

  const sum = (grades) => grades.reduce((a, b) => a + b, 0);

  /** Grades a text: a part of a word counts least, then the beginning of one, then a whole word. */
  function grader(term) {
    const part = new RegExp(term, "giu");
    const start = new RegExp(`(?<!${LETTER})${term}`, "giu");
    const whole = new RegExp(`(?<!${LETTER})${term}(?!${LETTER})`, "giu");
    const count = (text, pattern) => Math.log2(1 + (text.match(pattern)?.length ?? 0));
    return (text) => count(text, part) + 2 * count(text, start) + 3 * count(text, whole);
  }

  /**
   * Returns the sections that contain all terms, best first. A term in the title of the page is enough if another is in
   * the section. Headings count most, the shorter the more; terms that follow each other as in the query count again.
   */
  function find(sections, query) {
    const patterns = terms(query);
    const graders = patterns.map(grader);
    const phrase = patterns.length > 1 ? grader(patterns.join(`${OTHER}+`)) : () => 0;
    const found = [];
    for (const section of sections) {
      const inSection = (grade) =>
        (12 * grade(section.heading)) / Math.log2(2 + words(section.heading).length)
        + grade(section.text) / Math.log2(2 + section.text.length / 500);
      const own = graders.map(inSection);
      const title = graders.map((grade) => grade(section.page));
      if (sum(own) > 0 && own.every((grade, i) => grade + title[i] > 0)) {
        found.push({ section, grade: sum(own) + sum(title) + 8 * inSection(phrase) });
      }
    }
    return found.sort((a, b) => b.grade - a.grade).map(({ section }) => section);
  }

  /** Returns the part of a text around the first term, with the terms marked. */
  function excerpt(text, query) {
    const term = terms(query).join("|");
    const start = text.search(new RegExp(`(?<!${LETTER})(${term})`, "iu"));
    const at = start >= 0 ? start : text.search(new RegExp(term, "iu"));
    const from = at < 70 ? 0 : text.indexOf(" ", at - 60) + 1;
    const part = text.slice(from, from + 180).replace(/\s\S*$/u, from + 180 < text.length ? " …" : "$&");
    const pieces = part.split(new RegExp(`(${term})`, "iu"));
    const marked = pieces.map((piece, i) => (i % 2 === 1 ? make("mark", {}, piece) : piece));
    return make("span", {}, from > 0 ? "… " : "", ...marked);
  }

  async function show() {
    const query = input.value.trim();
    panel.hidden = terms(query).length === 0;
    if (panel.hidden) {
      return;
    }
    let found;
    try {
      found = find(await load(), query);
    } catch (error) {
      status.textContent = `The search does not work: ${error.message}.`;
      return;
    }
    if (query !== input.value.trim()) {
      return; // typed on while the index was loaded
    }
    const count = found.length === 1 ? "1 result" : `${found.length} results`;
    status.textContent =
      found.length === 0 ? `Nothing found for “${query}”.` : found.length > MOST ? `The best ${MOST} of ${count}` : count;
    list.replaceChildren(
      ...found.slice(0, MOST).map(({ url, page, heading, text }) => {
        const where = heading === page ? page : `${page} › ${heading}`;
        return make("li", {}, make("a", { href: url }, make("span", { class: "where" }, where), excerpt(text, query)));
      }));
  }

  function close() {
    panel.hidden = true;
  }

  input.addEventListener("focus", () => load().catch(() => {})); // show reports it
  input.addEventListener("focus", show);
  input.addEventListener("input", show);
  search.addEventListener("focusout", (event) => {
    if (!search.contains(event.relatedTarget)) {
      close();
    }
  });
  // a click into the panel must not take the focus away, which would close it
  panel.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", close);
  search.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape") {
      input.focus();
      close();
    } else if (event.key === "ArrowDown" && !panel.hidden) {
      links[Math.min(at + 1, links.length - 1)]?.focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      (links[at - 1] ?? input).focus();
    } else if (event.key === "Enter" && event.target === input && !panel.hidden) {
      links[0]?.click();
    } else {
      return;
    }
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
    }
  });
}
