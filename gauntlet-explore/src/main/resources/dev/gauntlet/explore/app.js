import { Queue, ask, get } from "./server.js";
import * as images from "./images.js";
import { Pad } from "./drawing.js";
import { bars, choices, figure, imageOf, make, percent, save } from "./parts.js";
import { color, curves, decisionMap, number, shares } from "./charts.js";
import { Report } from "./report.js";

const $ = (id) => document.getElementById(id);

/** How urgent a computation is: what the image is comes before attacks on the one before, and what depends on attacks is last. */
const FIRST = -1;
const URGENT = 0;
const SOON = 1;
const LATER = 2;

let session;
let report = null;
let pad;

/** What the address holds. */
const state = {
  models: [0],
  image: { example: 0 },
  norm: "linf",
  epsilon: 0,
  largest: 0,
  attack: "fgsm",
  options: {},
  target: "",
  seed: 0,
  eight: false,
};

/** The clean pixels of the image, its label, and what was computed for it. */
let clean = null;
let label = 0;
let results = new Map();
/** The generation that the results belong to. */
let resultsOf = -1;
let zones = new Map();
/** The distances of the nearest successes that the attacks above found for this image, norm and target, by model. */
let known = new Map();
let shownSteps = null;
let found = [];
let stepMap = null;

/* small helpers */

const name = (k) => session.classes[k];
const title = (model) => session.models[model].title;
const confidence = (model, answer) => (session.models[model].givesOnlyClasses ? "" : ` (${percent(answer.confidences[answer.prediction])})`);

function complain(error) {
  $("error").textContent = error.message ?? String(error);
  $("error").hidden = false;
}

function calm() {
  $("error").hidden = true;
}

let announcement;
/** Tells people who do not see the page what came out, once it rests. */
function announce(text) {
  clearTimeout(announcement);
  announcement = setTimeout(() => ($("status").textContent = text), 600);
}

let patience;
const queue = new Queue({
  began: (kind) => {
    clearTimeout(patience);
    $("progress").removeAttribute("value");
    $("progress-text").textContent = { attack: "attacking", zones: "looking for the zones", nearest: "searching" }[kind] ?? "computing";
    // what is quick needs no progress
    patience = setTimeout(() => ($("working").hidden = false), 300);
  },
  progress: ({ share, what }) => {
    $("progress").value = share;
    $("progress-text").textContent = what;
  },
  ended: () => {
    clearTimeout(patience);
    patience = setTimeout(() => ($("working").hidden = true), 150);
  },
  failed: (error, kind) => {
    if (kind === "attack") {
      resultsOf = -1;
    }
    dropStale();
    if (kind === "zones") {
      complain(new Error(`Zones: ${error.message}`));
    } else {
      complain(error);
    }
  },
});

/* the state in the address */

const base64url = (text) => text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const base64 = (text) => text.replaceAll("-", "+").replaceAll("_", "/");

/** Larger images would make addresses that browsers cut. */
const LONGEST_IMAGE = 60000;

function fragment() {
  const parts = new URLSearchParams();
  if ("example" in state.image) {
    parts.set("example", state.image.example);
  } else if (clean !== null) {
    const text = base64url(images.text(clean));
    if (text.length <= LONGEST_IMAGE) {
      parts.set("image", text);
      parts.set("label", label);
    }
  }
  parts.set("models", state.models.join(","));
  parts.set("norm", state.norm);
  parts.set("epsilon", state.epsilon);
  parts.set("largest", state.largest);
  parts.set("attack", written());
  if (state.target !== "") {
    parts.set("target", state.target);
  }
  if (state.seed !== 0) {
    parts.set("seed", state.seed);
  }
  if (state.eight) {
    parts.set("bits", 8);
  }
  report?.write(parts);
  return parts.toString();
}

let remembering;
function remember() {
  clearTimeout(remembering);
  // browsers limit how often the address may change
  remembering = setTimeout(() => history.replaceState(null, "", `#${fragment()}`), 250);
}

/** Takes what the address says, as far as it makes sense; an address may have been typed. */
function recall() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const models = (parts.get("models") ?? "").split(",").filter(Boolean).map(Number).filter((m) => m in session.models);
  state.models = models.length > 0 ? [...new Set(models)] : session.models.map((_, i) => i).slice(0, 2);
  const norm = session.norms.find((each) => each.id === (parts.get("norm") ?? session.report?.norm)) ?? session.norms[0];
  state.norm = norm.id;
  const recorded = session.report?.norm === norm.id ? session.report.epsilons : [];
  const epsilon = positive(parts.get("epsilon"), norm.largest);
  const largest = positive(parts.get("largest"), norm.largest);
  state.largest = Math.max(largest > 0 ? largest : Math.max(norm.usual, ...recorded), epsilon ?? 0);
  state.epsilon = Math.min(state.largest, epsilon ?? (recorded.length > 1 ? recorded[session.report.focus] : norm.usual / 3));
  const [attack, options] = (parts.get("attack") ?? "").split(":");
  state.attack = attack;
  state.options = {};
  for (const option of (options ?? "").split(",").filter(Boolean)) {
    const [key, value] = option.split("=");
    state.options[key] = value ?? "";
  }
  state.target = parts.get("target") ?? "";
  state.seed = Number.isSafeInteger(Number(parts.get("seed"))) ? Number(parts.get("seed")) : 0;
  state.eight = parts.get("bits") === "8";
  state.image = { example: 0 };
  const example = Number(parts.get("example"));
  if (Number.isInteger(example) && example >= 0 && example < session.size) {
    state.image = { example };
  }
  if (parts.has("image")) {
    try {
      const pixels = images.floats(base64(parts.get("image")));
      const its = Number(parts.get("label"));
      if (pixels.length === images.size() && pixels.every((p) => p >= 0 && p <= 1)) {
        state.image = { pixels, label: its in session.classes ? its : 0 };
      }
    } catch {
      complain(new Error("The image in the address is damaged; another one is shown."));
    }
  }
}

function positive(text, most) {
  const value = text === null ? NaN : Number(text);
  return value >= 0 && value <= most ? value : null;
}

/* what is asked */

function imageField() {
  return "example" in state.image ? { example: state.image.example } : { pixels: images.text(clean), label };
}

function written() {
  const options = Object.entries(state.options).map(([key, value]) => `${key}=${value}`);
  return options.length > 0 ? `${state.attack}:${options.join(",")}` : state.attack;
}

function threat() {
  return { image: imageField(), norm: state.norm, target: state.target, seed: state.seed };
}

/** Grows whenever the image, the norm, the target, the seed or the models change, so that what was computed before is dropped. */
let generation = 0;

/** Forgets the results that belong to another image, norm, target or seed, or to other models, than those chosen now. */
function dropStale() {
  if (resultsOf === generation) {
    return;
  }
  results = new Map();
  resultsOf = generation;
  showRows();
  showSteps();
}

/** Asks for everything that depends on the image, the norm, the target or the models. */
function refresh() {
  if (clean === null) {
    return;
  }
  generation++;
  stop();
  zones = new Map();
  known = new Map();
  found = [];
  for (const kind of ["nearest", "nearest-other", "nearest-map", "step-map", ...session.models.map((_, m) => `zones-${m}`)]) {
    queue.forget(kind);
  }
  $("nearest-cards").replaceChildren();
  $("nearest-map-figure").hidden = true;
  showZones();
  attack();
  const asked = generation;
  for (const model of state.models) {
    queue.want(`zones-${model}`, SOON, "zones", { ...threat(), model, search: true }, {
      result: (result) => {
        if (asked === generation) {
          zones.set(model, result);
          showZones();
        }
      },
    });
  }
}

/** Asks for the attack; what depends on its epsilon follows live. */
function attack() {
  if (clean === null) {
    return;
  }
  remember();
  const asked = generation;
  const { epsilon, attack: by } = state;
  const its = label;
  queue.want(
    "attack",
    URGENT,
    "attack",
    { ...threat(), epsilon: state.epsilon, attacks: [written()], models: state.models },
    {
      result: (list) => {
        if (asked !== generation) {
          return;
        }
        calm();
        results = new Map(list.map((result) => [result.model, { ...result, epsilon, by, label: its }]));
        resultsOf = asked;
        for (const result of list) {
          if (result.success !== null) {
            const before = known.get(result.model);
            if (before === undefined || result.success.distance < before.distance) {
              known.set(result.model, { distance: result.success.distance, by: result.success.attack });
            }
          }
        }
        showRows();
        showZones();
        showSteps();
      },
    });
}

/* the image */

let guessing = 0;
/** Whether the user said which class the own image has, so that no model is asked. */
let isLabelChosen = false;
async function openExample(example) {
  const guess = ++guessing;
  queue.forget("guess");
  isLabelChosen = false;
  try {
    const [image] = await ask("images", { examples: [example] });
    if (guess !== guessing) {
      return;
    }
    state.image = { example };
    label = image.label;
    setClean(images.floats(image.pixels));
  } catch (error) {
    complain(error);
  }
}

function setClean(pixels) {
  clean = pixels;
  const isOwn = !("example" in state.image);
  $("own-label").hidden = !isOwn;
  if (isOwn) {
    $("label").value = label;
  } else {
    $("example").value = state.image.example;
    mark();
  }
  $("plan").disabled = isOwn;
  $("plan").title = isOwn ? "This image is not in the data, so no plan can name it" : "";
  refresh();
}

/** Takes an image that the user made; its class is what the first model says, unless the user says otherwise. */
function setOwn(pixels, itsLabel) {
  const guess = ++guessing;
  const show = (its) => {
    label = its;
    state.image = { pixels };
    setClean(pixels);
  };
  if (itsLabel !== undefined || isLabelChosen) {
    queue.forget("guess");
    show(itsLabel ?? label);
    return;
  }
  queue.want("guess", FIRST, "guess", { image: { pixels: images.text(pixels), label: 0 }, model: state.models[0] }, {
    result: ({ prediction }) => {
      if (guess === guessing) {
        show(isLabelChosen ? label : prediction);
      }
    },
  });
}

let nextExample = 0;
function pick(from) {
  const chosen = $("pick-label").value;
  const body = { model: state.models[0], outcome: $("pick-outcome").value, from, count: 12 };
  queue.want("examples", LATER, "examples", chosen === "" ? body : { ...body, label: Number(chosen) }, {
    result: (result) => {
      nextExample = result.next;
      $("pick-next").disabled = result.next >= session.size;
      $("thumbs").replaceChildren(
        ...(result.examples.length === 0 ? [make("li", { className: "small" }, "No example fits.")] : result.examples.map(thumb)));
      mark();
    },
  });
}

function thumb(example) {
  const canvas = make("canvas", { className: "image" });
  images.paint(canvas, images.levels(example.levels));
  const isRight = example.prediction === example.label;
  const button = make(
    "button",
    {
      type: "button",
      className: "thumb",
      "aria-label": `Example ${example.id}, class ${name(example.label)}${isRight ? "" : `, answered ${name(example.prediction)}`}`,
    },
    canvas,
    make("span", {}, name(example.label)),
    ...(isRight ? [] : [make("span", { className: "wrong" }, ` → ${name(example.prediction)}`)]));
  button.dataset.id = example.id;
  button.addEventListener("click", () => openExample(example.id));
  return make("li", {}, button);
}

function mark() {
  for (const button of document.querySelectorAll(".thumb")) {
    button.setAttribute("aria-current", String(Number(button.dataset.id) === state.image.example));
  }
}

function chooseSource(source) {
  for (const each of ["data", "draw", "file"]) {
    $(`from-${each}`).hidden = each !== source;
  }
  document.querySelector(`input[name=source][value=${source}]`).checked = true;
}

let lastFile = null;
async function openFile(file) {
  try {
    if (file !== lastFile) {
      isLabelChosen = false;
    }
    lastFile = file;
    chooseSource("file");
    setOwn(await images.fromFile(file, $("invert").checked));
  } catch (error) {
    complain(error);
  }
}

/* the choices */

function attacksThatFit() {
  const models = state.models.map((m) => session.models[m]);
  return session.attacks.filter(
    (each) =>
      each.norms.includes(state.norm) &&
      (state.target === "" || each.isTargetable) &&
      (!each.needsGradients || models.every((model) => model.hasGradients)) &&
      (!each.needsLogits || models.every((model) => !model.givesOnlyClasses)));
}

function showChoices() {
  const fitting = attacksThatFit();
  if (!fitting.some((each) => each.name === state.attack)) {
    state.attack = fitting[0]?.name ?? "";
    state.options = {};
  }
  choices($("attack"), fitting.map((each) => [each.name, each.title]), state.attack);
  choices($("norm"), session.norms.map((each) => [each.id, each.title]), state.norm);
  const targets = [["", "any error"], ["next", "next class"], ...session.classes.map((each, k) => [String(k), each])];
  if (!targets.some(([value]) => value === state.target)) {
    // such as one class for each, as a report may have it
    targets.push([state.target, state.target]);
  }
  choices($("target"), targets, state.target);
  $("seed").value = state.seed;
  $("eight").checked = state.eight;
  const chosen = session.attacks.find((each) => each.name === state.attack);
  $("attack-meaning").textContent = chosen === undefined ? "No attack fits these choices." : describe(chosen);
  $("options").hidden = chosen === undefined || chosen.options.length === 0;
  $("option-fields").replaceChildren(
    ...(chosen?.options ?? []).map((option) => {
      const input = optionInput(option);
      input.addEventListener("change", () => {
        if (input.value === option.value || input.value === "") {
          delete state.options[option.name];
        } else {
          state.options[option.name] = input.value;
        }
        attack();
      });
      return make("label", { className: "field", title: `${option.meaning ?? option.name} (${option.values})` }, option.name, input);
    }));
  const norm = session.norms.find((each) => each.id === state.norm);
  $("norm-title").textContent = `in ${norm.title}`;
  showEpsilon();
}

function describe(chosen) {
  const what = `${chosen.meaning[0].toUpperCase()}${chosen.meaning.slice(1)}.`;
  return chosen.hasBudget ? what : `${what} It seeks the nearest success at any distance, which counts if it is within epsilon.`;
}

function optionInput(option) {
  const value = state.options[option.name] ?? option.value;
  const words = option.values.split(" or ");
  if (option.values.startsWith("a whole number") || option.values.startsWith("a number")) {
    return make("input", { type: "number", step: "any", value });
  }
  const select = make("select");
  choices(select, words.map((word) => [word, word]), value);
  return select;
}

function showEpsilon() {
  const step = state.norm === "l0" ? 1 : state.largest / 200;
  const slider = $("epsilon");
  slider.max = state.largest;
  slider.step = step;
  slider.value = state.epsilon;
  slider.setAttribute("aria-valuetext", number(state.epsilon));
  $("epsilon-number").value = Number(state.epsilon.toPrecision(6));
  $("epsilon-largest").value = Number(state.largest.toPrecision(6));
}

function setEpsilon(value) {
  const norm = session.norms.find((each) => each.id === state.norm);
  let epsilon = Math.max(0, Math.min(norm.largest, Number.isFinite(value) ? value : 0));
  epsilon = state.norm === "l0" ? Math.round(epsilon) : epsilon;
  state.epsilon = epsilon;
  state.largest = Math.max(state.largest, epsilon);
  showEpsilon();
  attack();
}

function showModels() {
  $("models").hidden = session.models.length < 2;
  $("models").replaceChildren(
    ...session.models.map((model, i) => {
      const box = make("input", { type: "checkbox", checked: state.models.includes(i) });
      box.addEventListener("change", () => {
        const chosen = session.models.map((_, m) => m).filter((m) => (m === i ? box.checked : state.models.includes(m)));
        if (chosen.length === 0) {
          box.checked = true;
          return;
        }
        state.models = chosen;
        showChoices();
        refresh();
      });
      return make("label", {}, box, ` ${model.title}`);
    }));
}

/* the zones on the slider */

function zoneOf(model) {
  const zone = zones.get(model) ?? null;
  const own = known.get(model);
  let broken = zone?.broken ?? null;
  let by = zone?.brokenBy ?? null;
  if (own !== undefined && (broken === null || own.distance < broken)) {
    broken = own.distance;
    by = own.by;
  }
  return { zone, broken, by, proved: zone?.proved ?? 0 };
}

function showZones() {
  const share = (value) => `${(100 * Math.min(1, value / state.largest)).toFixed(3)}%`;
  $("zones").replaceChildren();
  $("zone-texts").replaceChildren();
  for (const model of state.models) {
    const { zone, broken, by, proved } = zoneOf(model);
    const track = make("div", { className: zone === null ? "zone-track pending" : "zone-track" });
    const text = make("p", {}, make("b", {}, `${title(model)}: `));
    if (zone?.isMistake) {
      text.append("the clean image is already misclassified, so there is no zone.");
    } else {
      if (proved > 0) {
        const green = make("span", { className: "proved" });
        green.style.width = share(proved);
        track.append(green);
        const alsoIn32 = zone.provedIn32Bits === proved ? "" : zone.provedIn32Bits > 0 ? `, and up to ${number(zone.provedIn32Bits)} in 32-bit arithmetic` : ", in exact arithmetic only";
        text.append(make("span", { className: "key proved" }), `proved up to ${number(proved)} by CROWN${alsoIn32}; `);
      }
      if (broken !== null) {
        const red = make("span", { className: "broken" });
        red.style.left = share(broken);
        track.append(red);
      }
      if (zone !== null && proved === 0 && !zone.whyNotProved) {
        text.append("no proof found; ");
      }
      const unknown = proved > 0 && broken !== null ? (broken > proved ? "unknown in between" : "unknown in 32-bit arithmetic below what is broken") : proved > 0 ? "unknown above" : broken !== null ? "unknown below" : "nothing is known yet";
      text.append(make("span", { className: "key" }), unknown);
      if (broken !== null) {
        text.append("; ", make("span", { className: "key broken" }), `broken from ${number(broken)} (${by})`);
      }
      text.append(zone === null ? " …" : ".");
      if (zone?.whyNotProved) {
        text.append(` No proof: ${zone.whyNotProved}`);
      }
      if (zone?.whyNotSearched) {
        text.append(` ${zone.whyNotSearched}`);
      }
      // a proof in exact arithmetic only says nothing about a success in 32-bit arithmetic
      if (broken !== null && zone !== null && broken < zone.provedIn32Bits) {
        complain(new Error(`${title(model)}: a success at distance ${broken} contradicts the proof up to ${zone.provedIn32Bits}. This is a fault of Gauntlet.`));
      }
    }
    $("zones").append(track);
    $("zone-texts").append(text);
  }
}

/* the results */

const WORDS = {
  MISTAKE: "Wrong without any change",
  SPARED: "Not attacked: its class is the target",
  UNCHANGED: "Unchanged: epsilon is 0",
  SUCCESS: "The attack succeeded",
  ROBUST: "No success found",
};

function verdict(result) {
  const { model, standing, success, clean: before } = result;
  if (standing === "SUCCESS") {
    if (state.eight && success.lostByRounding) {
      return `Lost by rounding: in 8 bits the answer is ${name(success.predictionIn8Bits)}`;
    }
    const to = state.eight ? success.predictionIn8Bits : success.prediction;
    return `${name(before.prediction)} → ${name(to)}: ${success.attack} succeeded`;
  }
  if (standing === "MISTAKE") {
    const { prediction } = state.eight ? result.cleanIn8Bits : before;
    return prediction === result.label
      ? `${WORDS.MISTAKE}: ${name(before.prediction)} instead of ${name(result.label)}, but not in 8 bits`
      : `${WORDS.MISTAKE}: ${name(prediction)} instead of ${name(result.label)}`;
  }
  return standing === "ROBUST" ? `${result.nearestSucceeds ? "No success returned" : WORDS.ROBUST} within ${number(result.epsilon)} on ${title(model)}` : WORDS[standing];
}

/** Shows an image in 8 bits if the page does. */
function inBits(pixels) {
  return state.eight ? images.rounded(pixels) : pixels;
}

function showRows() {
  $("rows").replaceChildren(...state.models.filter((m) => results.has(m)).map((m) => row(results.get(m))));
  announce(state.models.filter((m) => results.has(m)).map((m) => `${title(m)}: ${verdict(results.get(m))}.`).join(" "));
  $("save-found").disabled = !state.models.some((m) => results.get(m)?.shown);
}

function row(result) {
  const { model, standing, success, shown } = result;
  const isLost = state.eight && success?.lostByRounding;
  const isSuccess = standing === "SUCCESS" && !isLost;
  const before = state.eight ? result.cleanIn8Bits : result.clean;
  const triple = make("div", { className: "triple" });
  triple.append(
    figure(imageOf(inBits(clean), `Clean image, answered ${name(before.prediction)}`), `${name(before.prediction)}${confidence(model, before)}`, "clean"));
  let after = null;
  if (shown !== null) {
    const pixels = images.floats(shown.pixels);
    after = state.eight ? shown.answerIn8Bits : shown.answer;
    const used = state.eight ? images.rounded(pixels) : pixels;
    const base = state.eight ? images.rounded(clean) : clean;
    const gain = images.gain(base, used);
    const change = make("canvas", { className: "image", role: "img", "aria-label": `The change, amplified ${gain} times` });
    images.paintChange(change, base, used, gain);
    triple.append(
      figure(change, `change × ${gain}`, `distance ${number(shown.distance)} of ${number(result.epsilon)}`),
      figure(
        imageOf(inBits(pixels), `Image under attack, answered ${name(after.prediction)}`),
        `${name(after.prediction)}${confidence(model, after)}`,
        standing === "SUCCESS" ? "under attack" : standing === "UNCHANGED" ? "unchanged" : result.nearestSucceeds ? "a probe that succeeds, which the attack did not return" : "closest try, not a success"));
  }
  const header = make(
    "header",
    {},
    make("h3", {}, title(model)),
    make("p", { className: `verdict ${isSuccess || standing === "MISTAKE" ? "success" : standing === "ROBUST" ? "robust" : ""}` }, verdict(result)));
  const cost = result.forwards > 0 ? `${result.forwards} ${result.forwards === 1 ? "image" : "images"} asked about, ${result.backwards} ${result.backwards === 1 ? "gradient" : "gradients"}, ${number(result.milliseconds)} ms.` : "";
  const facts = make("p", { className: "small facts" });
  if (success !== null) {
    facts.append(
      success.lostByRounding
        ? "Rounded to 8 bits it is not a success. "
        : `Rounded to 8 bits the answer is ${name(success.predictionIn8Bits)}. `);
  } else if (standing === "ROBUST" && !result.nearestSucceeds) {
    facts.append("That an attack finds none does not prove that there is none. ");
  }
  facts.append(cost);
  const body = make("div", { className: "body" }, make("div", {}, triple, facts), confidences(model, before, after));
  const article = make("article", { className: "card model-row", "aria-label": title(model) }, header, body);
  if (shown !== null && (session.models.length > 1 || standing !== "UNCHANGED")) {
    article.append(transfer(result));
  }
  return article;
}

function transfer(result) {
  const line = make("p", { className: "transfer" });
  for (const { model, answer, succeeds } of result.transfers) {
    line.append(
      make("span", {}, `The same image on ${title(model)}: `, make("b", { className: succeeds ? "wrong" : "" }, `${name(answer.prediction)}${confidence(model, answer)}`), succeeds ? ", which is a success, too." : ", which is not a success."));
  }
  const carry = make("button", { type: "button" }, "Continue from this image");
  carry.addEventListener("click", () => {
    chooseSource("file");
    isLabelChosen = false;
    setOwn(images.floats(result.shown.pixels), result.label);
  });
  line.append(carry);
  return line;
}

function confidences(model, before, after) {
  return session.models[model].givesOnlyClasses
    ? make("table", { className: "bars" }, make("caption", { className: "legend" }, "This model gives only its predicted class."))
    : bars(session.classes, before.confidences, after?.confidences);
}

/* step by step */

let stepModel = null;
let chosenStep = 0;
let playing = null;

function radios(place, chosen, choose, group) {
  const models = state.models.length < 2 ? [] : state.models;
  const shown = [...place.querySelectorAll("input")];
  if (shown.map((radio) => radio.value).join() === models.join()) {
    // a radio that is replaced would lose the focus
    for (const radio of shown) {
      radio.checked = radio.value === String(chosen);
    }
    return;
  }
  place.replaceChildren(
    ...models.map((model) => {
      const radio = make("input", { type: "radio", name: group, value: String(model), checked: model === chosen });
      radio.addEventListener("change", () => choose(model));
      return make("label", {}, radio, ` ${title(model)}`);
    }));
}

function showSteps() {
  if (!state.models.includes(stepModel)) {
    stepModel = state.models[0];
  }
  radios($("steps-models"), stepModel, (model) => {
    stepModel = model;
    showSteps();
  }, "steps-model");
  shownSteps = results.get(stepModel) ?? null;
  const hasSteps = shownSteps !== null && shownSteps.steps.length > 1;
  $("steps-body").hidden = !hasSteps;
  if (!hasSteps) {
    stop();
    $("steps-lede").textContent =
      shownSteps === null ? "Attack an image to see what the attack asks the model." : `${WORDS[shownSteps.standing]}, so there are no steps.`;
    return;
  }
  const { stepsOf, queries, every, steps } = shownSteps;
  $("steps-lede").textContent = `What ${stepsOf} asked ${title(stepModel)}: ${queries} ${queries === 1 ? "query" : "queries"}${every > 1 ? `, of which every ${every}th and the last are kept` : ""}. Of a query about several images, the one closest to a success is shown.`;
  $("scrub").max = steps.length - 1;
  chosenStep = Math.min(chosenStep, steps.length - 1);
  if (playing === null) {
    chosenStep = steps.length - 1;
  }
  stepMap = null;
  showStep();
  const reach = stepReach();
  if (steps[0].place === null) {
    $("step-map-caption").textContent = `Without gradients there is no direction in which the loss grows, so there is no plane.`;
    return;
  }
  queue.want("step-map", LATER, "map", { ...threat(), model: stepModel, reach, side: 33 }, {
    result: (map) => {
      stepMap = map;
      showStepMap();
    },
  });
}

/** Returns how far the map reaches: a bit beyond the farthest point of the path. */
function stepReach() {
  const farthest = Math.max(...shownSteps.steps.map((step) => (step.place ? Math.max(Math.abs(step.place.u), Math.abs(step.place.v)) : 0)));
  // in L2 distances on the map are those of the zones, so that the boundary is within it
  const border = state.norm === "l2" ? (zoneOf(stepModel).broken ?? 0) : 0;
  return Math.max(1e-6, 2.2 * farthest, 1.3 * border);
}

function showStep() {
  if (resultsOf !== generation) {
    dropStale();
    return;
  }
  const { steps } = shownSteps;
  const step = steps[chosenStep];
  $("scrub").value = chosenStep;
  const text = `Query ${step.number} of ${shownSteps.queries}`;
  $("scrub-text").textContent = text;
  $("scrub").setAttribute("aria-valuetext", `${text}, margin ${number(step.margin)}, answer ${name(step.prediction)}`);
  const pixels = images.floats(step.pixels);
  images.paint($("step-image"), state.eight ? images.rounded(pixels) : pixels);
  const gain = images.gain(clean, images.floats(steps[steps.length - 1].pixels));
  images.paintChange($("step-change"), clean, pixels, gain);
  const parts = [
    step.number === 0 ? "The clean image" : step.images > 1 ? `The best of ${step.images} images` : step.withGradient ? "Asked for the gradient" : "Asked for the answer",
    `answer ${name(step.prediction)}${session.models[stepModel].givesOnlyClasses ? "" : ` ${percent(step.confidence)}`}`,
    `margin ${number(step.margin)}`,
    ...(step.loss === null ? [] : [`loss ${number(step.loss)}`]),
    `distance ${number(step.distance)}`,
    `change × ${gain}`,
  ];
  $("step-caption").textContent = `${parts.join(", ")}.`;
  $("step-image").setAttribute("aria-label", `${text}: answer ${name(step.prediction)}`);
  curves($("curves"), steps, chosenStep, (i) => {
    chosenStep = i;
    showStep();
  });
  showStepMap();
}

function showStepMap() {
  const places = shownSteps.steps.map((step) => step.place).filter((place) => place !== null);
  if (places.length === 0) {
    decisionMap($("step-map"), null, [], 1, [], []);
    return;
  }
  const classes = stepMap === null ? [] : images.classes(stepMap.classes);
  decisionMap($("step-map"), stepMap, classes, stepMap?.reach ?? stepReach(), places, [
    { place: { u: 0, v: 0 }, label: "clean" },
    { place: shownSteps.steps[chosenStep].place, label: "", isChosen: true },
  ]);
  mapCaption(
    $("step-map"),
    $("step-map-caption"),
    classes,
    "To the right the direction of the gradient at the clean image, upwards a random one; the path is projected onto this plane, the colors are the answers on it, with pixels kept in [0,1].");
}

function mapCaption(canvas, place, classes, text) {
  place.replaceChildren(text);
  const parts = shares(classes).slice(0, 8);
  for (const { k, share } of parts) {
    const swatch = make("span", { className: "swatch" });
    swatch.style.background = color(k);
    place.append(" ", swatch, `${name(k)} ${percent(share)}`);
  }
  canvas.setAttribute("aria-label", `Decision map: ${parts.map(({ k, share }) => `${name(k)} on ${percent(share)}`).join(", ")}`);
}

function stop() {
  clearInterval(playing);
  playing = null;
  $("play").textContent = "Play";
  $("play").setAttribute("aria-pressed", "false");
}

function play() {
  if (playing !== null) {
    stop();
    return;
  }
  dropStale();
  if (shownSteps === null) {
    return;
  }
  $("play").textContent = "Pause";
  $("play").setAttribute("aria-pressed", "true");
  chosenStep = chosenStep >= shownSteps.steps.length - 1 ? 0 : chosenStep;
  showStep();
  playing = setInterval(() => {
    if (shownSteps === null || chosenStep >= shownSteps.steps.length - 1) {
      stop();
      return;
    }
    chosenStep++;
    showStep();
  }, Math.max(60, Math.min(500, 4000 / shownSteps.steps.length)));
}

/* the nearest wrong answers */

let nearestModel = 0;

function searchNearest() {
  if (!state.models.includes(nearestModel)) {
    nearestModel = state.models[0];
  }
  found = [];
  showNearest();
  queue.want("nearest", SOON, "nearest", { ...threat(), model: nearestModel }, {
    part: (part) => {
      found.push(part);
      showNearest();
    },
    result: (result) => {
      found = result.found;
      showNearest();
      if (result.isMistake) {
        $("nearest-cards").replaceChildren(make("p", {}, "The clean image is already misclassified: the nearest wrong answer is the image itself."));
        return;
      }
      const best = nearestFirst();
      announce(best.length === 0 ? `No attack found a success${found.some(isLost) ? " that rounding to 8 bits keeps" : ""}.` : `The nearest success is that of ${best[0].title}, at ${number(best[0].shown.distance)}.`);
      askNearestMap(best);
    },
  });
}

/** Tells whether a success is judged in 8 bits, in which it is none. */
function isLost(each) {
  return state.eight && each.lostByRounding;
}

function nearestFirst() {
  return found.filter((each) => each.shown !== null && !isLost(each)).sort((a, b) => a.shown.distance - b.shown.distance);
}

function showNearest() {
  radios($("nearest-models"), nearestModel, (model) => {
    nearestModel = model;
    searchNearest();
  }, "nearest-model");
  const best = nearestFirst()[0];
  $("nearest-cards").replaceChildren(
    ...found.map((each) => {
      const card = make("div", { className: `card${each === best ? " best" : ""}` }, make("h3", {}, each.title));
      if (each.shown === null) {
        card.append(make("p", { className: "small" }, each.why));
        return card;
      }
      const pixels = images.floats(each.shown.pixels);
      const answer = state.eight ? each.shown.answerIn8Bits : each.shown.answer;
      const gain = images.gain(clean, pixels);
      const change = make("canvas", { className: "image", role: "img", "aria-label": `The change, amplified ${gain} times` });
      images.paintChange(change, clean, pixels, gain);
      card.append(
        make("div", { className: "pair-of-images" }, change, imageOf(inBits(pixels), `Image of ${each.title}, answered ${name(answer.prediction)}`)),
        make("p", {}, make("b", {}, number(each.shown.distance)), isLost(each) ? ", lost by rounding" : each === best ? ", the nearest" : "", ` → ${name(answer.prediction)}${confidence(nearestModel, answer)}`),
        make("p", { className: "small" }, `change × ${gain}; ${each.forwards} images asked about, ${number(each.milliseconds)} ms`));
      return card;
    }));
}

/** Spans the map by the nearest success and one that is answered otherwise, which is looked for if there is none. */
function askNearestMap(best) {
  if (best.length === 0) {
    return;
  }
  const first = { title: best[0].title, shown: best[0].shown };
  const other = best.find((each) => each.shown.answer.prediction !== first.shown.answer.prediction);
  const model = session.models[nearestModel];
  const fmn = session.attacks.find((each) => each.name === "fmn" && each.norms.includes(state.norm));
  if (other !== undefined || state.target !== "" || !model.hasGradients || fmn === undefined) {
    nearestMap(first, other ?? best[1] ?? first);
    return;
  }
  const { clean: before } = results.get(nearestModel) ?? {};
  const towards = [...session.classes.keys()]
    .filter((k) => k !== label && k !== first.shown.answer.prediction)
    .sort((a, b) => (before?.logits[b] ?? 0) - (before?.logits[a] ?? 0))[0];
  if (towards === undefined) {
    nearestMap(first, best[1] ?? first);
    return;
  }
  const largest = session.norms.find((each) => each.id === state.norm).largest;
  queue.want(
    "nearest-other",
    SOON,
    "attack",
    { ...threat(), target: String(towards), epsilon: largest, attacks: ["fmn"], models: [nearestModel] },
    {
      result: ([result]) =>
        nearestMap(first, result.success === null ? best[1] ?? first : { title: `FMN towards ${name(towards)}`, shown: result.shown }),
    });
}

function nearestMap(first, second) {
  const points = [first, second];
  // distances in the plane are Euclidean, whatever the norm
  const euclidean = (each) => Math.sqrt(images.floats(each.shown.pixels).reduce((sum, pixel, i) => sum + (pixel - clean[i]) ** 2, 0));
  const reach = Math.max(1e-6, 1.5 * Math.max(...points.map(euclidean)));
  queue.want(
    "nearest-map",
    LATER,
    "map",
    { ...threat(), model: nearestModel, reach, side: 49, points: points.map((each) => each.shown.pixels) },
    {
      result: (map) => {
        const classes = images.classes(map.classes);
        $("nearest-map-figure").hidden = false;
        const marks = second === first ? [first] : points;
        decisionMap($("nearest-map"), map, classes, map.reach, [], [
          { place: { u: 0, v: 0 }, label: "clean" },
          ...marks.map((each, i) => ({ place: map.places[i], label: each.title, isChosen: true })),
        ]);
        mapCaption(
          $("nearest-map"),
          $("nearest-map-caption"),
          classes,
          second === first
            ? "The plane of the clean image, the nearest success and a random direction; the colors are the answers, with pixels kept in [0,1]."
            : `The plane of the clean image and the images of ${first.title} and ${second.title}; the colors are the answers, with pixels kept in [0,1].`);
      },
    });
}

/* saving and copying */

function subjectName() {
  return "example" in state.image ? `example-${state.image.example}` : "own";
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    announce(`${what} is copied.`);
    return true;
  } catch {
    return false;
  }
}

async function showPlan() {
  try {
    const { toml } = await ask("plan", { ...threat(), epsilon: state.epsilon, attacks: [written()], model: state.models[0] });
    $("plan-shown").hidden = false;
    $("plan-text").value = toml;
    calm();
    if (!(await copy(toml, "The plan"))) {
      $("plan-text").focus();
      $("plan-text").select();
    }
  } catch (error) {
    complain(error);
  }
}

/* the beginning */

function listen() {
  for (const radio of document.querySelectorAll("input[name=source]")) {
    radio.addEventListener("change", () => {
      chooseSource(radio.value);
      isLabelChosen = false;
      if (radio.value === "draw" && !pad.isEmpty()) {
        setOwn(pad.pixels());
      }
    });
  }
  $("example").addEventListener("change", () => {
    const value = Math.round(Number($("example").value));
    openExample(Math.max(0, Math.min(session.size - 1, Number.isFinite(value) ? value : 0)));
  });
  $("pick-label").addEventListener("change", () => pick(0));
  $("pick-outcome").addEventListener("change", () => pick(0));
  $("pick-first").addEventListener("click", () => pick(0));
  $("pick-next").addEventListener("click", () => pick(nextExample));
  $("pick-random").addEventListener("click", () => openExample(Math.floor(Math.random() * session.size)));
  $("clear").addEventListener("click", () => pad.clear());
  $("center").addEventListener("change", () => {
    pad.isCentered = $("center").checked;
    pad.changed();
  });
  $("file").addEventListener("change", () => $("file").files[0] && openFile($("file").files[0]));
  $("invert").addEventListener("change", () => lastFile && openFile(lastFile));
  $("label").addEventListener("change", () => {
    label = Number($("label").value);
    isLabelChosen = true;
    refresh();
  });
  $("attack").addEventListener("change", () => {
    state.attack = $("attack").value;
    state.options = {};
    showChoices();
    attack();
  });
  $("norm").addEventListener("change", () => {
    const before = session.norms.find((each) => each.id === state.norm);
    const norm = session.norms.find((each) => each.id === $("norm").value);
    const share = state.largest > 0 ? state.epsilon / state.largest : 0.3;
    state.norm = norm.id;
    state.largest = before.id === norm.id ? state.largest : norm.usual;
    state.epsilon = norm.id === "l0" ? Math.round(share * state.largest) : share * state.largest;
    showChoices();
    refresh();
  });
  $("target").addEventListener("change", () => {
    state.target = $("target").value;
    showChoices();
    refresh();
  });
  $("seed").addEventListener("change", () => {
    const seed = Number($("seed").value);
    state.seed = Number.isSafeInteger(seed) ? seed : 0;
    $("seed").value = state.seed;
    refresh();
  });
  $("eight").addEventListener("change", () => {
    state.eight = $("eight").checked;
    remember();
    dropStale();
    showRows();
    showNearest();
    if (shownSteps !== null && shownSteps.steps.length > 1) {
      showStep();
    }
  });
  $("epsilon").addEventListener("input", () => setEpsilon(Number($("epsilon").value)));
  $("epsilon-number").addEventListener("change", () => setEpsilon(Number($("epsilon-number").value)));
  $("epsilon-largest").addEventListener("change", () => {
    const norm = session.norms.find((each) => each.id === state.norm);
    const value = Number($("epsilon-largest").value);
    state.largest = value > 0 ? Math.min(norm.largest, value) : norm.usual;
    state.epsilon = Math.min(state.epsilon, state.largest);
    showEpsilon();
    showZones();
    attack();
  });
  $("cancel").addEventListener("click", () => {
    queue.cancel();
    dropStale();
    announce("Cancelled.");
  });
  $("scrub").addEventListener("input", () => {
    stop();
    chosenStep = Number($("scrub").value);
    showStep();
  });
  $("play").addEventListener("click", play);
  $("nearest-run").addEventListener("click", searchNearest);
  $("save-clean").addEventListener("click", () => clean && save(clean, `${subjectName()}-clean.png`));
  $("save-found").addEventListener("click", () => {
    dropStale();
    const model = state.models.find((m) => results.get(m)?.shown);
    if (model !== undefined) {
      const { shown, by, epsilon } = results.get(model);
      save(images.floats(shown.pixels), `${subjectName()}-${by}-${number(epsilon)}.png`);
    }
  });
  $("plan").addEventListener("click", showPlan);
  $("link").addEventListener("click", async () => {
    history.replaceState(null, "", `#${fragment()}`);
    if (!(await copy(location.href, "The address"))) {
      announce("The address is in the address bar.");
    }
  });
  window.addEventListener("hashchange", () => {
    begin();
    report?.read(new URLSearchParams(location.hash.slice(1)));
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) {
      document.body.classList.remove("dropping");
    }
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    const file = event.dataTransfer?.files[0];
    if (file) {
      openFile(file);
    }
  });
}

/** Shows what the address says. */
function begin() {
  recall();
  showModels();
  showChoices();
  if ("example" in state.image) {
    openExample(state.image.example);
  } else {
    chooseSource("file");
    isLabelChosen = false;
    const { pixels } = state.image;
    setOwn(pixels, state.image.label);
  }
}

function introduce() {
  Object.assign(images.shape, { channels: session.channels, height: session.height, width: session.width });
  $("subject").textContent = `${session.models.map((model) => model.title).join(" and ")}, ${session.data}`;
  const parameters = session.models.map((model) => `${model.title}: ${model.architecture}${model.parameters ? `, ${model.parameters.toLocaleString("en")} parameters` : ""}`);
  $("about").textContent = `${parameters.join(". ")}. ${session.size.toLocaleString("en")} images of ${session.channels}×${session.height}×${session.width}. Gauntlet ${session.version}.`;
  $("notice").hidden = session.notice === null;
  $("notice").textContent = session.notice ?? "";
  $("obstacles").replaceChildren(
    ...session.models.filter((model) => model.obstacle !== null).map((model) => make("p", { className: "notice" }, model.obstacle)),
    ...session.models.flatMap((model) => model.notices).map((notice) => make("p", { className: "small" }, notice)));
  $("side-length").textContent = `${session.width} × ${session.height} pixels`;
  choices($("pick-label"), [["", "any"], ...session.classes.map((each, k) => [k, each])], "");
  choices($("label"), session.classes.map((each, k) => [k, each]), 0);
}

/** Does what the report asks for. */
const actions = {
  openExample: (example) => {
    chooseSource("data");
    return openExample(example);
  },
  openAttack: async (example, attacks, norm, epsilon, target, seed) => {
    const written = attacks.split(":");
    state.attack = written[0];
    state.options = Object.fromEntries((written[1] ?? "").split(",").filter(Boolean).map((option) => option.split("=")));
    state.norm = norm;
    const choice = session.norms.find((each) => each.id === norm);
    state.largest = Math.max(choice.usual, epsilon);
    state.epsilon = epsilon;
    state.target = target ?? "";
    state.seed = seed;
    showChoices();
    chooseSource("data");
    await openExample(example);
    $("stage").scrollIntoView();
  },
  queue,
  session: () => session,
  name,
  number,
  make,
  announce,
  complain,
  remember,
  urgency: SOON,
};

async function start() {
  try {
    session = await get("session");
    introduce();
    pad = new Pad($("pad"), {
      changed: () => setOwn(pad.pixels()),
      cleared: () => (isLabelChosen = false),
      moved: (text) => ($("pad-state").textContent = text),
    });
    listen();
    // before what is shown changes the address
    const parts = new URLSearchParams(location.hash.slice(1));
    begin();
    pick(0);
    if (session.report !== null) {
      report = new Report(actions, await get("report"));
      report.show(parts);
    }
    document.body.dataset.ready = "true";
  } catch (error) {
    $("subject").textContent = "The page cannot be shown";
    complain(error);
  }
}

start();
