// A rectangle of random area and form, as random_resized_crop and random_erase draw it.

import { exp, log } from '../../../runtime/elementary.ts';
import type { RandomStream } from '../../data/random.ts';

export type Range = readonly [low: number, high: number];

export interface Rectangle {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** How often torchvision tries to find one that fits. */
const TRIES = 10;

/**
 * A rectangle inside height × width: its area is a share of the whole, uniform in `scale`; log(width / height) is uniform between
 * the logarithms of `ratio`. Undefined where ten of them did not fit, or, with `smaller`, were as high or as wide as the whole.
 */
export function randomRectangle(
  [height, width]: readonly [height: number, width: number],
  scale: Range,
  ratio: Range,
  stream: RandomStream,
  smaller = false,
): Rectangle | undefined {
  const room = smaller ? 1 : 0;
  for (let i = 0; i < TRIES; i++) {
    const area = height * width * stream.between(...scale);
    const form = exp(stream.between(log(ratio[0]), log(ratio[1])));
    const inner = { height: Math.round(Math.sqrt(area / form)), width: Math.round(Math.sqrt(area * form)) };
    if (inner.height < 1 || inner.width < 1 || inner.height + room > height || inner.width + room > width) continue;
    const top = stream.below(height - inner.height + 1);
    return { top, left: stream.below(width - inner.width + 1), ...inner };
  }
  return undefined;
}
