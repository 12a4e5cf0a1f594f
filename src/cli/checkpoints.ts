// The checkpoints of a training beside its weights: two files, written in turn, so that one is whole whatever happens to the other.

import { InputError } from '../data/input-error.ts';
import { decodeCheckpoint, encodeCheckpoint, isLater } from '../train/checkpoint.ts';
import type { Checkpoint } from '../train/checkpoint.ts';
import type { Identity } from '../train/identity.ts';
import { differences, otherTest } from '../train/identity.ts';
import type { Snapshot } from '../train/run.ts';
import type { Io } from './io.ts';
import { folderOf, nameOf } from './paths.ts';

/** Says a sentence on the way, without its end. */
export type Warn = (sentence: string) => void;

export interface Checkpoints {
  /** Where to go on from; absent for a training that begins. */
  readonly from?: Snapshot;
  /** Throws `InputError` where it cannot be written; the one before remains. */
  write(snapshot: Snapshot): void;
  /** The same on the way, where the training goes on without it: `warn` hears of it once, until one is written again. */
  tryWrite(snapshot: Snapshot, warn: Warn): void;
  /** Whether the last one was written. */
  isWritten(): boolean;
}

const MAX_BYTES = 8 * 1024 ** 3;

/** Names of the two files, for weights in `out`. */
export function checkpointPaths(out: string): readonly [string, string] {
  const stem = out.replace(/\.safetensors$/, '');
  return [`${stem}.checkpoint-1.safetensors`, `${stem}.checkpoint-2.safetensors`];
}

/**
 * With `resume`, from the newest checkpoint that is whole; where there is none at all, the training begins. Throws `InputError` where
 * both are damaged, or belong to another training.
 */
export function openCheckpoints(out: string, identity: Identity, resume: boolean, io: Io): Checkpoints {
  const slots = checkpointPaths(out).map((path) => ({ path, ...readSlot(path, io) }));
  const whole = slots.flatMap(({ path, checkpoint }) => (checkpoint ? [{ path, checkpoint }] : []));
  const newest = whole.reduce<(typeof whole)[number] | undefined>(
    (best, one) => (best && !isLater(one.checkpoint, best.checkpoint) ? best : one),
    undefined,
  );
  let current = newest?.path;
  if (resume) tell(slots, newest?.path, out, io);
  if (resume && newest) {
    check(newest.path, newest.checkpoint, identity);
    const other = otherTest(newest.checkpoint.identity, identity);
    if (other !== undefined) io.stderr.write(`note: ${other}\n`);
  }
  const from = resume ? newest?.checkpoint.snapshot : undefined;
  const run = (newest?.checkpoint.run ?? 0) + (from ? 0 : 1);
  let isWritten = from !== undefined;
  const write = (snapshot: Snapshot): void => {
    const path = slots.find((slot) => slot.path !== current)!.path;
    isWritten = false;
    try {
      io.files.replace(path, encodeCheckpoint({ identity, snapshot, run }));
    } catch (error) {
      if (!(error instanceof InputError) || current === undefined) throw error;
      throw new InputError(`${error.message}; the checkpoint before remains`, { cause: error });
    }
    [current, isWritten] = [path, true];
  };
  return {
    ...(from && { from }),
    write,
    tryWrite(snapshot, warn) {
      const wasWritten = isWritten;
      try {
        write(snapshot);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        if (wasWritten) warn(error.message);
      }
    },
    isWritten: () => isWritten,
  };
}

interface Slot {
  readonly checkpoint?: Checkpoint;
  /** What is wrong with the file. */
  readonly damage?: string;
}

function readSlot(path: string, { files }: Io): Slot {
  if (!isThere(path, files)) return {};
  const bytes = files.read(path, MAX_BYTES);
  try {
    return { checkpoint: decodeCheckpoint(bytes) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { damage: error.message };
  }
}

function isThere(path: string, files: Io['files']): boolean {
  try {
    return files.list(folderOf(path)).includes(nameOf(path));
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

function tell(
  slots: readonly (Slot & { readonly path: string })[],
  newest: string | undefined,
  out: string,
  { stderr }: Io,
): void {
  const damaged = slots.filter(({ damage }) => damage !== undefined);
  for (const { path, damage } of damaged) {
    if (newest === undefined) throw new InputError(`${path}: ${damage}; there is no other checkpoint to go on from`);
    stderr.write(`note: ${path}: ${damage}; the training goes on from ${newest}\n`);
  }
  if (newest === undefined) stderr.write(`note: ${out} has no checkpoint; the training begins\n`);
}

function check(path: string, { identity: stored }: Checkpoint, asked: Identity): void {
  const found = differences(stored, asked);
  if (found.length === 0) return;
  throw new InputError(`${path} is of another training; what differs: ${found.join(', ')}`);
}
