// Images as arrays of numbers in [0,1], in the order channels, rows, columns.

/** The shape of all images; set once. */
export const shape = { channels: 1, height: 28, width: 28 };

export function size() {
  return shape.channels * shape.height * shape.width;
}

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** Reads exact pixels. */
export function floats(text) {
  const raw = bytes(text);
  const view = new DataView(raw.buffer);
  return Float32Array.from({ length: raw.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/** Reads grey levels. */
export function levels(text) {
  return Float32Array.from(bytes(text), (level) => level / 255);
}

/** Reads classes of two bytes each. */
export function classes(text) {
  const raw = bytes(text);
  return Array.from({ length: raw.length / 2 }, (_, i) => raw[2 * i] + 256 * raw[2 * i + 1]);
}

/** Writes exact pixels. */
export function text(pixels) {
  const raw = new Uint8Array(4 * pixels.length);
  const view = new DataView(raw.buffer);
  pixels.forEach((pixel, i) => view.setFloat32(4 * i, pixel, true));
  let letters = "";
  for (let i = 0; i < raw.length; i += 8192) {
    letters += String.fromCharCode(...raw.subarray(i, i + 8192));
  }
  return btoa(letters);
}

/** Rounds to the 8 bits of most files, as the program does. */
export function level(pixel) {
  return Math.floor(255 * pixel + 0.5);
}

export function rounded(pixels) {
  return pixels.map((pixel) => level(pixel) / 255);
}

function fill(canvas, color) {
  const { height, width } = shape;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const [red, green, blue] = color(i, width * height);
    image.data.set([red, green, blue, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

/** Shows an image: grey for one channel, color for three, otherwise the mean of the channels. */
export function paint(canvas, pixels) {
  const { channels } = shape;
  fill(canvas, (i, plane) => {
    if (channels === 3) {
      return [0, 1, 2].map((c) => level(pixels[c * plane + i]));
    }
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      sum += pixels[c * plane + i];
    }
    const grey = level(sum / channels);
    return [grey, grey, grey];
  });
}

/** Shows a change on middle grey, amplified. */
export function paintChange(canvas, clean, changed, gain) {
  const { channels } = shape;
  const difference = (i) => 127.5 + 255 * gain * (changed[i] - clean[i]);
  const clamp = (value) => Math.max(0, Math.min(255, Math.round(value)));
  fill(canvas, (i, plane) => {
    if (channels === 3) {
      return [0, 1, 2].map((c) => clamp(difference(c * plane + i)));
    }
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      sum += difference(c * plane + i);
    }
    const grey = clamp(sum / channels);
    return [grey, grey, grey];
  });
}

/** Returns the amplification with which the largest change is just visible at full contrast; a round number. */
export function gain(clean, changed) {
  let largest = 0;
  for (let i = 0; i < clean.length; i++) {
    largest = Math.max(largest, Math.abs(changed[i] - clean[i]));
  }
  if (largest === 0) {
    return 1;
  }
  const most = 0.5 / largest;
  const steps = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000];
  return steps.filter((step) => step <= most).pop() ?? 1;
}

/** Returns an image as PNG of 8 bits, with one pixel for each pixel. */
export function png(pixels) {
  const canvas = document.createElement("canvas");
  paint(canvas, pixels);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** The largest file that is opened; larger ones would stop the page. */
const LARGEST_FILE = 50e6;

/** Reads an image file, scaled to the shape: the central part that has the shape's proportions. */
export async function fromFile(file, invert) {
  if (file.size > LARGEST_FILE) {
    throw new Error(`The file ${file.name} has more than 50 MB.`);
  }
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`The file ${file.name} is not an image that this browser can read.`);
  }
  const { channels, height, width } = shape;
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  const scale = Math.max(width / bitmap.width, height / bitmap.height);
  const [w, h] = [width / scale, height / scale];
  context.drawImage(bitmap, (bitmap.width - w) / 2, (bitmap.height - h) / 2, w, h, 0, 0, width, height);
  const data = context.getImageData(0, 0, width, height).data;
  const pixels = new Float32Array(size());
  for (let i = 0; i < width * height; i++) {
    const rgb = [0, 1, 2].map((c) => data[4 * i + c]);
    const grey = Math.round(0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]);
    for (let c = 0; c < channels; c++) {
      const value = channels === 3 ? rgb[c] : grey;
      pixels[c * width * height + i] = (invert ? 255 - value : value) / 255;
    }
  }
  return pixels;
}
