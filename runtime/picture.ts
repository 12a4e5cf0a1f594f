// From a picture to the input tensor with the arithmetic of Pillow and torchvision, to the bit: gray, resize, crop, then scale, mean
// and std (`Image.convert`, `Resize`, `ImageOps.pad`, `CenterCrop`, `ToTensor`, `Normalize`).

import type { PictureSettings, Pixels, ResizeFilter } from './abi.ts';
import { resize, roundToEven } from './resize.ts';

/**
 * The tensor [C,H,W] of a picture, C being 1 or 3. One that is not H×W after resize and crop throws RangeError, unless it may be fitted:
 * resized until it covers H×W, and its middle cut out.
 */
export function pictureTensor(
  picture: Pixels,
  settings: PictureSettings,
  shape: readonly number[],
  fit: boolean,
): Float32Array {
  const [channels, height, width] = shape as readonly [number, number, number];
  const [seenWidth, seenHeight] = fit ? [width, height] : preparedSize(picture, settings);
  // Before anything is computed: a thin picture may become billions of pixels.
  if (seenWidth !== width || seenHeight !== height) {
    throw new RangeError(
      `the picture has ${seenWidth}×${seenHeight} pixels, but the input ${width}×${height}; { fit: true } resizes it and cuts out the middle`,
    );
  }
  const seen = preparePicture(picture, settings, channels, fit ? [height, width] : undefined);
  return picturePlanes(seen, settings, channels);
}

/**
 * The bytes that `picturePlanes` takes: gray where the network is, resized and cropped as `settings` say, and to `fit`, height and width,
 * if given. Throws RangeError where the crop is larger than the picture.
 */
export function preparePicture(
  picture: Pixels,
  settings: PictureSettings,
  channels: number,
  fit?: readonly [number, number],
): Pixels {
  const colored = channels === 1 || settings.colors === 'gray' ? toGray(picture) : picture;
  const sized = resizePicture(colored, settings);
  if (!fit) return sized.middle(settings.crop);
  const [width, height] = covering(sized, fit);
  const isCropped = settings.crop && sized.height >= fit[0] && sized.width >= fit[1];
  return isCropped || (width === sized.width && height === sized.height)
    ? sized.middle(fit)
    : resize(sized.middle(), width, height, settings.filter, fit);
}

/** A picture of which no more is computed than what is cut out: it may be thousands of times as wide as high. */
interface Sized extends PictureSize {
  /** The middle, height and width, or all; an odd margin is halved to the even neighbour. Throws RangeError. */
  middle(size?: readonly [number, number]): Pixels;
}

type PictureSize = Pick<Pixels, 'width' | 'height'>;

function sizedPicture(
  picture: Pixels,
  [width, height]: readonly [number, number] = [picture.width, picture.height],
  filter?: ResizeFilter,
): Sized {
  return {
    width,
    height,
    middle(size = [height, width]) {
      if (size[0] > height || size[1] > width)
        throw new RangeError(`crop: ${size.join('x')} does not fit into the picture's ${height}×${width} pixels`);
      return resize(picture, width, height, filter, size);
    },
  };
}

/** As `resize`, `fit`, `filter` and `fill` say. */
function resizePicture(picture: Pixels, settings: PictureSettings): Sized {
  const { resize: size, fit = 'stretch', filter } = settings;
  const resized = sizedPicture(picture, resizedSize(picture, settings), filter);
  if (typeof size !== 'object' || fit === 'stretch') return resized;
  return sizedPicture(fit === 'cover' ? resized.middle(size) : pad(resized.middle(), size, settings));
}

/** Width and height after resize and crop. */
function preparedSize(picture: Pixels, settings: PictureSettings): readonly [number, number] {
  const size = settings.crop ?? settings.resize;
  return typeof size === 'object' ? [size[1], size[0]] : resizedSize(picture, settings);
}

/** Width and height that a picture is resized to, before anything is cut off or added. */
export function resizedSize(picture: Pixels, { resize: size, fit }: PictureSettings): readonly [number, number] {
  if (size === undefined) return [picture.width, picture.height];
  if (typeof size === 'number') return shorterSide(picture, size);
  const [height, width] = size;
  if (fit === 'cover') return covering(picture, size);
  return fit === 'contain' ? containing(picture, height, width) : [width, height];
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
function covering(picture: PictureSize, [height, width]: readonly [number, number]): readonly [number, number] {
  const isWide = picture.width * height >= picture.height * width;
  return isWide
    ? [Math.max(width, Math.floor((picture.width * height) / picture.height)), height]
    : [width, Math.max(height, Math.floor((picture.height * width) / picture.width))];
}

/** The largest width and height of the picture's form inside height × width, rounded as Pillow's `ImageOps.contain` does. */
function containing(picture: Pixels, height: number, width: number): readonly [number, number] {
  const form = picture.width / picture.height;
  if (form === width / height) return [width, height];
  return form > width / height
    ? [width, Math.max(1, roundToEven((picture.height / picture.width) * width))]
    : [Math.max(1, roundToEven(form * height)), height];
}

/** The picture in the middle of height × width pixels of the colour `fill`, black unless it is said. */
function pad(picture: Pixels, [height, width]: readonly [number, number], settings: PictureSettings): Pixels {
  const { fill = [0], colors } = settings;
  const isColored = picture.channels === 1 && fill.some((value) => value !== fill[0]);
  const { width: innerWidth, height: innerHeight, channels, data } = isColored ? toRgb(picture) : picture;
  const color = fill.map((value, i) => (colors === 'bgr' ? (fill[fill.length - 1 - i] as number) : value));
  const padded = new Uint8Array(height * width * channels);
  if (fill.some((value) => value !== 0)) {
    for (let i = 0; i < padded.length; i++) padded[i] = color[(i % channels) % color.length] as number;
  }
  const top = roundToEven((height - innerHeight) / 2);
  const left = roundToEven((width - innerWidth) / 2);
  const lineBytes = innerWidth * channels;
  for (let y = 0; y < innerHeight; y++) {
    padded.set(data.subarray(y * lineBytes, (y + 1) * lineBytes), ((top + y) * width + left) * channels);
  }
  return { width, height, channels, data: padded };
}

function toRgb({ width, height, data }: Pixels): Pixels {
  const rgb = new Uint8Array(3 * data.length);
  for (let i = 0; i < rgb.length; i++) rgb[i] = data[Math.floor(i / 3)] as number;
  return { width, height, channels: 3, data: rgb };
}
