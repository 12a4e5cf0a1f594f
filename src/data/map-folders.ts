// A data set of picture files and the classes of their pixels: for each picture a PNG of the same name, whose numbers are classes.

import type { Pixels } from '../../runtime/abi.ts';
import type { Picture } from './decoded.ts';
import { InputError, printable } from './input-error.ts';
import { type LabelledImages, labelledImages, withTargets } from './labelled-images.ts';
import { copyPixels } from './labelled-folder.ts';
import { readPicture } from './picture.ts';
import { readPng } from './png.ts';

export interface NamedFile {
  readonly name: string;
  /** Of messages. */
  readonly path: string;
  /** Read when it is needed, so that one is in memory. */
  readonly read: () => Uint8Array;
}

export interface MapFolderOptions {
  /** What the network takes. */
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** Makes pictures that size, and the classes of their pixels, without mixing these; pixels that come in are `fill`. */
  readonly fit: (picture: Picture) => Pixels;
  readonly fitClasses: (classes: Picture, fill: number) => Pixels;
  /** The class of pixels that come in, which may be no byte. */
  readonly outside: number;
}

/** Of the decoded pictures and maps. */
const MAX_BYTES = 2 ** 32;

/** All pictures in the size of the input. Throws `InputError`, with a file's name. */
export function readMapFolders(
  pictures: readonly NamedFile[],
  maps: readonly NamedFile[],
  { height, width, channels, fit, fitClasses, outside }: MapFolderOptions,
): LabelledImages {
  const pairs = paired(pictures, maps);
  const pixels = height * width;
  const count = pairs.length;
  if (count * pixels * (channels + 4) > MAX_BYTES)
    throw new InputError(
      `${count} pictures of ${height}×${width} pixels and their classes take ${count * pixels * (channels + 4)} bytes, more than ${MAX_BYTES}; smaller ones may do`,
      { limit: true },
    );
  const data = new Uint8Array(count * pixels * channels);
  const classes = new Float32Array(count * pixels);
  const isSized = (picture: Picture): boolean => picture.height === height && picture.width === width;
  for (const [at, [picture, map]] of pairs.entries()) {
    const image = inFile(picture, () => readPicture(picture.read()));
    const numbers = inFile(map, () => readPng(map.read(), 'numbers'));
    if (image.height !== numbers.height || image.width !== numbers.width)
      throw new InputError(
        `${printable(map.path)} has ${numbers.height}×${numbers.width} pixels, but ${printable(picture.path)} ${image.height}×${image.width}; each pixel needs its class`,
      );
    const fitted = inFile(picture, () => (isSized(image) ? image : fit(image)));
    copyPixels(fitted, channels, data.subarray(at * pixels * channels, (at + 1) * pixels * channels));
    const own = isSized(numbers) ? numbers.data : inFile(map, () => sizedClasses(numbers, fitClasses, outside));
    classes.set(own, at * pixels);
  }
  const images = labelledImages({ count, channels, height, width, isFitted: true }, data, new Uint8Array(count));
  return withTargets(images, { shape: [height, width], values: classes });
}

/** Throws `InputError` where every byte is a class already, and none stands for what comes in. */
function sizedClasses(classes: Picture, fit: MapFolderOptions['fitClasses'], outside: number): ArrayLike<number> {
  const isByte = outside >= 0 && outside <= 255;
  if (isByte) return fit(classes, outside).data;
  const used = new Set(classes.data);
  const free = [...Array(256).keys()].find((byte) => !used.has(byte));
  if (free === undefined)
    throw new InputError(`its pixels have all 256 numbers, and what comes in beside them is of class ${outside}`);
  return Float32Array.from(fit(classes, free).data, (byte) => (byte === free ? outside : byte));
}

/** By their names without the ending, in the order of the pictures. */
function paired(
  pictures: readonly NamedFile[],
  maps: readonly NamedFile[],
): readonly (readonly [picture: NamedFile, map: NamedFile])[] {
  const stem = ({ name }: NamedFile): string => name.replace(/\.[^.]*$/, '');
  const byStem = new Map(maps.map((map) => [stem(map), map]));
  const pairs = pictures.map((picture): readonly [NamedFile, NamedFile] => {
    const map = byStem.get(stem(picture));
    if (!map) throw new InputError(`${printable(picture.path)} has no map of classes, ${printable(stem(picture))}.png`);
    byStem.delete(stem(picture));
    return [picture, map];
  });
  const [left] = byStem.values();
  if (left) throw new InputError(`${printable(left.path)} is the map of no picture; there is none with its name`);
  if (pairs.length === 0) throw new InputError('there is no picture, neither PNG nor JPEG');
  return pairs;
}

function inFile<T>({ path }: NamedFile, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    throw new InputError(`${printable(path)}: ${cause.message}`, { limit: cause.limit, cause });
  }
}
