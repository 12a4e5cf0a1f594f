// What scripts generate is up to date: the drawn pictures, and the drawings of the documentation.

import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { blockDocs, drawBlocks } from '../../scripts/generate-block-docs.ts';
import { drawDocs } from '../../scripts/draw-docs.ts';
import { draw, pictureNames } from '../../scripts/draw-pictures.ts';
import { readPicture } from '../../src/data/picture.ts';

test('the pictures are those that the script draws', () => {
  const folder = new URL('../../examples/pictures/', import.meta.url);
  expect(readdirSync(folder)).toEqual(pictureNames.map((name) => `${name}.png`).toSorted());
  for (const name of pictureNames) {
    const picture = readPicture(readFileSync(new URL(`${name}.png`, folder)));
    expect([picture.width, picture.height, picture.channels]).toEqual([28, 28, 1]);
    expect(picture.data).toEqual(draw(name));
  }
});

test('the drawings of the documentation are up to date', { timeout: 30_000 }, () => {
  const folder = new URL('../../docs/pictures/', import.meta.url);
  const drawings = drawDocs();
  expect(readdirSync(folder).filter((name) => name.endsWith('.svg'))).toEqual([...drawings.keys()].toSorted());
  for (const [name, svg] of drawings) expect(readFileSync(new URL(name, folder), 'utf8'), name).toBe(svg);
});

test('the reference of the library and its drawings are up to date', { timeout: 30_000 }, () => {
  const docs = new URL('../../docs/', import.meta.url);
  expect(readFileSync(new URL('blocks.md', docs), 'utf8'), 'npm run generate -- blocks').toBe(blockDocs());
  const folder = new URL('pictures/blocks/', docs);
  const drawings = drawBlocks();
  expect(readdirSync(folder)).toEqual([...drawings.keys()].toSorted());
  for (const [name, svg] of drawings) expect(readFileSync(new URL(name, folder), 'utf8'), name).toBe(svg);
});
