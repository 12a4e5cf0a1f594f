// Class names: of `labels` in the source, of a compiled module, or of `--labels`.

import { InputError, printable } from '../data/input-error.ts';
import { readLabels } from '../data/labels.ts';
import { inFile } from './errors.ts';
import type { Io } from './io.ts';

const MAX_LABELS_BYTES = 16 << 20;

/** Reads a file that is named relative to another one. Throws `InputError`. */
export type ReadBeside = (path: string, maxBytes: number) => Uint8Array;

/** Reads the names of `--labels`. Throws `InputError`. */
export function labelsIn(path: string, { files }: Io): readonly string[] {
  return labelsOf(path, files.read);
}

/** The list itself, or the lines of the file that stands for it. Throws `InputError`. */
export function labelsOf(labels: string | readonly string[], read: ReadBeside): readonly string[] {
  if (typeof labels !== 'string') return labels;
  const bytes = read(labels, MAX_LABELS_BYTES);
  return inFile(printable(labels), () => readLabels(bytes));
}

/** As `labelsOf`; a file that is not there is a note, because a network runs without names. */
export function labelsIfThere(
  labels: string | readonly string[],
  read: ReadBeside,
  { stderr }: Io,
): readonly string[] | undefined {
  let isMissing = false;
  try {
    return labelsOf(labels, (path, maxBytes) => {
      try {
        return read(path, maxBytes);
      } catch (error) {
        isMissing = error instanceof InputError && !error.limit;
        throw error;
      }
    });
  } catch (error) {
    if (!isMissing) throw error;
  }
  stderr.write(`note: the labels ${printable(String(labels))} cannot be read; classes are numbered\n`);
  return undefined;
}
