// What `augment` makes of images, as pictures for the page of a training.

import type { Network, TrainSettings } from '../../compiler/frontend/index.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { toGray } from '../../runtime/picture.ts';
import type { LabelledImages } from '../data/labelled-images.ts';
import type { Picture } from '../data/picture.ts';
import type { Augmented } from '../report/html/augmented.ts';
import { augmenter } from '../train/augment/augment.ts';

/** Images that are shown, and the epochs in which they are. */
const [IMAGES, EPOCHS] = [3, 6];

/** The first images as the first epochs change them; none where nothing changes them. */
export function augmentedImages({ graph }: Network, settings: TrainSettings, images: LabelledImages): Augmented {
  const { augment, seed } = settings;
  if (augment.length === 0) return [];
  const change = augmenter(augment, images).augment;
  const [input] = graph.inputs;
  const isGray = typeOf(graph, input!.value).shape[0] === 1 || input!.settings?.colors === 'gray';
  const { width, height, channels } = images;
  return Array.from({ length: Math.min(IMAGES, images.count) }, (_, index) => {
    const stored: Picture = { width, height, channels, data: images.image(index) };
    const picture = (isGray ? toGray(stored) : stored) as Picture;
    const changed = Array.from({ length: EPOCHS }, (_, epoch) => change(picture, seed, epoch, index) as Picture);
    return { index, picture, changed };
  });
}
