// The page's side of a network that runs: opens it anew when the text changes, gives it weights, and runs it on the newest input.

import type { LayerInfo, Opened, PictureData, RunCalls, Seen, Shown, WeightsSource } from '../../run/protocol.ts';
import type { ProgramText } from '../../protocol.ts';
import type { Client } from '../client.ts';
import { WorkerError } from '../client.ts';

/** Multiplications and additions of a network that runs at every stroke without being asked. */
export const MAX_LIVE_FLOPS = 1e9;

/** Weights, and what they are called. */
export interface NamedWeights {
  readonly source: WeightsSource;
  readonly title: string;
  /** Whether the title says what went wrong with others. */
  readonly isError?: true;
  /** Names of the classes that they were taught, where these are not those of the text. */
  readonly labels?: readonly string[];
}

/** These weights are refused, and others may be tried. */
export class WeightsError extends Error {
  override readonly name = 'WeightsError';
}

export interface Asked {
  readonly program: ProgramText;
  readonly weights: NamedWeights;
  readonly picture?: PictureData;
  readonly numbers?: Readonly<Record<string, readonly number[]>>;
  /** The layer that is looked at, in this network. */
  layerOf(opened: Opened): LayerInfo | undefined;
  /** The number of the layer. */
  at(layer: LayerInfo): number;
  /** Whether a network of so many operations may run. */
  mayRun(opened: Opened): boolean;
}

export interface Answered {
  readonly opened: Opened;
  readonly note: string;
  readonly layer?: LayerInfo;
  readonly seen?: Seen;
  readonly shown?: Shown;
}

export interface Session {
  /** Asks only for what has changed since. */
  ask(asked: Asked): Promise<Answered>;
  end(): void;
}

/** No network is open yet, and the worker need not be running. */
export function createSession(worker: Client<RunCalls>): Session {
  let opened: { readonly key: string; readonly value: Opened } | undefined;
  let loaded: { readonly of: Opened; readonly weights: NamedWeights; readonly note: string } | undefined;
  /** The last run, which need not be repeated where only the place that is looked at changes. */
  let last:
    | {
        readonly loaded: typeof loaded;
        readonly picture: PictureData | undefined;
        readonly key: string;
        readonly seen: Seen;
      }
    | undefined;
  const openOnce = async (program: ProgramText): Promise<Opened> => {
    const key = JSON.stringify(program);
    if (opened?.key === key) return opened.value;
    opened = undefined;
    const value = await worker.ask('open', program);
    opened = { key, value };
    return value;
  };
  const loadOnce = async (value: Opened, weights: NamedWeights): Promise<string> => {
    if (loaded?.of === value && loaded.weights === weights) return loaded.note;
    const { note } = await worker.ask('load', weights.source).catch((error: unknown) => {
      throw error instanceof WorkerError && !error.isEnded ? new WeightsError(error.message) : error;
    });
    loaded = { of: value, weights, note };
    return note;
  };
  return {
    async ask({ program, weights, picture, numbers, layerOf, at, mayRun }) {
      // Another worker knows nothing of what this one was told.
      if (!worker.isRunning()) opened = loaded = last = undefined;
      const value = await openOnce(program);
      if (!mayRun(value)) return { opened: value, note: '' };
      const note = await loadOnce(value, weights);
      const layer = layerOf(value);
      const key = JSON.stringify([layer?.id, numbers]);
      const isSame = last?.loaded === loaded && last?.picture === picture && last?.key === key;
      const request = { ...(picture && { picture }), ...(numbers && { numbers }), ...(layer && { layer: layer.id }) };
      const seen = isSame ? last!.seen : await worker.ask('see', request);
      last = { loaded, picture, key, seen };
      const shown = layer && (await worker.ask('arithmetic', layer.id, at(layer)));
      return { opened: value, note, seen, ...(layer && { layer }), ...(shown && { shown }) };
    },
    end: () => worker.end(),
  };
}
