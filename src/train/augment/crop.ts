// A rectangle of an image, which may reach beyond it.

import type { Pixels } from '../../../runtime/abi.ts';

/** The `height` × `width` pixels from (`top`, `left`) on, which may be negative; what lies outside is 0. */
export function cropAt(
  { data, channels, ...from }: Pixels,
  top: number,
  left: number,
  height: number,
  width: number,
): Pixels {
  const result = new Uint8Array(height * width * channels);
  const first = Math.max(0, left);
  const last = Math.min(from.width, left + width);
  if (first < last) {
    for (let y = Math.max(0, -top); y < height && top + y < from.height; y++) {
      const line = (top + y) * from.width;
      result.set(
        data.subarray((line + first) * channels, (line + last) * channels),
        (y * width + first - left) * channels,
      );
    }
  }
  return { width, height, channels, data: result };
}
