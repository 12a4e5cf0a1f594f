// From a picture to the input tensor with the arithmetic of Pillow and torchvision, to the bit: gray, resize, crop, then scale, mean
// and std (`Image.convert`, `Resize`, `CenterCrop`, `ToTensor`, `Normalize`; resizing after Pillow's src/libImaging/Resample.c).

import type { PictureSettings, Pixels } from './abi.ts';

/**
 * The tensor [C,H,W] of a picture, C being 1 or 3. A picture that is not H×W after resize and crop throws RangeError, unless it may
 * be fitted: resized until it covers H×W, and the middle cut out.
 */
export function pictureTensor(
  picture: Pixels,
  settings: PictureSettings,
  shape: readonly number[],
  fit: boolean,
): Float32Array {
  const [channels, height, width] = shape as readonly [number, number, number];
  const seen = preparePicture(picture, settings, channels, fit ? [height, width] : undefined);
  if (seen.width !== width || seen.height !== height) {
    throw new RangeError(
      `the picture has ${seen.width}×${seen.height} pixels, but the input ${width}×${height}; { fit: true } resizes it and cuts out the middle`,
    );
  }
  return picturePlanes(seen, settings, channels);
}

/**
 * The bytes that `picturePlanes` takes: gray where the network is, resized and cropped as `settings` say, and to `fit`, a height and
 * width, where it is given. Throws RangeError where the crop is larger than the picture.
 */
export function preparePicture(
  picture: Pixels,
  settings: PictureSettings,
  channels: number,
  fit?: readonly [number, number],
): Pixels {
  const colored = channels === 1 || settings.colors === 'gray' ? toGray(picture) : picture;
  const sized = settings.resize === undefined ? colored : resize(colored, ...shorterSide(colored, settings.resize));
  if (!fit) return settings.crop ? crop(sized, settings.crop) : sized;
  const [height, width] = fit;
  const isCropped = settings.crop !== undefined && sized.width >= width && sized.height >= height;
  return crop(isCropped ? sized : resize(sized, ...covering(sized, height, width)), fit);
}

/** [H,W,C] bytes → [C,H,W] reals: (pixel · scale − mean) / std in f64, rounded once. A gray picture is repeated. */
export function picturePlanes(picture: Pixels, settings: PictureSettings, channels: number): Float32Array {
  const { data, channels: samples } = picture;
  const pixels = picture.width * picture.height;
  const tensor = new Float32Array(channels * pixels);
  const of = (values: readonly number[] | undefined, channel: number, otherwise: number): number =>
    values?.[values.length === 1 ? 0 : channel] ?? otherwise;
  for (let channel = 0; channel < channels; channel++) {
    const mean = of(settings.mean, channel, 0);
    const std = of(settings.std, channel, 1);
    const source = samples === 1 ? 0 : settings.colors === 'bgr' ? 2 - channel : channel;
    for (let i = 0; i < pixels; i++) {
      tensor[channel * pixels + i] = ((data[i * samples + source] as number) * settings.scale - mean) / std;
    }
  }
  return tensor;
}

/** ITU-R 601 luma in Pillow's 16-bit fixed point. */
export function toGray({ width, height, channels, data }: Pixels): Pixels {
  if (channels === 1) return { width, height, channels, data };
  const gray = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < gray.length; i++, at += channels) {
    const [red, green, blue] = [data[at] as number, data[at + 1] as number, data[at + 2] as number];
    gray[i] = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
  }
  return { width, height, channels: 1, data: gray };
}

/** Width and height when the shorter side becomes `size`; the longer one is rounded down, as torchvision does. */
export function shorterSide({ width, height }: Pixels, size: number): readonly [number, number] {
  const longer = Math.max(1, Math.floor((size * Math.max(width, height)) / Math.min(width, height)));
  return width <= height ? [size, longer] : [longer, size];
}

/** The smallest width and height of the picture's form that cover height × width. */
function covering(picture: Pixels, height: number, width: number): readonly [number, number] {
  const isWide = picture.width * height >= picture.height * width;
  return isWide
    ? [Math.max(width, Math.floor((picture.width * height) / picture.height)), height]
    : [width, Math.max(height, Math.floor((picture.height * width) / picture.width))];
}

/** The middle height × width; an odd margin is halved to the even neighbour, as Python's `round` does. Throws RangeError. */
export function crop({ data, channels, ...from }: Pixels, [height, width]: readonly [number, number]): Pixels {
  if (height > from.height || width > from.width) {
    throw new RangeError(
      `crop: ${height}x${width} does not fit into the picture's ${from.height}×${from.width} pixels`,
    );
  }
  const top = halfToEven(from.height - height);
  const left = halfToEven(from.width - width);
  const lineBytes = width * channels;
  const middle = new Uint8Array(height * lineBytes);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * from.width + left) * channels;
    middle.set(data.subarray(start, start + lineBytes), y * lineBytes);
  }
  return { width, height, channels, data: middle };
}

/** n / 2, rounded to the even neighbour. */
function halfToEven(n: number): number {
  const floor = Math.floor(n / 2);
  return n % 2 === 0 || floor % 2 === 0 ? floor : floor + 1;
}

/** Bilinear with antialiasing: a triangle that widens when shrinking, separable, horizontal first, 8-bit rows in between. */
export function resize(picture: Pixels, width: number, height: number): Pixels {
  const { channels } = picture;
  let { data } = picture;
  if (width !== picture.width) {
    data = resizeAxis(data, picture.height, picture.width, width, channels);
  }
  if (height !== picture.height) {
    data = resizeAxis(data, 1, picture.height, height, width * channels);
  }
  return { width, height, channels, data };
}

/** Of bytes [outer, from, inner] the middle axis becomes `to` long. Weights have 22 bits behind the point. */
function resizeAxis(data: Pixels['data'], outer: number, from: number, to: number, inner: number): Uint8Array {
  const result = new Uint8Array(outer * to * inner);
  const scale = from / to;
  const support = Math.max(scale, 1);
  const inverse = 1 / support;
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - support + 0.5));
    const high = Math.min(from, Math.trunc(center + support + 0.5));
    const triangle = Array.from({ length: high - low }, (_, k) =>
      Math.max(0, 1 - Math.abs((k + low - center + 0.5) * inverse)),
    );
    const total = triangle.reduce((a, b) => a + b, 0);
    const weights = Int32Array.from(triangle, (weight) => Math.trunc(0.5 + (weight / total) * 2 ** 22));
    for (let o = 0; o < outer; o++) {
      const start = (o * from + low) * inner;
      for (let j = 0; j < inner; j++) {
        let sum = 1 << 21;
        for (let k = 0; k < weights.length; k++)
          sum += (data[start + k * inner + j] as number) * (weights[k] as number);
        result[(o * to + i) * inner + j] = Math.min(255, sum >> 22);
      }
    }
  }
  return result;
}
