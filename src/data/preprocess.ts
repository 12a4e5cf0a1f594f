// How a picture becomes the input tensor. The arithmetic is that of emitted modules; here stands what is refused, and why.

import type { InputSettings } from '../../compiler/ir/graph.ts';
import { type Shape, formatShape } from '../../compiler/ir/tensor-type.ts';
import type { Pixels } from '../../runtime/abi.ts';
import { picturePlanes, preparePicture, resizedSize } from '../../runtime/picture.ts';
import { InputError } from './input-error.ts';
import { MAX_PIXELS } from './picture-limits.ts';
import type { Picture } from './picture.ts';

export const defaultSettings: InputSettings = { scale: 1 / 255, colors: 'rgb' };

/**
 * The tensor [C,H,W] of one picture. `shape` is the network's input; 1 channel always means grey, 3 take `settings.colors`
 * (a grey picture is repeated). A picture that is not H×W after resize and crop is refused, unless `fit` says how it becomes so.
 * Throws `InputError`.
 */
export function pictureToTensor(picture: Picture, given: InputSettings, shape: Shape): Float32Array {
  return picturePlanes(fitPicture(picture, given, shape), given, shape[0]!);
}

/** Whether a tensor can be a picture: [1,H,W] or [3,H,W]. */
export const isPictureShape = (shape: Shape): boolean => shape.length === 3 && (shape[0] === 1 || shape[0] === 3);

/** The H×W bytes of which `pictureToTensor` makes a tensor. Throws `InputError`. */
export function fitPicture(picture: Picture, given: InputSettings, shape: Shape): Pixels {
  if (!isPictureShape(shape)) {
    throw new InputError(
      `the input is ${formatShape(shape)}, but a picture makes [1, height, width] or [3, height, width]`,
    );
  }
  const [channels, height, width] = shape as [1 | 3, number, number];
  const settings = given.fit && given.resize === undefined ? { ...given, resize: [height, width] as const } : given;
  checkResize(picture, settings);
  checkedNumbers(settings, shape, 'input');
  const fitted = prepare(picture, settings, channels);
  if (fitted.width === width && fitted.height === height) return fitted;
  const done = settings.resize !== undefined || settings.crop !== undefined ? ' after resize and crop' : '';
  throw new InputError(
    `the picture has ${fitted.height}×${fitted.width} pixels${done}, but the input is ${formatShape(shape)}; ` +
      `resize: ${height}x${width} fits any picture, with fit: cover or contain undistorted`,
  );
}

function prepare(picture: Picture, settings: InputSettings, channels: number): Pixels {
  try {
    return preparePicture(picture, settings, channels);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InputError(cause.message, { cause });
  }
}

/** Throws `InputError` where resizing would make too many pixels on its way. */
export function checkResize(picture: Pixels, settings: InputSettings): void {
  const { resize: size, fit } = settings;
  if (typeof size === 'number' && fit)
    throw new InputError(
      `fit: ${fit} needs a height and a width to resize to, such as resize: ${size}x${size}; found resize: ${size}`,
    );
  const [width, height] = resizedSize(picture, settings);
  // Between both directions the picture is as wide as the result and as high as before.
  if (width * Math.max(height, picture.height) <= MAX_PIXELS) return;
  const written = typeof size === 'number' ? size : size!.join('x');
  throw new InputError(
    `resize: ${written} would make a picture of ${height}×${width} pixels, more than ${MAX_PIXELS / 1e6} million`,
    { limit: true },
  );
}

/** The settings of pictures of an input or an output. Throws `InputError` where their numbers do not fit its channels. */
export function checkedNumbers(settings: InputSettings, shape: Shape, side: 'input' | 'output'): InputSettings {
  for (const name of ['mean', 'std', 'fill'] as const) checkNumbers(name, settings[name], shape, side);
  return settings;
}

function checkNumbers(
  name: 'mean' | 'std' | 'fill',
  values: readonly number[] | undefined,
  shape: Shape,
  side: 'input' | 'output',
): void {
  if (!values) return;
  const [channels] = shape;
  if (values.length !== 1 && values.length !== channels) {
    throw new InputError(
      `${name} has ${values.length} numbers, but the ${side} ${formatShape(shape)} has ${channels} channel${channels === 1 ? '' : 's'}`,
    );
  }
  if (name === 'std' && values.includes(0)) throw new InputError('std is 0, and nothing can be divided by it');
}
