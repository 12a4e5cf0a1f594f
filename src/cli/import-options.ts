// What a command needs to know to read a model of another kind: extents of named dimensions, inputs that are constants, and whether
// files beside the model may be read.

import type { Command } from 'commander';

export interface ImportFlags {
  readonly dim?: readonly string[];
  readonly constant?: readonly string[];
  readonly externalData?: boolean;
}

const collect = (value: string, known: readonly string[] = []): readonly string[] => [...known, value];

/** Adds `--dim`, `--constant` and `--external-data`. */
export function withImportOptions(command: Command): Command {
  return command
    .option('--dim <name=extent>', 'extent of a dimension that the model only names; may be repeated', collect)
    .option('--constant <name=file>', 'value of an input that is really a constant, as .npy; may be repeated', collect)
    .option('--external-data', "also read weights from other files, in the model's folder only");
}
