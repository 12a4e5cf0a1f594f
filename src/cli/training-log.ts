// `--log`: a line of JSON for each step and each epoch of a training, in a file that is replaced as a whole.

import type { Position } from '../train/order.ts';
import type { EpochResult, StepEvent } from '../train/run.ts';
import type { Io } from './io.ts';
import { folderOf, nameOf } from './paths.ts';

export interface TrainingLog {
  step(event: StepEvent): void;
  epoch(result: EpochResult, seconds: number): void;
  write(): void;
}

const MAX_BYTES = 1 << 30;

/** Of a training that goes on, the lines before its position stay. */
export function trainingLog(path: string, from: Position | undefined, { files }: Io): TrainingLog {
  const lines = from ? earlier(path, from, files) : [];
  return {
    step: ({ epoch, step, images, loss, correct, rate }) => {
      const accuracy = correct === undefined ? {} : { accuracy: correct / images };
      lines.push(JSON.stringify({ epoch: epoch + 1, step: step + 1, images, loss, ...accuracy, rate }));
    },
    epoch: (result, seconds) => {
      lines.push(JSON.stringify({ ...result, epoch: result.epoch + 1, seconds }));
    },
    write: () => files.replace(path, lines.map((line) => `${line}\n`).join('')),
  };
}

function earlier(path: string, from: Position, files: Io['files']): string[] {
  if (!files.list(folderOf(path)).includes(nameOf(path))) return [];
  const text = new TextDecoder().decode(files.read(path, MAX_BYTES));
  return text.split('\n').filter((line) => line !== '' && isBefore(line, from));
}

function isBefore(line: string, { epoch, step }: Position): boolean {
  try {
    const known = JSON.parse(line) as { readonly epoch?: unknown; readonly step?: unknown };
    if (typeof known.epoch !== 'number') return false;
    return known.epoch <= epoch || (known.epoch === epoch + 1 && typeof known.step === 'number' && known.step <= step);
  } catch {
    return false;
  }
}
