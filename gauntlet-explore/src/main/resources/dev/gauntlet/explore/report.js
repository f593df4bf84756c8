// The examples of a report: filters, confusion, and the replay of one of them.
import { levels, paint } from "./images.js";
import { ask } from "./server.js";

const $ = (id) => document.getElementById(id);
const AT_ONCE = 48;

/** The filters, in the address under these names. */
const FILTERS = ["budget", "label", "outcome", "attack", "prediction", "from", "to", "order"];

export class Report {
  #shown = 0;
  #list = [];
  #chosen = null;
  #usual = {};

  constructor(actions, outcomes) {
    this.actions = actions;
    this.outcomes = outcomes;
    this.session = actions.session();
    this.summary = this.session.report;
  }

  /** Shows the examples, with the filters of an address. */
  show(parts) {
    const { summary, session } = this;
    const { number, make } = this.actions;
    $("report").hidden = false;
    $("report-lede").textContent = `${summary.examples.toLocaleString("en")} images under ${summary.attacks.map((each) => each.title).join(", ")} in ${session.norms.find((each) => each.id === summary.norm).title}.`;
    const option = (value, text) => new Option(text, value);
    $("report-budget").replaceChildren(
      ...summary.epsilons.map((epsilon, i) => option(i, i === 0 ? "0 (clean)" : `${number(epsilon)}: ${summary.robust[i]} robust`)));
    $("report-budget").value = summary.focus;
    const classes = session.classes.map((each, k) => option(k, each));
    $("report-label").replaceChildren(option("", "any"), ...classes);
    $("report-prediction").replaceChildren(option("", "any"), ...classes.map((each) => each.cloneNode(true)));
    $("report-attack").replaceChildren(option("", "any"), ...summary.attacks.map((each, i) => option(i, each.title)));
    for (const filter of FILTERS) {
      $(`report-${filter}`).addEventListener("change", () => this.#filter());
    }
    this.#usual = Object.fromEntries(FILTERS.map((filter) => [filter, $(`report-${filter}`).value]));
    this.read(parts);
    $("report-more").addEventListener("click", () => this.#more());
    $("replay-run").addEventListener("click", () => this.#replay(false));
    $("replay-whole").addEventListener("click", () => this.#replay(true));
    $("replay-open").addEventListener("click", () => this.#openWith(this.#attackOf(this.#chosen)));
    $("replay-harder").addEventListener("click", () => this.#openWith(this.#harder()));
  }

  /** Takes the filters from the address. */
  read(parts) {
    for (const filter of FILTERS) {
      const control = $(`report-${filter}`);
      control.value = parts.get(`report-${filter}`) ?? this.#usual[filter];
      if (control.tagName === "SELECT" && control.selectedIndex < 0) {
        control.value = this.#usual[filter];
      }
    }
    this.#filter();
  }

  /** Adds the filters to the address. */
  write(parts) {
    for (const filter of FILTERS) {
      const { value } = $(`report-${filter}`);
      if (value !== this.#usual[filter]) {
        parts.set(`report-${filter}`, value);
      }
    }
  }

  #budget() {
    return Number($("report-budget").value);
  }

  #isMistake(i) {
    return this.outcomes.predictions[0][i] !== this.outcomes.labels[i];
  }

  #filter() {
    const { outcomes } = this;
    const budget = this.#budget();
    const label = $("report-label").value;
    const prediction = $("report-prediction").value;
    const outcome = $("report-outcome").value;
    const attack = $("report-attack").value;
    const from = $("report-from").value === "" ? null : Number($("report-from").value);
    const to = $("report-to").value === "" ? null : Number($("report-to").value);
    const fits = (i) => {
      const by = outcomes.successfulAttacks[budget][i];
      const distance = outcomes.distances[i];
      const its = this.#isMistake(i) ? "mistake" : by >= 0 ? "success" : "robust";
      return (
        (label === "" || outcomes.labels[i] === Number(label)) &&
        (prediction === "" || outcomes.predictions[budget][i] === Number(prediction)) &&
        (outcome === "any" || outcome === its) &&
        (attack === "" || by === Number(attack)) &&
        (from === null || distance >= from) &&
        (to === null || (distance >= 0 && distance <= to)));
    };
    this.#list = outcomes.ids.map((_, i) => i).filter(fits);
    const order = $("report-order").value;
    // what no attack found a success for is the farthest
    const distance = (i) => (outcomes.distances[i] < 0 ? Infinity : outcomes.distances[i]);
    if (order === "near") {
      this.#list.sort((a, b) => distance(a) - distance(b) || a - b);
    } else if (order === "far") {
      this.#list = this.#list.filter((i) => outcomes.distances[i] > 0).sort((a, b) => distance(b) - distance(a) || a - b);
    }
    this.#shown = 0;
    $("report-thumbs").replaceChildren();
    $("report-count").textContent = `${this.#list.length.toLocaleString("en")} of ${outcomes.ids.length.toLocaleString("en")} images.`;
    this.#confusion(budget);
    this.actions.remember();
    this.#more();
  }

  async #more() {
    const { outcomes } = this;
    const { make, name, number, complain } = this.actions;
    const next = this.#list.slice(this.#shown, this.#shown + Math.min(AT_ONCE, this.session.mostImages));
    const list = this.#list;
    this.#shown += next.length;
    $("report-more").hidden = this.#shown >= this.#list.length;
    if (next.length === 0) {
      return;
    }
    try {
      const images = await ask("images", { examples: next.map((i) => outcomes.ids[i]), levels: true });
      if (list !== this.#list) {
        return;
      }
      const budget = this.#budget();
      next.forEach((i, n) => {
        const canvas = make("canvas", { className: "image" });
        paint(canvas, levels(images[n].levels));
        const label = outcomes.labels[i];
        const prediction = outcomes.predictions[budget][i];
        const distance = outcomes.distances[i];
        const text = prediction === label ? name(label) : `${name(label)} → ${name(prediction)}`;
        const button = make(
          "button",
          { type: "button", className: "thumb", "aria-label": `Example ${outcomes.ids[i]}, ${text}${distance > 0 ? `, nearest success at ${number(distance)}` : ""}` },
          canvas,
          make("span", { className: prediction === label ? "" : "wrong" }, text),
          make("br"),
          distance > 0 ? number(distance) : distance === 0 ? "0" : "none");
        button.dataset.id = outcomes.ids[i];
        button.addEventListener("click", () => this.#open(i));
        $("report-thumbs").append(make("li", {}, button));
      });
    } catch (error) {
      complain(error);
    }
  }

  #confusion(budget) {
    const { make, name } = this.actions;
    const count = this.session.classes.length;
    const MOST = 20;
    if (count > MOST) {
      $("confusion").replaceChildren(make("p", { className: "small" }, `With ${count} classes the table would be too large; use the filters.`));
      return;
    }
    const cells = Array.from({ length: count }, () => new Array(count).fill(0));
    this.outcomes.labels.forEach((label, i) => cells[label][this.outcomes.predictions[budget][i]]++);
    const head = make("tr", {}, make("td"), ...cells.map((_, k) => make("th", { scope: "col" }, name(k))));
    const rows = cells.map((row, label) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, name(label)),
        ...row.map((value, prediction) => {
          const cell = make("td", { className: label === prediction ? "diagonal" : "" });
          if (value === 0) {
            cell.append("·");
            return cell;
          }
          const button = make("button", { type: "button", "aria-label": `${value} of class ${name(label)} answered ${name(prediction)}` }, String(value));
          button.addEventListener("click", () => {
            $("report-label").value = label;
            $("report-prediction").value = prediction;
            $("report-outcome").value = "any";
            $("report-attack").value = "";
            this.#filter();
            $("report-count").scrollIntoView({ block: "center" });
          });
          cell.append(button);
          return cell;
        })));
    $("confusion").replaceChildren(make("table", { className: "numbers" }, make("thead", {}, head), make("tbody", {}, ...rows)));
  }

  /** Returns the attack of the record that succeeded on an example, or its last one. */
  #attackOf(i) {
    const by = this.outcomes.successfulAttacks[this.#budget()][i];
    const { attacks } = this.summary;
    return attacks[by >= 0 && by < attacks.length ? by : attacks.length - 1].written;
  }

  /** Returns a stronger attack than those of most records. */
  #harder() {
    const wanted = this.session.models[0].hasGradients ? ["apgd", "pgd", "fmn"] : ["square", "hop-skip-jump"];
    const options = { apgd: "restarts=5", pgd: "steps=200,restarts=5", square: "queries=10000" };
    const fitting = this.session.attacks.filter((each) => each.norms.includes(this.summary.norm));
    const name = wanted.find((each) => fitting.some((attack) => attack.name === each)) ?? fitting[0].name;
    const known = fitting.find((each) => each.name === name).options.map((option) => option.name);
    const chosen = (options[name] ?? "").split(",").filter((option) => known.includes(option.split("=")[0]));
    return chosen.length > 0 ? `${name}:${chosen.join(",")}` : name;
  }

  #openWith(attack) {
    const { summary, outcomes } = this;
    const budget = this.#budget() || summary.focus;
    this.actions.openAttack(outcomes.ids[this.#chosen], attack, summary.norm, summary.epsilons[budget], summary.target, summary.seed);
  }

  #open(i) {
    const { outcomes } = this;
    const { name } = this.actions;
    this.#chosen = i;
    this.actions.queue.forget("replay");
    this.actions.openExample(outcomes.ids[i]);
    $("replay").hidden = false;
    $("replay-title").textContent = `Example ${outcomes.ids[i]}, class ${name(outcomes.labels[i])}`;
    $("replay-text").textContent = this.#sentence(i);
    $("replay-table").replaceChildren();
    $("replay-whole").hidden = true;
    for (const button of document.querySelectorAll("#report-thumbs .thumb")) {
      button.setAttribute("aria-current", String(Number(button.dataset.id) === outcomes.ids[i]));
    }
    $("replay").scrollIntoView({ block: "nearest" });
  }

  #sentence(i) {
    const { number, name } = this.actions;
    if (this.#isMistake(i)) {
      return `It is misclassified without any change, as ${name(this.outcomes.predictions[0][i])}.`;
    }
    const distance = this.outcomes.distances[i];
    return distance < 0 ? "No attack of the record found a success." : `The nearest success of the record is at ${number(distance)}.`;
  }

  #replay(whole) {
    const example = this.outcomes.ids[this.#chosen];
    const { make, name, number } = this.actions;
    this.actions.queue.want("replay", this.actions.urgency, "replay", { example, whole }, {
      result: ({ recorded, replayed, isSame, remark }) => {
        if (example !== this.outcomes.ids[this.#chosen]) {
          return;
        }
        $("replay-text").textContent = isSame
          ? `The replay is equal to the record: all answers, the attacks that succeeded, and all digits of the distance (${recorded.distance < 0 ? "no success" : recorded.distance}).`
          : `${remark} Distance: ${recorded.distance} in the record, ${replayed.distance} now.`;
        $("replay-whole").hidden = isSame || whole;
        const by = (k) => (k < 0 ? "–" : this.summary.attacks[k]?.title ?? "?");
        const row = (title, outcome) =>
          make("tr", {}, make("th", { scope: "row" }, title), ...outcome.predictions.map((prediction, b) => make("td", {}, `${name(prediction)} (${by(outcome.attacks[b])})`)));
        $("replay-table").replaceChildren(
          make(
            "table",
            { className: "numbers" },
            make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "epsilon"), ...this.summary.epsilons.map((epsilon) => make("th", { scope: "col" }, number(epsilon))))),
            make("tbody", {}, row("record", recorded), row("replay", replayed))));
        this.actions.announce($("replay-text").textContent);
      },
    });
  }
}
