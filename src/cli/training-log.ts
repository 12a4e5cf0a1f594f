// `--log`: a line of JSON for each step and each epoch of a training, appended as it goes.

import { InputError } from '../data/input-error.ts';
import type { Position } from '../train/order.ts';
import type { EpochResult, StepEvent } from '../train/run.ts';
import type { Warn } from './checkpoints.ts';
import type { Io } from './io.ts';
import { folderOf, nameOf } from './paths.ts';

export interface TrainingLog {
  step(event: StepEvent): void;
  epoch(result: EpochResult, seconds: number): void;
  /** Writes what was said since the last time. Where that fails, `warn` hears of it once, and the lines wait for the next time. */
  flush(): void;
}

const MAX_BYTES = 1 << 30;
/** Milliseconds that lines of steps may wait for others, because opening the file may take longer than a step. */
const PAUSE = 200;

/** Begins the file; of a training that goes on, the lines before its position stay. Throws `InputError` where it cannot be written. */
export function trainingLog(
  path: string,
  from: Position | undefined,
  warn: Warn,
  { files, process }: Pick<Io, 'files' | 'process'>,
): TrainingLog {
  const encoder = new TextEncoder();
  const begun = encoder.encode(from ? earlier(path, from, files) : '');
  files.replace(path, begun);
  let [length, lines, flushed, isFailing] = [begun.length, '', process.now(), false];
  const flush = (): void => {
    flushed = process.now();
    const bytes = encoder.encode(lines);
    try {
      if (bytes.length > 0) files.writeAt(path, bytes, length);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      if (!isFailing) warn(error.message);
      isFailing = true;
      return;
    }
    [length, lines, isFailing] = [length + bytes.length, '', false];
  };
  return {
    flush,
    step: ({ epoch, step, images, counted = images, loss, correct, rate }) => {
      const accuracy = correct === undefined ? {} : { accuracy: correct / (counted || 1) };
      lines += `${JSON.stringify({ epoch: epoch + 1, step: step + 1, images, loss, ...accuracy, rate })}\n`;
      if (process.now() - flushed >= PAUSE) flush();
    },
    epoch: (result, seconds) => {
      lines += `${JSON.stringify({ ...result, epoch: result.epoch + 1, seconds })}\n`;
      flush();
    },
  };
}

/** The last line may be torn, if the process was killed. */
function earlier(path: string, from: Position, files: Io['files']): string {
  if (!files.list(folderOf(path)).includes(nameOf(path))) return '';
  const text = new TextDecoder().decode(files.read(path, MAX_BYTES));
  return text
    .split('\n')
    .filter((line) => line !== '' && isBefore(line, from))
    .map((line) => `${line}\n`)
    .join('');
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
