// Parts that several pages are made of.
import { paint, png } from "./images.js";

/** Makes an element with its properties or, where there is no such property, attributes. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element) {
      element[key] = value;
    } else {
      element.setAttribute(key, value);
    }
  }
  element.append(...children);
  return element;
}

/** Fills a menu with pairs of value and text. */
export function choices(select, entries, chosen) {
  select.replaceChildren(...entries.map(([value, text]) => new Option(text, value, false, String(value) === String(chosen))));
}

export function percent(share) {
  return `${(100 * share).toFixed(share > 0.999 && share < 1 ? 2 : 1)} %`;
}

export function figure(canvas, heading, text) {
  return make("figure", {}, canvas, make("figcaption", {}, make("b", {}, heading), text));
}

export function imageOf(pixels, description) {
  const canvas = make("canvas", { className: "image", role: "img", "aria-label": description });
  paint(canvas, pixels);
  return canvas;
}

/** The most classes that are shown with their confidences. */
const MOST_BARS = 10;

/** Shows the confidences in the classes, clean and, if there are any, under attack. */
export function bars(names, before, after) {
  const caption = make("caption", { className: "legend" });
  caption.append("Confidence ", make("i", { className: "clean" }), " clean ", make("i", { className: "found" }), " under attack");
  const order = before.map((_, k) => k);
  if (order.length > MOST_BARS) {
    order.sort((a, b) => Math.max(before[b], after?.[b] ?? 0) - Math.max(before[a], after?.[a] ?? 0));
  }
  const bar = (share, kind) => {
    const element = make("i", { className: kind });
    element.style.width = `${(100 * share).toFixed(2)}%`;
    return element;
  };
  const rows = order.slice(0, MOST_BARS).map((k) =>
    make(
      "tr",
      {},
      make("th", { scope: "row", title: names[k] }, names[k]),
      make("td", { className: "bar" }, bar(before[k], "clean"), ...(after ? [bar(after[k], "found")] : [])),
      make("td", { className: "number" }, percent((after ?? before)[k]))));
  return make("table", { className: "bars" }, caption, make("tbody", {}, ...rows));
}

/** Gives the user an image as a file. */
export async function save(pixels, file) {
  const link = make("a", { href: URL.createObjectURL(await png(pixels)), download: file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
