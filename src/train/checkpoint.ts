// A training that can go on, as the bytes of a safetensors file: all states, and in its metadata where the training stands.

import { InputError } from '../data/input-error.ts';
import { readSafetensors, writeSafetensors } from '../data/safetensors.ts';
import type { Weights } from './evaluate.ts';
import { bytesIn, hashOf } from './hash.ts';
import type { Identity } from './identity.ts';
import type { Snapshot } from './run.ts';

export interface Checkpoint {
  readonly identity: Identity;
  readonly snapshot: Snapshot;
  /** Trainings that began in the same place are counted, so that the newest is known whatever its steps. */
  readonly run: number;
}

/** Raised whenever a file of the old form would be misunderstood. */
const FORMAT = 2;
const KEY = 'cnnc-checkpoint';
/** No name of the language has a colon. */
const BEST = 'best:';

type Tensors = Parameters<typeof writeSafetensors>[0];

/** The same bytes for the same training at the same place. */
export function encodeCheckpoint({ identity, snapshot, run }: Checkpoint): Uint8Array {
  const { states, best, ...place } = snapshot;
  const tensors: Tensors = [
    ...[...states].map(([name, data]) => ({ name, shape: [data.length], data })),
    ...[...(best?.weights ?? [])].map(([name, data]) => ({ name: `${BEST}${name}`, shape: [data.length], data })),
  ];
  const about = {
    format: FORMAT,
    run,
    identity,
    place,
    ...(best && { best: { epoch: best.epoch, score: best.score } }),
  };
  const described: About = { ...about, sum: checksum(about, tensors) };
  return writeSafetensors(tensors, { metadata: new Map([[KEY, JSON.stringify(described)]]) });
}

interface About {
  readonly format: number;
  readonly run: number;
  readonly identity: Identity;
  readonly place: Omit<Snapshot, 'states' | 'best'>;
  readonly best?: { readonly epoch: number; readonly score: number };
  /** Of all that stands before, and of all tensors. */
  readonly sum: string;
}

/** Throws `InputError` where the file is damaged or no checkpoint. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes);
  const text = metadata.get(KEY);
  if (text === undefined) throw new InputError('not a checkpoint of a training');
  const about = parsed(text);
  if (about.format !== FORMAT)
    throw new InputError(`a checkpoint of format ${about.format}; this version of cnnc reads format ${FORMAT}`);
  const { sum, ...others } = about;
  if (checksum(others, tensors) !== sum)
    throw new InputError('damaged checkpoint: its numbers are not those that were written');
  const states = new Map<string, Float32Array>();
  const weights = new Map<string, Float32Array>();
  for (const { name, data } of tensors) {
    if (name.startsWith(BEST)) weights.set(name.slice(BEST.length), data.slice());
    else states.set(name, data.slice());
  }
  const best = about.best && { ...about.best, weights: weights as Weights };
  return { identity: about.identity, run: about.run, snapshot: { ...about.place, states, ...(best && { best }) } };
}

function parsed(text: string): About {
  let about: Partial<About> | null;
  try {
    about = JSON.parse(text) as Partial<About> | null;
  } catch (cause) {
    throw new InputError('damaged checkpoint: its description is no JSON', { cause });
  }
  const isWhole =
    typeof about?.format === 'number' &&
    (about.format !== FORMAT ||
      (typeof about.run === 'number' &&
        typeof about.identity === 'object' &&
        typeof about.sum === 'string' &&
        Number.isSafeInteger(about.place?.position?.epoch) &&
        Number.isSafeInteger(about.place?.position?.step) &&
        Array.isArray(about.place?.history) &&
        typeof about.place?.sums?.loss === 'number'));
  if (!isWhole) throw new InputError('damaged checkpoint: its description lacks a part');
  return about as About;
}

function checksum(about: Omit<About, 'sum'>, tensors: Tensors): string {
  return hashOf(JSON.stringify(about), ...tensors.flatMap(({ name, data }) => [name, bytesIn(data)]));
}

/** The later of two in the same place. */
export function isLater(a: Checkpoint, b: Checkpoint): boolean {
  const [p, q] = [a.snapshot.position, b.snapshot.position];
  if (a.run !== b.run) return a.run > b.run;
  return p.epoch !== q.epoch ? p.epoch > q.epoch : p.step > q.step;
}
