// Runs a network, its gradients and two attacks: what the program computes, in the numbers of JavaScript.

function decoded(text, Type) {
  return new Type(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

/** Visits what a convolution multiplies: a weight, and with it a row of the output and a row of the input. */
function eachRow(node, [, height, width], visit) {
  const [channels, outHeight, outWidth] = node.shape;
  const [, perGroup, kernelHeight, kernelWidth] = node.kernel;
  const [down, right] = node.strides;
  const [top, left] = node.pads;
  for (let o = 0; o < channels; o++) {
    const first = Math.floor(o / (channels / node.groups)) * perGroup;
    for (let c = 0; c < perGroup; c++) {
      for (let i = 0; i < kernelHeight; i++) {
        for (let j = 0; j < kernelWidth; j++) {
          const weight = node.weight[((o * perGroup + c) * kernelHeight + i) * kernelWidth + j];
          const shift = j * node.dilations[1] - left;
          const from = Math.max(0, Math.ceil(-shift / right));
          const to = Math.min(outWidth, Math.floor((width - 1 - shift) / right) + 1);
          for (let y = 0; y < outHeight; y++) {
            const row = y * down - top + i * node.dilations[0];
            if (row >= 0 && row < height) {
              visit(weight, (o * outHeight + y) * outWidth, ((first + c) * height + row) * width + shift, from, to);
            }
          }
        }
      }
    }
  }
}

/** Visits the windows of a pool: the index of the output, and those of the input that are in the window. */
function eachWindow(node, [channels, height, width], visit) {
  const [, outHeight, outWidth] = node.shape;
  const [down, right] = node.strides;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++) {
        const inside = [];
        for (let i = 0; i < node.kernel[0]; i++) {
          for (let j = 0; j < node.kernel[1]; j++) {
            const row = y * down - node.pads[0] + i;
            const column = x * right - node.pads[1] + j;
            if (row >= 0 && row < height && column >= 0 && column < width) {
              inside.push((c * height + row) * width + column);
            }
          }
        }
        visit((c * outHeight + y) * outWidth + x, inside);
      }
    }
  }
}

function largest(values, indices) {
  let best = indices[0];
  for (const i of indices) {
    if (values[i] > values[best]) {
      best = i;
    }
  }
  return best;
}

const size = (shape) => shape.reduce((product, side) => product * side, 1);

/** A function of one number, whose slope follows from what it takes and gives. */
function elementwise(of, slope) {
  return {
    forward: (node, [x]) => x.map(of),
    backward: (node, [x], g, [gx], y) => g.forEach((each, i) => (gx[i] += each * slope(x[i], y[i]))),
  };
}

/**
 * How each operation computes: forward from what it takes; backward adds to the gradients of what it takes, given the gradient of what
 * it gives.
 */
const OPERATIONS = {
  dense: {
    forward: (node, [x]) =>
      Float64Array.from(node.bias, (bias, o) => {
        let sum = bias;
        for (let i = 0, w = o * x.length; i < x.length; i++, w++) {
          sum += node.weight[w] * x[i];
        }
        return sum;
      }),
    backward: (node, [x], g, [gx]) =>
      g.forEach((each, o) => {
        if (each !== 0) {
          for (let i = 0, w = o * x.length; i < x.length; i++, w++) {
            gx[i] += each * node.weight[w];
          }
        }
      }),
  },
  convolution: {
    forward: (node, [x], [shape]) => {
      const plane = node.shape[1] * node.shape[2];
      const out = Float64Array.from({ length: size(node.shape) }, (_, i) => node.bias[Math.floor(i / plane)]);
      const right = node.strides[1];
      eachRow(node, shape, (weight, o, i, from, to) => {
        for (let k = from; k < to; k++) {
          out[o + k] += weight * x[i + k * right];
        }
      });
      return out;
    },
    backward: (node, x, g, [gx], y, [shape]) => {
      const right = node.strides[1];
      eachRow(node, shape, (weight, o, i, from, to) => {
        for (let k = from; k < to; k++) {
          gx[i + k * right] += weight * g[o + k];
        }
      });
    },
  },
  scale: {
    forward: (node, [x]) => x.map((each, i) => (each - node.subtracted[i]) * node.factors[i] + node.added[i]),
    backward: (node, x, g, [gx]) => g.forEach((each, i) => (gx[i] += each * node.factors[i])),
  },
  relu: elementwise((x) => Math.max(0, x), (x) => (x > 0 ? 1 : 0)),
  sigmoid: elementwise((x) => 1 / (1 + Math.exp(-x)), (x, y) => y * (1 - y)),
  tanh: elementwise(Math.tanh, (x, y) => 1 - y * y),
  "average-pool": {
    forward: (node, [x], [shape]) => {
      const out = new Float64Array(size(node.shape));
      const count = node.kernel[0] * node.kernel[1];
      eachWindow(node, shape, (o, inside) => inside.forEach((i) => (out[o] += x[i] / count)));
      return out;
    },
    backward: (node, x, g, [gx], y, [shape]) => {
      const count = node.kernel[0] * node.kernel[1];
      eachWindow(node, shape, (o, inside) => inside.forEach((i) => (gx[i] += g[o] / count)));
    },
  },
  "max-pool": {
    forward: (node, [x], [shape]) => {
      const out = new Float64Array(size(node.shape));
      eachWindow(node, shape, (o, inside) => (out[o] = x[largest(x, inside)]));
      return out;
    },
    backward: (node, [x], g, [gx], y, [shape]) => eachWindow(node, shape, (o, inside) => (gx[largest(x, inside)] += g[o])),
  },
  add: {
    forward: (node, [a, b]) => a.map((each, i) => each + b[i]),
    backward: (node, x, g, all) =>
      all.forEach((gx) => {
        for (let i = 0; i < g.length; i++) {
          gx[i] += g[i];
        }
      }),
  },
  concatenation: {
    forward: (node, all) => Float64Array.from(all.flatMap((x) => [...x])),
    backward: (node, x, g, all) => {
      let from = 0;
      for (const gx of all) {
        for (let i = 0; i < gx.length; i++) {
          gx[i] += g[from++];
        }
      }
    },
  },
  reshape: {
    forward: (node, [x]) => x,
    backward: (node, x, g, [gx]) => g.forEach((each, i) => (gx[i] += each)),
  },
  rearrangement: {
    forward: (node, [x]) => Float64Array.from(node.source, (place, i) => (place < 0 ? node.constants[i] : x[place])),
    backward: (node, x, g, [gx]) =>
      node.source.forEach((place, i) => {
        if (place >= 0) {
          gx[place] += g[i];
        }
      }),
  },
};

const FLOATS = ["weight", "bias", "constants"];
const DOUBLES = ["subtracted", "factors", "added"];

/** A network whose weights are in the page. */
export class Network {
  #nodes;

  /**
   * Takes the nodes as the program writes them: each with its operation, the numbers of the nodes it takes, and its shape.
   *
   * @param nodes the nodes; the first is the input
   */
  constructor(nodes) {
    this.#nodes = nodes.map((node) => {
      const copy = { ...node };
      FLOATS.filter((key) => key in node).forEach((key) => (copy[key] = decoded(node[key], Float32Array)));
      DOUBLES.filter((key) => key in node).forEach((key) => (copy[key] = decoded(node[key], Float64Array)));
      if ("source" in node) {
        copy.source = decoded(node.source, Int32Array);
      }
      return copy;
    });
  }

  #forward(pixels) {
    const values = [Float64Array.from(pixels)];
    for (const node of this.#nodes.slice(1)) {
      values.push(OPERATIONS[node.operation].forward(node, node.inputs.map((i) => values[i]), this.#shapes(node)));
    }
    return values;
  }

  #shapes(node) {
    return node.inputs.map((i) => this.#nodes[i].shape);
  }

  logits(pixels) {
    return this.#forward(pixels).pop();
  }

  /**
   * Returns the logits, and the gradient of a function of them with respect to the pixels.
   *
   * @param pixels the image
   * @param slope gives the function's gradient with respect to the logits
   */
  gradient(pixels, slope) {
    const values = this.#forward(pixels);
    const logits = values[values.length - 1];
    const gradients = values.map((each) => new Float64Array(each.length));
    gradients[gradients.length - 1] = Float64Array.from(slope(logits));
    for (let i = values.length - 1; i > 0; i--) {
      const node = this.#nodes[i];
      OPERATIONS[node.operation].backward(
        node, node.inputs.map((k) => values[k]), gradients[i], node.inputs.map((k) => gradients[k]), values[i], this.#shapes(node));
    }
    return { logits, gradient: gradients[0] };
  }
}

export function softmax(logits) {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (each) => Math.exp(each - most));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((each) => each / sum);
}

/** Returns the class with the largest logit; the first of several. */
export function prediction(logits) {
  return logits.indexOf(Math.max(...logits));
}

/** The attacks, as shares of epsilon; PGD begins at the image itself. */
export const ATTACKS = {
  fgsm: { title: "FGSM", steps: 1, relativeStep: 1, written: "fgsm" },
  pgd: { title: "PGD", steps: 40, relativeStep: 1 / 30, written: "pgd:random-start=false" },
};

/** Returns the smallest 32-bit number that is not below a number. */
function up(value) {
  const near = Math.fround(value);
  if (near >= value) {
    return near;
  }
  const bits = new Int32Array(1);
  const floats = new Float32Array(bits.buffer);
  floats[0] = near;
  bits[0]++;
  return floats[0];
}

/**
 * Climbs the cross-entropy within L-infinity by steps along the sign of its gradient, until the first success; pauses after each step.
 *
 * @param network the network
 * @param clean the image
 * @param goal the class that it must not be answered as, or the target
 * @param isTargeted whether the goal is a target
 * @param epsilon the radius
 * @param attack the number of steps and their size
 * @returns the last image, its logits, and whether it is a success
 */
export function* climb(network, clean, goal, isTargeted, epsilon, attack) {
  const sign = isTargeted ? -1 : 1;
  const slope = (logits) => softmax(logits).map((share, k) => sign * (share - (k === goal ? 1 : 0)));
  const isSuccess = (logits) => (prediction(logits) === goal) === isTargeted;
  const reach = up(epsilon);
  const stepSize = Math.fround(attack.relativeStep * epsilon);
  let x = clean;
  for (let step = 0; step < attack.steps; step++) {
    const { logits, gradient } = network.gradient(x, slope);
    if (step > 0 && isSuccess(logits)) {
      return { pixels: x, logits, isSuccess: true };
    }
    x = x.map((pixel, i) => {
      const moved = Math.fround(pixel + stepSize * Math.sign(Math.fround(gradient[i])));
      const lowest = Math.max(0, Math.fround(clean[i] - reach));
      const highest = Math.min(1, Math.fround(clean[i] + reach));
      return Math.max(lowest, Math.min(highest, moved));
    });
    yield step + 1;
  }
  const logits = network.logits(x);
  return { pixels: x, logits, isSuccess: isSuccess(logits) };
}
