// A labelled data set in another thread than the one that read it.

import { digits } from './digits/digits.ts';
import { type LabelledImages, type SharedImages, labelledImages, withValues } from './labelled-images.ts';

/** The data set whose `share` gave this, with the same pictures. */
export function openShared(shared: SharedImages): LabelledImages {
  const images = opened(shared);
  return shared.targets ? withValues(images, shared.targets) : images;
}

function opened(shared: SharedImages): LabelledImages {
  if (shared.kind === 'digits') return digits(shared.options, shared.kept);
  const { pixels, labels, classes } = shared;
  return labelledImages(shared, pixels, labels, { classes });
}
