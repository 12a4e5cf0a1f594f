// `color_jitter(brightness, contrast, saturation, hue)`, torchvision's ColorJitter on pictures of Pillow, to the bit, but for the
// order, which is always this one. Blending after Pillow's Blend.c and ImageEnhance.py.

import type { Pixels } from '../../../runtime/abi.ts';
import { toGray } from '../../../runtime/picture.ts';
import { type Augmentation, sameSize } from './augmentation.ts';
import { turnHue } from './hue.ts';

/** Factors are uniform from max(0, 1 − amount) to 1 + amount, the turn of the hue from −`hue` to `hue`, of a full circle. */
export function colorJitter(brightness: number, contrast: number, saturation: number, hue: number): Augmentation {
  return (image, stream) => {
    const factors = [brightness, contrast, saturation].map((amount) =>
      stream.between(Math.max(0, 1 - amount), 1 + amount),
    );
    const turn = stream.between(-hue, hue);
    const brighter = brightness > 0 ? adjustBrightness(image, factors[0]!) : image;
    const stronger = contrast > 0 ? adjustContrast(brighter, factors[1]!) : brighter;
    const richer = saturation > 0 ? adjustSaturation(stronger, factors[2]!) : stronger;
    return hue > 0 ? turnHue(richer, turn) : richer;
  };
}

/** 0 is black, 1 the image. */
export function adjustBrightness(image: Pixels, factor: number): Pixels {
  return blend(image, factor, () => 0);
}

/** 0 is the mean grey everywhere, 1 the image. */
export function adjustContrast(image: Pixels, factor: number): Pixels {
  const gray = toGray(image).data;
  let sum = 0;
  for (let i = 0; i < gray.length; i++) sum += gray[i]!;
  const mean = Math.floor(sum / gray.length + 0.5);
  return blend(image, factor, () => mean);
}

/** 0 is the grey image, 1 the image; a grey one stays as it is. */
export function adjustSaturation(image: Pixels, factor: number): Pixels {
  if (image.channels === 1) return image;
  const gray = toGray(image).data;
  return blend(image, factor, (i) => gray[Math.floor(i / 3)]!);
}

/** From `other` (0) over the image (1) and beyond, in f32, truncated to bytes. */
function blend(image: Pixels, factor: number, other: (index: number) => number): Pixels {
  const share = Math.fround(factor);
  const { data } = image;
  const result = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const from = other(i);
    const value = Math.fround(from + Math.fround(share * (data[i]! - from)));
    result[i] = value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
  }
  return sameSize(image, result);
}
