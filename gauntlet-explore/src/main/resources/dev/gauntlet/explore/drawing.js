// A pad to draw a digit on, by mouse, finger, pen or keyboard.
import { shape, size } from "./images.js";

const SIDE = 280;
const PEN = 22;
const STEP = 8;

/** The digits of MNIST fill a square of 20 of 28 pixels, around their center of mass. */
const FILLED = 20 / 28;

export class Pad {
  #context;
  #cursor = { x: SIDE / 2, y: SIDE / 2 };
  #isDown = false;
  #isDrawing = false;
  #drawn = document.createElement("canvas");

  /**
   * Makes a pad of a canvas.
   *
   * @param canvas the canvas
   * @param listener hears that the drawing has changed or was cleared, and in words where the keys moved the pen
   */
  constructor(canvas, listener) {
    this.canvas = canvas;
    this.listener = listener;
    this.isCentered = true;
    this.#context = canvas.getContext("2d", { willReadFrequently: true });
    this.#drawn.width = SIDE;
    this.#drawn.height = SIDE;
    this.#clean();
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, () => (this.#isDrawing = false));
    }
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("focus", () => this.#show());
    canvas.addEventListener("blur", () => this.#show());
  }

  #clean() {
    const context = this.#drawn.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "black";
    context.fillRect(0, 0, SIDE, SIDE);
    context.strokeStyle = "white";
    context.lineWidth = PEN;
    context.lineCap = "round";
    context.lineJoin = "round";
    this.#show();
  }

  /** Tells that the drawing, or what is made of it, has changed. */
  changed() {
    this.listener.changed();
  }

  clear() {
    this.#clean();
    this.listener.cleared();
    this.changed();
  }

  /** Tells whether nothing is drawn. */
  isEmpty() {
    const data = this.#drawn.getContext("2d").getImageData(0, 0, SIDE, SIDE).data;
    return !data.some((value, i) => i % 4 === 0 && value > 0);
  }

  #show() {
    this.#context.drawImage(this.#drawn, 0, 0);
    if (document.activeElement === this.canvas) {
      this.#context.beginPath();
      this.#context.arc(this.#cursor.x, this.#cursor.y, PEN / 2, 0, 2 * Math.PI);
      this.#context.lineWidth = 2;
      this.#context.strokeStyle = this.#isDown ? "#ff9d7a" : "#86b4ff";
      this.#context.stroke();
    }
  }

  #place(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: ((event.clientX - box.left) / box.width) * SIDE, y: ((event.clientY - box.top) / box.height) * SIDE };
  }

  #line(to) {
    const context = this.#drawn.getContext("2d");
    context.beginPath();
    context.moveTo(this.#cursor.x, this.#cursor.y);
    context.lineTo(to.x, to.y);
    context.stroke();
    this.#cursor = to;
    this.#show();
    this.changed();
  }

  #begin(event) {
    event.preventDefault();
    this.canvas.focus();
    this.canvas.setPointerCapture(event.pointerId);
    this.#isDrawing = true;
    this.#cursor = this.#place(event);
    this.#line(this.#cursor);
  }

  #move(event) {
    if (this.#isDrawing) {
      this.#line(this.#place(event));
    }
  }

  #key(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key in moves) {
      const [x, y] = moves[event.key];
      const limit = (value) => Math.max(0, Math.min(SIDE, value));
      const to = { x: limit(this.#cursor.x + STEP * x), y: limit(this.#cursor.y + STEP * y) };
      if (this.#isDown) {
        this.#line(to);
      } else {
        this.#cursor = to;
        this.#show();
      }
      this.#say();
    } else if (event.key === " ") {
      this.#isDown = !this.#isDown;
      if (this.#isDown) {
        this.#line(this.#cursor);
      }
      this.#show();
      this.#say();
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.clear();
      this.listener.moved("The drawing is empty.");
    } else {
      return;
    }
    event.preventDefault();
  }

  #say() {
    const share = (value) => Math.round((100 * value) / SIDE);
    this.listener.moved(
      `Pen ${this.#isDown ? "down" : "up"}, ${share(this.#cursor.x)} % from the left, ${share(this.#cursor.y)} % from the top.`);
  }

  /** Returns the drawing as an image of the shape. */
  pixels() {
    const { channels, height, width } = shape;
    const small = document.createElement("canvas");
    small.width = width;
    small.height = height;
    const context = small.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "black";
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = "high";
    const box = this.isCentered ? this.#box() : null;
    if (box === null) {
      context.drawImage(this.#drawn, 0, 0, width, height);
    } else {
      const scale = (FILLED * Math.min(width, height)) / Math.max(box.width, box.height);
      const left = width / 2 - scale * (box.centerX - box.left);
      const top = height / 2 - scale * (box.centerY - box.top);
      context.drawImage(
        this.#drawn, box.left, box.top, box.width, box.height, left, top, scale * box.width, scale * box.height);
    }
    const data = context.getImageData(0, 0, width, height).data;
    const pixels = new Float32Array(size());
    for (let i = 0; i < width * height; i++) {
      for (let c = 0; c < channels; c++) {
        pixels[c * width * height + i] = data[4 * i] / 255;
      }
    }
    return pixels;
  }

  /** Finds the part that is drawn on, and its center of mass. */
  #box() {
    const data = this.#drawn.getContext("2d").getImageData(0, 0, SIDE, SIDE).data;
    let [left, right, top, bottom] = [SIDE, -1, SIDE, -1];
    let [mass, sumX, sumY] = [0, 0, 0];
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const value = data[4 * (y * SIDE + x)];
        if (value > 0) {
          left = Math.min(left, x);
          right = Math.max(right, x);
          top = Math.min(top, y);
          bottom = Math.max(bottom, y);
          mass += value;
          sumX += value * x;
          sumY += value * y;
        }
      }
    }
    return mass === 0
      ? null
      : { left, top, width: right - left + 1, height: bottom - top + 1, centerX: sumX / mass, centerY: sumY / mass };
  }
}
