// How a picture becomes the input tensor: colours, resize, crop, scale, mean and std, in this order, with the arithmetic of Pillow
// and torchvision (`Resize`, `CenterCrop`, `ToTensor`, `Normalize`).

import type { InputSettings } from '../../compiler/ir/graph.ts';
import { type Shape, formatShape } from '../../compiler/ir/tensor-type.ts';
import { InputError } from './input-error.ts';
import { MAX_PIXELS } from './picture-limits.ts';
import type { Picture } from './picture.ts';
import { resize } from './resize.ts';

export const defaultSettings: InputSettings = { scale: 1 / 255, colors: 'rgb' };

/**
 * The tensor [C,H,W] of one picture. `shape` is the network's input; 1 channel always means grey, 3 take `settings.colors`
 * (a grey picture is repeated). A picture that is not H×W after resize and crop is refused, never stretched. Throws `InputError`.
 */
export function pictureToTensor(picture: Picture, settings: InputSettings, shape: Shape): Float32Array {
  if (shape.length !== 3 || (shape[0] !== 1 && shape[0] !== 3)) {
    throw new InputError(
      `the input is ${formatShape(shape)}, but a picture makes [1, height, width] or [3, height, width]`,
    );
  }
  const [channels, height, width] = shape as [1 | 3, number, number];
  const gray = channels === 1 || settings.colors === 'gray';
  const colored = gray ? toGray(picture) : picture;
  const fitted = crop(resizeShorter(colored, settings.resize), settings.crop);
  if (fitted.width !== width || fitted.height !== height) {
    const done = settings.resize !== undefined || settings.crop !== undefined ? ' after resize and crop' : '';
    throw new InputError(
      `the picture has ${fitted.height}×${fitted.width} pixels${done}, but the input is ${formatShape(shape)}; ` +
        `resize: ${Math.min(height, width)} with crop: ${height === width ? height : `${height}x${width}`} fits any picture`,
    );
  }
  return planes(fitted, settings, channels, `the input ${formatShape(shape)}`);
}

/** ITU-R 601 luma in Pillow's 16-bit fixed point (`Image.convert('L')`). */
export function toGray(picture: Picture): Picture {
  if (picture.channels === 1) return picture;
  const { width, height, data: rgb } = picture;
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) {
    data[i] = (rgb[3 * i]! * 19595 + rgb[3 * i + 1]! * 38470 + rgb[3 * i + 2]! * 7471 + 0x8000) >> 16;
  }
  return { width, height, channels: 1, data };
}

/** The shorter side becomes `size`; the longer one is rounded down, as torchvision does. */
export function resizeShorter(picture: Picture, size: number | undefined): Picture {
  if (size === undefined) return picture;
  const { width, height } = picture;
  const longer = Math.max(1, Math.floor((size * Math.max(width, height)) / Math.min(width, height)));
  if (size * longer > MAX_PIXELS) {
    throw new InputError(
      `resize: ${size} would make a picture of ${size}×${longer} pixels, more than ${MAX_PIXELS / 1e6} million`,
      { limit: true },
    );
  }
  return width <= height ? resize(picture, size, longer) : resize(picture, longer, size);
}

/** The middle `height × width`; an odd margin is halved to the even neighbour, as Python's `round` does. */
export function crop(picture: Picture, size: readonly [number, number] | undefined): Picture {
  if (!size) return picture;
  const [height, width] = size;
  if (height > picture.height || width > picture.width) {
    throw new InputError(
      `crop: ${height}x${width} does not fit into the picture's ${picture.height}×${picture.width} pixels`,
    );
  }
  const top = halfToEven(picture.height - height);
  const left = halfToEven(picture.width - width);
  const lineBytes = width * picture.channels;
  const data = new Uint8Array(height * lineBytes);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * picture.channels;
    data.set(picture.data.subarray(from, from + lineBytes), y * lineBytes);
  }
  return { width, height, channels: picture.channels, data };
}

/** n / 2, rounded to the even neighbour. */
function halfToEven(n: number): number {
  const floor = Math.floor(n / 2);
  return n % 2 === 0 || floor % 2 === 0 ? floor : floor + 1;
}

/** [H,W,C] bytes → [C,H,W] reals: (pixel · scale − mean) / std in f64, rounded once. */
function planes(picture: Picture, settings: InputSettings, channels: number, what: string): Float32Array {
  const pixels = picture.width * picture.height;
  const tensor = new Float32Array(channels * pixels);
  for (let channel = 0; channel < channels; channel++) {
    const mean = perChannel('mean', settings.mean, channel, channels, what) ?? 0;
    const std = perChannel('std', settings.std, channel, channels, what) ?? 1;
    const source = picture.channels === 1 ? 0 : settings.colors === 'bgr' ? 2 - channel : channel;
    for (let i = 0; i < pixels; i++) {
      tensor[channel * pixels + i] = (picture.data[i * picture.channels + source]! * settings.scale - mean) / std;
    }
  }
  return tensor;
}

function perChannel(
  name: string,
  values: readonly number[] | undefined,
  channel: number,
  channels: number,
  what: string,
): number | undefined {
  if (!values) return undefined;
  if (values.length !== 1 && values.length !== channels) {
    throw new InputError(
      `${name} has ${values.length} numbers, but ${what} has ${channels} channel${channels === 1 ? '' : 's'}`,
    );
  }
  const value = values[values.length === 1 ? 0 : channel]!;
  if (name === 'std' && value === 0) throw new InputError('std is 0, and nothing can be divided by it');
  return value;
}
