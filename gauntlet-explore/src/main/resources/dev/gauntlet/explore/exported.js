// The page that is complete in one file: its models, its examples, and the attacks on them.
import * as images from "./images.js";
import { Pad } from "./drawing.js";
import { ATTACKS, Network, climb, prediction, softmax } from "./network.js";
import { bars, choices, figure, imageOf, make, percent, save } from "./parts.js";

const $ = (id) => document.getElementById(id);
const content = JSON.parse($("content").textContent);
const networks = content.models.map((model) => new Network(model.nodes));
const name = (k) => content.classes[k];
const number = (value) => String(Number(value.toPrecision(4)));

/** How long steps may take before the page shows what it is doing and listens to the user. */
const PATIENCE = 40;

/** What the address holds, but for an image of the user's own. */
const state = { example: 0, epsilon: content.usual / 3, largest: content.usual, attack: "fgsm", target: "" };
let clean = null;
let label = 0;
let found = [];

/** The attack that is wanted; an older one ends at its next step. */
let wanted = 0;

const pause = () => new Promise((resolve) => setTimeout(resolve));

/* the address */

function remember() {
  const parts = new URLSearchParams({ ...state });
  history.replaceState(null, "", `#${parts}`);
}

function recall() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const value = (key, least, most, otherwise) => {
    const given = parts.get(key);
    const read = given === null || given === "" ? NaN : Number(given);
    return read >= least && read <= most ? read : otherwise;
  };
  const example = value("example", 0, content.examples.length - 1, 0);
  state.example = Number.isInteger(example) ? example : 0;
  state.largest = value("largest", 1e-6, 1, content.usual);
  state.epsilon = Math.min(value("epsilon", 0, 1, state.largest / 3), state.largest);
  // not 'in', which also finds names that every object has
  state.attack = Object.hasOwn(ATTACKS, parts.get("attack") ?? "") ? parts.get("attack") : "fgsm";
  const target = value("target", 0, content.classes.length - 1, NaN);
  state.target = Number.isInteger(target) ? String(target) : "";
}

/* the image */

function openExample(position) {
  const { id, pixels, label: its } = content.examples[position];
  state.example = position;
  $("own-label").hidden = true;
  for (const button of document.querySelectorAll(".thumb")) {
    button.setAttribute("aria-current", String(Number(button.dataset.id) === id));
  }
  take(images.floats(pixels), its);
}

let isLabelChosen = false;
function openOwn(pixels) {
  const its = isLabelChosen ? label : prediction(networks[0].logits(pixels));
  $("own-label").hidden = false;
  $("label").value = its;
  for (const button of document.querySelectorAll(".thumb")) {
    button.setAttribute("aria-current", "false");
  }
  take(pixels, its);
}

function take(pixels, its) {
  clean = pixels;
  label = its;
  attack();
}

function showThumbs() {
  const chosen = $("pick-label").value;
  $("thumbs").replaceChildren(
    ...content.examples.flatMap(({ id, pixels, label: its }, i) => {
      if (chosen !== "" && String(its) !== chosen) {
        return [];
      }
      const canvas = make("canvas", { className: "image" });
      images.paint(canvas, images.floats(pixels));
      const button = make("button", { type: "button", className: "thumb", "aria-label": `Example ${id}, class ${name(its)}` }, canvas, make("span", {}, name(its)));
      button.dataset.id = id;
      button.addEventListener("click", () => openExample(i));
      return [make("li", {}, button)];
    }));
}

/* the attack */

async function attack() {
  const mine = ++wanted;
  $("error").hidden = true;
  showEpsilon();
  remember();
  const results = [];
  for (const network of networks) {
    const before = network.logits(clean);
    const goal = state.target === "" ? label : Number(state.target);
    const result = { before, after: null };
    if (state.epsilon > 0 && prediction(before) === label && (state.target === "" || goal !== label)) {
      const steps = climb(network, clean, goal, state.target !== "", state.epsilon, ATTACKS[state.attack]);
      let shown = performance.now();
      let next = steps.next();
      while (!next.done) {
        if (performance.now() - shown > PATIENCE) {
          $("status").textContent = `${ATTACKS[state.attack].title}: step ${next.value} of ${ATTACKS[state.attack].steps}`;
          await pause();
          if (mine !== wanted) {
            return;
          }
          shown = performance.now();
        }
        next = steps.next();
      }
      result.after = next.value;
    }
    results.push(result);
  }
  found = results.map((result) => result.after);
  show(results);
}

function verdict({ before, after }) {
  const answer = prediction(before);
  if (answer !== label) {
    return { kind: "success", text: `Wrong without any change: ${name(answer)} instead of ${name(label)}` };
  }
  if (state.target !== "" && Number(state.target) === label) {
    return { kind: "", text: "Not attacked: its class is the target" };
  }
  if (after === null) {
    return { kind: "", text: "Unchanged: epsilon is 0" };
  }
  return after.isSuccess
    ? { kind: "success", text: `${name(answer)} → ${name(prediction(after.logits))}: ${ATTACKS[state.attack].title} succeeded` }
    : { kind: "robust", text: `No success found within ${number(state.epsilon)}` };
}

function row(result, model) {
  const { title } = content.models[model];
  const { kind, text } = verdict(result);
  const before = softmax(result.before);
  const answer = prediction(result.before);
  const says = (shares, k) => `${name(k)} (${percent(shares[k])})`;
  const triple = make("div", { className: "triple" }, figure(imageOf(clean, `Clean image, answered ${name(answer)}`), says(before, answer), "clean"));
  let after = null;
  if (result.after !== null) {
    const { pixels, logits, isSuccess } = result.after;
    after = softmax(logits);
    const gain = images.gain(clean, pixels);
    const change = make("canvas", { className: "image", role: "img", "aria-label": `The change, amplified ${gain} times` });
    images.paintChange(change, clean, pixels, gain);
    const distance = pixels.reduce((most, pixel, i) => Math.max(most, Math.abs(pixel - clean[i])), 0);
    triple.append(
      figure(change, `change × ${gain}`, `distance ${number(distance)} of ${number(state.epsilon)}`),
      figure(
        imageOf(pixels, `Image under attack, answered ${name(prediction(logits))}`),
        says(after, prediction(logits)),
        isSuccess ? "under attack" : "closest try, not a success"));
  }
  const facts = make("p", { className: "small facts" }, kind === "robust" ? "That an attack finds none does not prove that there is none." : "");
  return make(
    "article",
    { className: "card model-row", "aria-label": title },
    make("header", {}, make("h3", {}, title), make("p", { className: `verdict ${kind}` }, text)),
    make("div", { className: "body" }, make("div", {}, triple, facts), bars(content.classes, before, after)));
}

function show(results) {
  $("rows").replaceChildren(...results.map(row));
  $("save-found").disabled = !found.some((each) => each !== null);
  $("status").textContent = results.map((result, i) => `${content.models[i].title}: ${verdict(result).text}.`).join(" ");
}

function showEpsilon() {
  const slider = $("epsilon");
  slider.max = state.largest;
  slider.step = state.largest / 200;
  slider.value = state.epsilon;
  slider.setAttribute("aria-valuetext", number(state.epsilon));
  $("epsilon-number").value = Number(state.epsilon.toPrecision(6));
  $("epsilon-largest").value = Number(state.largest.toPrecision(6));
  const goal = state.target === "" ? "" : ` --target ${state.target}`;
  $("command").textContent = `--epsilon ${number(state.epsilon)} --attack ${ATTACKS[state.attack].written}${goal}`;
}

function setEpsilon(value) {
  state.epsilon = Math.max(0, Math.min(1, Number.isFinite(value) ? value : 0));
  state.largest = Math.max(state.largest, state.epsilon);
  attack();
}

/* the beginning */

function chooseSource(source) {
  for (const each of ["data", "draw", "file"]) {
    $(`from-${each}`).hidden = each !== source;
  }
}

async function openFile() {
  const file = $("file").files[0];
  if (file === undefined) {
    return;
  }
  try {
    openOwn(await images.fromFile(file, $("invert").checked));
  } catch (error) {
    $("error").textContent = error.message;
    $("error").hidden = false;
  }
}

function listen() {
  const pad = new Pad($("pad"), {
    changed: () => openOwn(pad.pixels()),
    cleared: () => (isLabelChosen = false),
    moved: (text) => ($("pad-state").textContent = text),
  });
  for (const radio of document.querySelectorAll("input[name=source]")) {
    radio.addEventListener("change", () => {
      chooseSource(radio.value);
      isLabelChosen = false;
      if (radio.value === "data") {
        openExample(state.example);
      } else if (radio.value === "draw" && !pad.isEmpty()) {
        openOwn(pad.pixels());
      } else if (radio.value === "file") {
        openFile();
      }
    });
  }
  $("pick-label").addEventListener("change", showThumbs);
  $("clear").addEventListener("click", () => pad.clear());
  $("center").addEventListener("change", () => {
    pad.isCentered = $("center").checked;
    pad.changed();
  });
  $("file").addEventListener("change", () => {
    isLabelChosen = false;
    openFile();
  });
  $("invert").addEventListener("change", openFile);
  $("label").addEventListener("change", () => {
    isLabelChosen = true;
    take(clean, Number($("label").value));
  });
  $("attack").addEventListener("change", () => {
    state.attack = $("attack").value;
    attack();
  });
  $("target").addEventListener("change", () => {
    state.target = $("target").value;
    attack();
  });
  $("epsilon").addEventListener("input", () => setEpsilon(Number($("epsilon").value)));
  $("epsilon-number").addEventListener("change", () => setEpsilon(Number($("epsilon-number").value)));
  $("epsilon-largest").addEventListener("change", () => {
    const value = Number($("epsilon-largest").value);
    state.largest = value > 0 ? Math.min(1, value) : content.usual;
    setEpsilon(Math.min(state.epsilon, state.largest));
  });
  $("save-clean").addEventListener("click", () => save(clean, "clean.png"));
  $("save-found").addEventListener("click", () => save(found.find((each) => each !== null).pixels, `${state.attack}-${number(state.epsilon)}.png`));
  window.addEventListener("hashchange", begin);
}

/** Shows what the address says. */
function begin() {
  recall();
  $("attack").value = state.attack;
  $("target").value = state.target;
  chooseSource("data");
  document.querySelector("input[name=source][value=data]").checked = true;
  openExample(state.example);
}

function introduce() {
  Object.assign(images.shape, { channels: content.channels, height: content.height, width: content.width });
  $("subject").textContent = `${content.models.map((model) => model.title).join(" and ")}, ${content.data}`;
  $("about").textContent = content.models.map((model) => `${model.title}: ${model.architecture}, ${model.parameters.toLocaleString("en")} parameters`).join(". ");
  $("notice").hidden = content.notice === null;
  $("notice").textContent = content.notice ?? "";
  $("version").textContent = content.version;
  $("side-length").textContent = `${content.width} × ${content.height} pixels`;
  const classes = content.classes.map((each, k) => [String(k), each]);
  choices($("pick-label"), [["", "any"], ...classes], "");
  choices($("label"), classes, 0);
  choices($("attack"), Object.entries(ATTACKS).map(([id, { title }]) => [id, title]), state.attack);
  choices($("target"), [["", "any error"], ...classes], state.target);
}

introduce();
showThumbs();
listen();
begin();
document.body.dataset.ready = "true";

/** For the console of the browser: what a model of the page says, and how it changes. */
window.gauntlet = {
  logits: (model, pixels) => Array.from(networks[model].logits(pixels)),
  attack: (model, pixels, goal, isTargeted, epsilon, attackName) => {
    const steps = climb(networks[model], Float32Array.from(pixels), goal, isTargeted, epsilon, ATTACKS[attackName]);
    let next = steps.next();
    while (!next.done) {
      next = steps.next();
    }
    return { ...next.value, pixels: Array.from(next.value.pixels), logits: Array.from(next.value.logits) };
  },
};
