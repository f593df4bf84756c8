// Small charts: curves over the queries of an attack, and what a model says on a plane.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 420;
const HEIGHT = 250;
const LEFT = 52;
const RIGHT = 60;
const TOP = 24;
const BOTTOM = 34;

/** Colors for classes that are far apart in light and dark, and for people who do not see all colors. */
const COLORS = [
  "#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2", "#eeca3b", "#9d755d", "#ff9da6", "#8c8c8c",
  "#1f4e79", "#a65628", "#2f6b2f", "#7a1f2b", "#2b7a78", "#5e3c6b",
];

export function color(k) {
  return COLORS[k % COLORS.length];
}

export function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) {
    return "–";
  }
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) {
    return value.toExponential(2);
  }
  return String(Number(value.toPrecision(4)));
}

function draw(parent, name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  if (text !== undefined) {
    element.textContent = text;
  }
  parent.append(element);
  return element;
}

function range(values) {
  const finite = values.filter(Number.isFinite);
  let [low, high] = [Math.min(...finite), Math.max(...finite)];
  if (finite.length === 0) {
    return [0, 1];
  }
  if (low === high) {
    [low, high] = [low - 0.5, high + 0.5];
  }
  return [low, high];
}

/** Draws margin (left axis) and loss (right axis) over the queries; a click chooses a query. */
export function curves(svg, steps, chosen, choose) {
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  const last = Math.max(1, steps[steps.length - 1].number);
  const x = (n) => LEFT + ((WIDTH - LEFT - RIGHT) * n) / last;
  const scale = ([low, high]) => (value) => TOP + ((HEIGHT - TOP - BOTTOM) * (high - value)) / (high - low);
  const margins = range([0, ...steps.map((step) => step.margin)]);
  const losses = range(steps.map((step) => step.loss).filter((loss) => loss !== null));
  const margin = scale(margins);
  const loss = scale(losses);
  const hasLoss = steps.some((step) => step.loss !== null);
  draw(svg, "line", { x1: LEFT, x2: WIDTH - RIGHT, y1: margin(0), y2: margin(0), class: "axis zero" });
  draw(svg, "line", { x1: x(steps[chosen].number), x2: x(steps[chosen].number), y1: TOP, y2: HEIGHT - BOTTOM, class: "axis" });
  draw(svg, "text", { x: LEFT - 6, y: TOP - 8, class: "label series-1", "text-anchor": "end" }, "margin");
  draw(svg, "text", { x: LEFT - 6, y: TOP + 5, class: "label", "text-anchor": "end" }, number(margins[1]));
  draw(svg, "text", { x: LEFT - 6, y: HEIGHT - BOTTOM, class: "label", "text-anchor": "end" }, number(margins[0]));
  if (hasLoss) {
    draw(svg, "text", { x: WIDTH - RIGHT + 12, y: TOP - 8, class: "label series-2" }, "loss");
    draw(svg, "text", { x: WIDTH - RIGHT + 12, y: TOP + 5, class: "label" }, number(losses[1]));
    draw(svg, "text", { x: WIDTH - RIGHT + 12, y: HEIGHT - BOTTOM, class: "label" }, number(losses[0]));
  }
  draw(svg, "text", { x: LEFT, y: HEIGHT - 10, class: "label" }, "query 0");
  draw(svg, "text", { x: WIDTH - RIGHT, y: HEIGHT - 10, class: "label", "text-anchor": "end" }, `query ${last}`);
  const line = (value, name) => {
    const points = steps.filter((step) => value(step) !== null).map((step) => `${x(step.number)},${value(step)}`);
    draw(svg, "polyline", { points: points.join(" "), class: `curve ${name}` });
  };
  line((step) => margin(step.margin), "series-1");
  if (hasLoss) {
    line((step) => (step.loss === null ? null : loss(step.loss)), "series-2");
  }
  draw(svg, "circle", {
    cx: x(steps[chosen].number), cy: margin(steps[chosen].margin), r: 5, class: "point series-1" });
  svg.setAttribute(
    "aria-label",
    `Margin over ${last} queries: from ${number(steps[0].margin)} to ${number(steps[steps.length - 1].margin)}`);
  svg.onclick = (event) => {
    const box = svg.getBoundingClientRect();
    const at = ((((event.clientX - box.left) / box.width) * WIDTH - LEFT) / (WIDTH - LEFT - RIGHT)) * last;
    let best = 0;
    steps.forEach((step, i) => {
      if (Math.abs(step.number - at) < Math.abs(steps[best].number - at)) {
        best = i;
      }
    });
    choose(best);
  };
}

const MAP = 320;

/**
 * Draws what a model says on a plane, and points or a path on it.
 *
 * @param map the map, or null as long as it is not there
 * @param classes the classes of the map
 * @param reach how far the plane reaches from its middle
 * @param marks the points: place, label, and whether it is the chosen one
 */
export function decisionMap(canvas, map, classes, reach, path, marks) {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  canvas.width = MAP * ratio;
  canvas.height = MAP * ratio;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--ink");
  context.fillStyle = style.getPropertyValue("--surface");
  context.fillRect(0, 0, MAP, MAP);
  if (map !== null) {
    const points = document.createElement("canvas");
    points.width = map.side;
    points.height = map.side;
    const drawn = points.getContext("2d");
    classes.forEach((k, i) => {
      drawn.fillStyle = color(k);
      // rows of the map grow with v, which points upwards here
      drawn.fillRect(i % map.side, map.side - 1 - Math.floor(i / map.side), 1, 1);
    });
    context.imageSmoothingEnabled = false;
    context.globalAlpha = 0.6;
    context.drawImage(points, 0, 0, MAP, MAP);
    context.globalAlpha = 1;
  }
  const at = (place) => [MAP / 2 + (place.u / reach) * (MAP / 2), MAP / 2 - (place.v / reach) * (MAP / 2)];
  context.strokeStyle = ink;
  context.fillStyle = ink;
  context.lineWidth = 1.5;
  if (path.length > 1) {
    context.beginPath();
    path.forEach((place, i) => {
      const [x, y] = at(place);
      i === 0 ? context.moveTo(x, y) : context.lineTo(x, y);
    });
    context.stroke();
    for (const place of path) {
      const [x, y] = at(place);
      context.beginPath();
      context.arc(x, y, 2, 0, 2 * Math.PI);
      context.fill();
    }
  }
  context.font = "600 13px system-ui, sans-serif";
  for (const mark of marks) {
    const [x, y] = at(mark.place);
    context.beginPath();
    context.arc(x, y, mark.isChosen ? 6 : 4, 0, 2 * Math.PI);
    context.fillStyle = mark.isChosen ? style.getPropertyValue("--warning") : ink;
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = style.getPropertyValue("--surface");
    context.stroke();
    if (mark.label) {
      // the clean image is labelled below, what is found above
      const half = context.measureText(mark.label).width / 2;
      const left = Math.max(half + 4, Math.min(MAP - half - 4, x));
      const top = mark.isChosen ? y - 12 : y + 20;
      context.textAlign = "center";
      context.lineWidth = 3;
      context.strokeText(mark.label, left, top);
      context.fillStyle = ink;
      context.fillText(mark.label, left, top);
    }
  }
}

/** Returns how much of a map each class has, the largest first. */
export function shares(classes) {
  const counts = new Map();
  for (const k of classes) {
    counts.set(k, (counts.get(k) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([k, count]) => ({ k, share: count / classes.length }));
}
