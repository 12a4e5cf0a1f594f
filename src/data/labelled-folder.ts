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
  /** 1 makes all pictures grey, 3 repeats grey ones; without it 1 if all are grey, else 3. */
  readonly channels?: 1 | 3;
  /** What is done to each picture once it is decoded, such as resizing it. */
  readonly prepare?: (picture: Picture) => Pixels;
}

/** PNG and JPEG files, decoded at once; classes in the given order. Throws `InputError`, where it can with the file's name. */
export function readImageFolders(folders: readonly ClassFolder[], options: FolderOptions = {}): LabelledImages {
  const { prepare = (picture): Pixels => picture } = options;
  if (folders.length === 0) throw new InputError('there is no folder of pictures, one for each class');
  if (folders.length > MAX_CLASSES)
    throw new InputError(`there are ${folders.length} classes, more than ${MAX_CLASSES}`);
  const decoded: { readonly picture: Pixels; readonly file: string; readonly label: number }[] = [];
  for (const [label, { name, pictures }] of folders.entries()) {
    if (pictures.length === 0) throw new InputError(`class ${label} (${printable(name)}) has no picture`);
    for (const one of pictures) {
      const file = printable(`${name}/${one.name}`);
      decoded.push({ picture: prepare(decode(file, one.bytes)), file, label });
    }
  }
  const [first] = decoded;
  const { width, height } = first!.picture;
  for (const { picture, file } of decoded) {
    if (picture.width === width && picture.height === height) continue;
    throw new InputError(
      `${file} has ${picture.height}×${picture.width} pixels, but ${first!.file} ${height}×${width}; all pictures need the same size`,
    );
  }
  const channels = options.channels ?? (decoded.every(({ picture }) => picture.channels === 1) ? 1 : 3);
  const size = channels * height * width;
  const pixels = new Uint8Array(decoded.length * size);
  decoded.forEach(({ picture }, i) => copyPixels(picture, channels, pixels.subarray(i * size, (i + 1) * size)));
  return labelledImages(
    { count: decoded.length, channels, height, width },
    pixels,
    decoded.map(({ label }) => label),
    { classes: folders.map(({ name }) => name) },
  );
}

function decode(file: string, bytes: Uint8Array): Picture {
  try {
    return readPicture(bytes);
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    throw new InputError(`${file}: ${cause.message}`, { limit: cause.limit, cause });
  }
}

function copyPixels(picture: Pixels, channels: 1 | 3, to: Uint8Array): void {
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
