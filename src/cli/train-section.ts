// The `train` section of a network, for commands that need one.

import type { Network, TrainSettings } from '../../compiler/frontend/index.ts';
import { InputError } from '../data/input-error.ts';

/** Throws `InputError` where there is none. */
export function trainSection({ name, train }: Pick<Network, 'name' | 'train'>): TrainSettings {
  if (train) return train;
  throw new InputError(
    `${name} has no \`train\` section, which says how it learns; the shortest is: train ${name} { optimizer: adam }`,
  );
}

/** The class of pixels that its loss leaves out. */
export const ignoredIn = ({ arguments: given }: TrainSettings['loss']): number | undefined =>
  given['ignore'] as number | undefined;
