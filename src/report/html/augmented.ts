// The pictures that show what `augment` does, on the page of a training.

import type { Raster } from '../feature-maps.ts';
import { pictureOf } from './pictures.ts';

/** Images as they are, and as each of the first epochs has them. */
export type Augmented = readonly {
  /** Place in the data set. */
  readonly index: number;
  readonly picture: Raster;
  readonly changed: readonly Raster[];
}[];

/** A row for each image. */
export function augmentedHtml(images: Augmented): string {
  if (images.length === 0) return '';
  const figure = (raster: Raster, alt: string, caption: string): string =>
    `<figure>${pictureOf(raster, alt)}<figcaption>${caption}</figcaption></figure>`;
  const rows = images.map(({ index, picture, changed }) => {
    const figures = changed.map((raster, epoch) =>
      figure(raster, `Image ${index} in epoch ${epoch + 1}`, `epoch ${epoch + 1}`),
    );
    return `<div class="augmented">${figure(picture, `Image ${index} as it is`, `<b>image ${index}</b>`)}${figures.join('')}</div>`;
  });
  return [
    '<h2>Augmentation</h2>',
    '<p class="soft">The first images of the data, and what <code>augment</code> makes of them in the first epochs.</p>',
    ...rows,
  ].join('\n');
}

export const augmentedStyle = '.augmented{display:flex;flex-wrap:wrap;gap:12px;margin-bottom:14px}';
