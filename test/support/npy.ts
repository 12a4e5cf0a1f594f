// Files of numpy for tests.

import { concat } from '../data/shared.ts';

/** A file as `numpy.save` writes it. */
export function npy(
  descr: string,
  shape: readonly number[],
  body: Uint8Array | readonly number[],
  fortran = false,
): Uint8Array {
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`;
  return concat('\x93NUMPY', [1, 0, 118, 0], `${text.padEnd(117)}\n`, body);
}
