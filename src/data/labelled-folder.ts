// A labelled data set of picture files, one folder for each class. Reading the folders is the caller's.

import type { Pixels } from '../../runtime/abi.ts';
import { toGray } from '../../runtime/picture.ts';
import type { Picture } from './decoded.ts';
import { InputError, printable } from './input-error.ts';
import { type LabelledImages, MAX_CLASSES, labelledImages } from './labelled-images.ts';
import { readPicture } from './picture.ts';

export interface ClassFolder {
  /** Name of the class. */
  readonly name: string;
  readonly pictures: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

export interface FolderOptions {
  /** Names of the classes, where folders may be missing for some of them; without it, each folder is a class. */
  readonly classes?: readonly string[];
  /** Of the folders, for messages. */
  readonly path?: string;
  /** 1 makes all pictures grey, 3 repeats grey ones; without it 1 if all are grey, else 3. */
  readonly channels?: 1 | 3;
  /** What makes pictures of several sizes one size. Where they have one already, they keep it. */
  readonly fit?: (picture: Picture) => Pixels;
}

/** Of the decoded pictures. */
const MAX_BYTES = 2 ** 32;

/**
 * PNG and JPEG files, decoded at once; classes in the given order, or in that of `classes`. Throws `InputError`, where it can with the file's name, in
 * particular where pictures have several sizes and `fit` is not given or refuses one.
 */
export function readImageFolders(given: readonly ClassFolder[], options: FolderOptions = {}): LabelledImages {
  const folders = options.classes ? given.filter(({ pictures }) => pictures.length > 0) : given;
  if (folders.length === 0) throw new InputError('there is no folder of pictures, one for each class');
  if (folders.length > MAX_CLASSES)
    throw new InputError(`there are ${folders.length} classes, more than ${MAX_CLASSES}`);
  for (const [label, { name, pictures }] of folders.entries())
    if (pictures.length === 0)
      throw new InputError(
        `class ${label} (${placeOf(name, options)}) has no picture, neither PNG nor JPEG: put some there, or remove the folder`,
      );
  const classes = options.classes ?? folders.map(({ name }) => name);
  const labels = folders.map(({ name }) => classes.indexOf(name));
  const unknown = folders[labels.indexOf(-1)];
  if (unknown)
    throw new InputError(
      `${placeOf(unknown.name, options)} is none of the classes: ${classes.slice(0, 12).map(printable).join(', ')}${classes.length > 12 ? ', …' : ''}`,
    );
  const { pictures, isFitted } = decodeAll(folders, options);
  const { width, height } = pictures[0]!;
  const channels = options.channels ?? (pictures.every((picture) => picture.channels === 1) ? 1 : 3);
  const size = channels * height * width;
  const pixels = new Uint8Array(pictures.length * size);
  pictures.forEach((picture, i) => copyPixels(picture, channels, pixels.subarray(i * size, (i + 1) * size)));
  return labelledImages(
    { count: pictures.length, channels, height, width, ...(isFitted && { isFitted }) },
    pixels,
    folders.flatMap((folder, at) => folder.pictures.map(() => labels[at]!)),
    { classes, isTest: options.classes !== undefined },
  );
}

/** All of one size. Fitting begins with the first picture that is of another, so that no more is in memory than what is needed. */
function decodeAll(
  folders: readonly ClassFolder[],
  options: FolderOptions,
): { readonly pictures: readonly Pixels[]; readonly isFitted: boolean } {
  const pictures: Pixels[] = [];
  const files: string[] = [];
  let [bytes, isFitted] = [0, false];
  const { fit } = options;
  const fitted = (picture: Pixels, file: string): Pixels => inPicture(file, () => fit!(picture as Picture));
  for (const folder of folders) {
    for (const one of folder.pictures) {
      const file = placeOf(`${folder.name}/${one.name}`, options);
      const picture = inPicture(file, () => readPicture(one.bytes));
      const [first] = pictures;
      if (first && !isFitted && (picture.width !== first.width || picture.height !== first.height)) {
        if (!fit)
          throw new InputError(
            `${file} has ${picture.height}×${picture.width} pixels, but ${files[0]} ${first.height}×${first.width}; all pictures need the same size`,
          );
        pictures.forEach((before, at) => (pictures[at] = fitted(before, files[at]!)));
        isFitted = true;
      }
      pictures.push(isFitted ? fitted(picture, file) : picture);
      files.push(file);
      bytes += pictures.at(-1)!.data.length;
      if (bytes > MAX_BYTES)
        throw new InputError(
          `the pictures up to ${file} take ${bytes} bytes when they are decoded, more than ${MAX_BYTES}; smaller ones may do`,
          { limit: true },
        );
    }
  }
  return { pictures, isFitted };
}

function placeOf(name: string, { path }: FolderOptions): string {
  return printable(path === undefined ? name : `${path}/${name}`);
}

/** Puts the name of the file before what is wrong with it. */
function inPicture<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    throw new InputError(`${file}: ${cause.message}`, { limit: cause.limit, cause });
  }
}

/** As grey, or as colours; grey is repeated. */
export function copyPixels(picture: Pixels, channels: 1 | 3, to: Uint8Array): void {
  const { data, channels: samples } = channels === 1 ? toGray(picture) : picture;
  if (samples === channels) {
    to.set(data);
    return;
  }
  // Grey is repeated, and what lies behind blue is left out.
  for (let i = 0; i < to.length; i++) {
    to[i] = data[Math.floor(i / channels) * samples + (samples === 1 ? 0 : i % channels)]!;
  }
}
