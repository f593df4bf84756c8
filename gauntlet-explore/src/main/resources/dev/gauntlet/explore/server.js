// Requests to the program that serves this page.

/** Asks for something that needs no body. */
export async function get(name) {
  return read(await reached(fetch(`api/${name}`)));
}

/** Asks for something that is answered at once. */
export async function ask(name, body) {
  return read(await post(name, body));
}

/** Waits for something of the program, and says what to do if the program has ended. */
async function reached(promise) {
  try {
    return await promise;
  } catch (error) {
    if (error.name === "AbortError") {
      throw error;
    }
    throw new Error("The program does not answer; start 'gauntlet explore' again and open its new address.");
  }
}

function post(name, body, signal) {
  return reached(
    fetch(`api/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal,
    }));
}

async function read(response) {
  const answer = await response.json();
  if (!response.ok) {
    throw new Error(answer.error ?? response.statusText);
  }
  return answer;
}

/** Lets something be computed, and hears events until its result is there. */
async function compute(name, body, signal, listener) {
  const response = await post(name, body, signal);
  if (!response.ok) {
    return read(response);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (true) {
    const { value, done } = await reached(reader.read());
    if (done) {
      throw new Error("The program ended the computation without a result.");
    }
    text += value;
    let end;
    while ((end = text.indexOf("\n\n")) >= 0) {
      const event = text.slice(0, end);
      text = text.slice(end + 2);
      const kind = /^event: (.*)$/m.exec(event)[1];
      const data = JSON.parse(/^data: (.*)$/m.exec(event)[1]);
      if (kind === "result") {
        return data;
      } else if (kind === "failed") {
        throw new Error(data.error);
      } else if (kind === "cancelled") {
        throw new Error("The program cancelled the computation.");
      }
      listener[kind]?.(data);
    }
  }
}

/** How long a computation may take before a newer one of the same kind replaces it. */
const PATIENCE = 400;

/** Computes one thing at a time: the most urgent first; what a more urgent one displaced is computed again. */
export class Queue {
  /** So that the program knows which of two requests is the later one, in whatever order they arrive. */
  #number = 0;
  #page = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
  #waiting = new Map();
  #current = null;

  constructor(listener) {
    this.listener = listener;
  }

  /**
   * Asks for a computation; it replaces one of the same kind that waits.
   *
   * @param kind what it is for
   * @param urgency 0 for the most urgent
   * @param name the request
   * @param body its fields
   * @param handle takes the result, and optionally parts of it
   */
  want(kind, urgency, name, body, handle) {
    this.#waiting.set(kind, { kind, urgency, name, body, handle });
    const current = this.#current;
    if (current !== null) {
      const isOld = current.task.kind === kind && performance.now() - current.started > PATIENCE;
      if (isOld || urgency < current.task.urgency) {
        this.#abort(current, current.task.kind !== kind);
      }
    } else {
      this.#next();
    }
  }

  /** Forgets computations of a kind. */
  forget(kind) {
    this.#waiting.delete(kind);
    if (this.#current?.task.kind === kind) {
      this.#abort(this.#current, false);
    }
  }

  /** Cancels everything. */
  cancel() {
    this.#waiting.clear();
    if (this.#current !== null) {
      ask("cancel", { page: this.#page, number: ++this.#number }).catch(() => {});
      this.#abort(this.#current, false);
    }
  }

  #abort(current, again) {
    if (current.isAborted) {
      return;
    }
    if (again && !this.#waiting.has(current.task.kind)) {
      this.#waiting.set(current.task.kind, current.task);
    }
    current.isAborted = true;
    current.controller.abort();
  }

  async #next() {
    const tasks = [...this.#waiting.values()].sort((a, b) => a.urgency - b.urgency);
    if (tasks.length === 0) {
      return;
    }
    const task = tasks[0];
    this.#waiting.delete(task.kind);
    const current = { task, controller: new AbortController(), started: performance.now(), isAborted: false };
    this.#current = current;
    this.listener.began(task.kind);
    try {
      const result = await compute(task.name, { page: this.#page, number: ++this.#number, ...task.body }, current.controller.signal, {
        progress: (data) => this.listener.progress(data),
        part: (data) => task.handle.part?.(data),
      });
      if (!current.isAborted) {
        task.handle.result(result);
      }
    } catch (error) {
      if (!current.isAborted) {
        this.listener.failed(error, task.kind);
      }
    } finally {
      this.#current = null;
      this.listener.ended();
      this.#next();
    }
  }
}
