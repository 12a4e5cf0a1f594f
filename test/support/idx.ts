// Files in the format of MNIST, and the digits that this program draws in them.

import { digits } from '../../src/data/digits/digits.ts';

/** An IDX file of bytes. */
export function idx(shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint32(0, 0x0800 + shape.length);
  for (const [at, extent] of shape.entries()) header.setUint32(4 + 4 * at, extent);
  return Uint8Array.from([...new Uint8Array(header.buffer), ...data]);
}

/** Digits [count, 12, 12] to train with, and as many others to test with, as files by their names. */
export function digitFiles(count: number): Readonly<Record<string, Uint8Array>> {
  return Object.fromEntries(
    (['train', 'test'] as const).flatMap((split) => {
      const { image, labels } = digits({ count, split, height: 12, width: 12 });
      const pixels = Uint8Array.from(Array.from({ length: count }, (_, at) => [...image(at)]).flat());
      const prefix = split === 'test' ? 't10k' : split;
      return [
        [`${prefix}-images-idx3-ubyte`, idx([count, 12, 12], pixels)],
        [`${prefix}-labels-idx1-ubyte`, idx([count], Uint8Array.from(labels))],
      ];
    }),
  );
}
