// From the bytes of a picture file to its pixels. PNG and JPEG are decoded in a worker as `cnnc run` decodes them, other formats by
// the browser.

import { pixelsOf } from '../../../page/browser/pixels.ts';
import { isPicture } from '../../../data/picture-kind.ts';
import { checkPictureBytes } from '../../../data/picture-limits.ts';
import { fileKind } from '../../../../runtime/magic.ts';
import type { PictureCalls, PictureData } from '../../run/protocol.ts';
import { client } from '../client.ts';

/** Milliseconds that one picture may take. */
const LIMIT = 20_000;

const worker = client<PictureCalls>(
  () => new Worker(new URL('picture.js', document.baseURI), { type: 'module', name: 'picture' }),
  LIMIT,
);

/** The stored colours, turned upright. Rejects with one sentence. */
export async function decodePicture(file: Blob): Promise<PictureData> {
  checkPictureBytes(file.size);
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (isPicture(bytes)) return worker.ask('decode', bytes);
  if (bytes.length === 0) throw new Error('the file is empty, and no picture');
  // As they are stored, without colour management.
  const options = { colorSpaceConversion: 'none', imageOrientation: 'from-image', premultiplyAlpha: 'none' } as const;
  const bitmap = await createImageBitmap(file, options).catch(() => undefined);
  if (bitmap) return pixelsOf(bitmap);
  const kind = fileKind(bytes);
  const found = kind === undefined ? 'of an unknown kind' : kind;
  throw new Error(`not a picture that can be read (${found}): it starts like neither PNG nor JPEG`);
}
