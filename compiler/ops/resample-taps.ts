// The pixels that a pixel of a resized image is made of along one axis. Bicubic weights are those of R. Keys, "Cubic Convolution
// Interpolation for Digital Image Processing" (1981), with a = −0.75.

import type { ResampledAxis, Resampling } from '../ir/resampling.ts';

/** A pixel and its share, along one axis. */
export interface Tap {
  readonly index: number;
  readonly weight: number;
}

/** Of output pixel `at`; beyond the border lies the pixel at the border. */
export function resampleTaps(
  at: number,
  { mode, aligned }: Pick<Resampling, 'mode' | 'aligned'>,
  { input, scale }: ResampledAxis,
): readonly Tap[] {
  const inside = (index: number): number => Math.min(Math.max(index, 0), input - 1);
  if (mode === 'nearest') return [{ index: inside(Math.floor(Math.fround(at * scale))), weight: 1 }];
  const place = aligned ? at * scale : (at + 0.5) * scale - 0.5;
  if (mode === 'bilinear') {
    const index = Math.floor(Math.max(0, place));
    const share = Math.max(0, place) - index;
    return [
      { index, weight: 1 - share },
      { index: inside(index + 1), weight: share },
    ];
  }
  const index = Math.floor(place);
  const share = place - index;
  return [
    { index: inside(index - 1), weight: far(share + 1) },
    { index: inside(index), weight: near(share) },
    { index: inside(index + 1), weight: near(1 - share) },
    { index: inside(index + 2), weight: far(2 - share) },
  ];
}

const a = -0.75;

/** The weight of a pixel at most 1 away. */
const near = (distance: number): number => ((a + 2) * distance - (a + 3)) * distance * distance + 1;

/** The weight of a pixel 1 to 2 away. */
const far = (distance: number): number => ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
