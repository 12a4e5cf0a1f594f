// What can be said against a large file of tensors before it is read: its kind, its size, and what its header promises.

import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { checkSafetensors } from './safetensors.ts';
import { checkIdxFile } from './idx.ts';
import { MAX_NPY_HEADER_BYTES, npyLayout } from './npy.ts';
import { checkPictureBytes } from './picture-limits.ts';
import { checkTextBytes, countOf, MAX_DATA_BYTES } from './tensor-file.ts';
import { tensorFormat } from './tensor-format.ts';
import { endsOf } from './unread.ts';
import type { Unread } from './unread.ts';

/** The same errors as `readTensors`. Throws `InputError`. */
export function checkTensorFile(file: Unread, fileName: string, shape: Shape): void {
  const format = tensorFormat(endsOf(file), fileName);
  switch (format) {
    case 'picture':
      return checkPictureBytes(file.sizeBytes);
    case 'npy':
      return void countOf(npyLayout(file.part(0, MAX_NPY_HEADER_BYTES), file.sizeBytes).shape, shape);
    case 'safetensors':
      return checkSafetensors(file);
    case 'IDX':
      return checkIdxFile(file, MAX_DATA_BYTES);
    case 'JSON':
    case 'CSV':
      return checkTextBytes(file.sizeBytes);
    default:
      return format satisfies never;
  }
}
