// Small pictures of large ones.

import type { Raster } from './feature-maps.ts';

/** The picture with so many pixels averaged into one, along both axes, that no side has more than `side`. Rows and columns that remain are left out. */
export function thumbnail(raster: Raster, side: number): Raster {
  const factor = Math.ceil(Math.max(raster.width, raster.height) / side);
  if (factor <= 1) return raster;
  const [width, height] = [raster.width, raster.height].map((extent) => Math.max(1, Math.floor(extent / factor))) as [
    number,
    number,
  ];
  const { channels } = raster;
  const data = new Uint8Array(width * height * channels);
  for (let at = 0; at < data.length; at += 1) {
    const [channel, x, y] = [at % channels, Math.floor(at / channels) % width, Math.floor(at / channels / width)];
    data[at] = meanAt(raster, x * factor, y * factor, channel, factor);
  }
  return { width, height, channels, data };
}

function meanAt(
  { width, height, channels, data }: Raster,
  left: number,
  top: number,
  channel: number,
  factor: number,
): number {
  let [sum, count] = [0, 0];
  for (let y = top; y < Math.min(height, top + factor); y += 1) {
    for (let x = left; x < Math.min(width, left + factor); x += 1) {
      sum += data[(y * width + x) * channels + channel]!;
      count += 1;
    }
  }
  return Math.round(sum / count);
}
