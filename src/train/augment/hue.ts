// Turning the colour circle by way of hue, saturation and value in bytes, after torchvision's adjust_hue and Pillow's Convert.c.

import type { Pixels } from '../../../runtime/abi.ts';
import { sameSize } from './augmentation.ts';

const f32 = Math.fround;

/** By `turn` of a full circle, −0.5 to 0.5, truncated to 255ths; a grey image stays as it is. */
export function turnHue(image: Pixels, turn: number): Pixels {
  if (image.channels !== 3) return image;
  const steps = Math.trunc(turn * 255);
  const { data } = image;
  const result = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const [red, green, blue] = [data[i]!, data[i + 1]!, data[i + 2]!];
    const value = Math.max(red, green, blue);
    const spread = value - Math.min(red, green, blue);
    const hue = (hueOf(red, green, blue, value, spread) + steps) & 255;
    const saturation = spread === 0 ? 0 : Math.trunc(f32(spread / value) * 255);
    writeColor(hue, saturation, value, result, i);
  }
  return sameSize(image, result);
}

/** 0 … 255 around the circle from red over green to blue. */
function hueOf(red: number, green: number, blue: number, value: number, spread: number): number {
  if (spread === 0) return 0;
  const [r, g, b] = [f32((value - red) / spread), f32((value - green) / spread), f32((value - blue) / spread)];
  const sixth = f32(red === value ? b - g : green === value ? 2 + r - b : 4 + g - r);
  return Math.trunc(f32((sixth / 6 + 1) % 1) * 255);
}

/** Three bytes of colour at `at`. */
function writeColor(hue: number, saturation: number, value: number, to: Uint8Array, at: number): void {
  const sixth = Math.floor((hue * 6) / 255);
  const rest = f32((hue * 6) / 255 - sixth);
  const share = f32(saturation / 255);
  const p = round(value * (1 - share));
  const q = round(value * (1 - share * rest));
  const t = round(value * (1 - share * (1 - rest)));
  const turn = sixth % 6;
  to[at] = turn === 0 || turn === 5 ? value : turn === 1 ? q : turn === 4 ? t : p;
  to[at + 1] = turn === 1 || turn === 2 ? value : turn === 0 ? t : turn === 3 ? q : p;
  to[at + 2] = turn === 3 || turn === 4 ? value : turn === 2 ? t : turn === 5 ? q : p;
}

function round(x: number): number {
  return Math.max(0, Math.min(255, Math.floor(x + 0.5)));
}
