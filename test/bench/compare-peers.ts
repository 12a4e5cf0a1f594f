// `npm run bench -- --peers`: compiled networks against the frameworks that a user would pick instead, on the same graph, weights and
// input, each in a process of its own.

import { countsOf } from '../support/examples.ts';
import { graphOf } from './cases.ts';
import type { Case } from './cases.ts';
import { difference } from './measure.ts';
import type { Timing } from './measure.ts';
import type { Variant } from './ours.ts';
import type { PeerName } from './player-child.ts';
import { startPlayer } from './player-process.ts';
import type { PlayerProcess } from './player-process.ts';
import { takeTurns } from './turns.ts';

export interface PeersOptions {
  readonly variants: readonly Variant[];
  /** Of the peers that have threads. */
  readonly threads: number;
  readonly batch: number;
  /** Whether tfjs's `cpu` backend takes part where it is not too slow. */
  readonly cpu: boolean;
  /** Whether the peers that run in browsers also take part with V8's switch for 256-bit instructions. */
  readonly widePeers: boolean;
  readonly rounds: number;
  readonly milliseconds: number;
}

export interface PeersResult {
  readonly network: string;
  /** Of a run: of all its images. */
  readonly macs: number;
  readonly timings: readonly Timing[];
  /** The first variant's output against each other engine's, as a part of the largest. */
  readonly differences: readonly { readonly engine: string; readonly difference: number }[];
  readonly ratios: readonly Ratio[];
}

/** Fastest runs of one of our variants over those of the peers. */
export interface Ratio {
  readonly variant: string;
  readonly milliseconds: number;
  /** The fastest of those that run in browsers, too. */
  readonly best: string;
  readonly toBest: number;
  /** Over the fastest of those with V8's switch. */
  readonly toBestWide?: number;
  readonly toNative: number;
}

const portable: readonly PeerName[] = ['ort web', 'tfjs wasm', 'litert'];
/** V8's switch that `--wide` is about. */
const WIDE_FLAG = '--experimental-wasm-revectorize';
/** tfjs's `cpu` backend is left out where a run takes longer. */
const SLOWEST_CPU_MS = 4000;
/** onnxruntime's threads wait actively for more work; on two processors that would slow whoever comes next. */
export const PAUSE_MS = 50;

export async function comparePeers(one: Case, options: PeersOptions): Promise<PeersResult> {
  const engines = await startEngines(one, options);
  try {
    const [first, ...others] = engines;
    const timings = await takeTurns(engines, { ...options, pauseMs: options.threads > 1 ? PAUSE_MS : 0 });
    return {
      network: one.name,
      macs: options.batch * countsOf(graphOf(one)).macs,
      timings,
      differences: others.map(({ name, output }) => ({ engine: name, difference: difference(first!.output, output) })),
      ratios: options.variants.map(({ name }) => ratioOf(name, timings)),
    };
  } finally {
    for (const engine of engines) engine.close();
  }
}

/** Each in a process of its own, ours first. Peers without an operator of the network are left out. */
async function startEngines({ name: network }: Case, options: PeersOptions): Promise<readonly PlayerProcess[]> {
  const { variants, threads, batch } = options;
  const engines: PlayerProcess[] = [];
  const start = async (name: string, engine: Variant | PeerName, flags: readonly string[] = []): Promise<void> => {
    const player = await startPlayer(name, { network, threads, batch, engine }, flags);
    if (player) engines.push(player);
  };
  for (const variant of variants) await start(variant.name, variant);
  for (const peer of [...portable, 'ort node'] as const) await start(peer, peer);
  if (options.widePeers) for (const peer of portable) await start(wide(peer), peer, [WIDE_FLAG]);
  if (options.cpu) {
    await start('tfjs cpu', 'tfjs cpu');
    const [time] = await engines.at(-1)!.turn();
    if (time! > SLOWEST_CPU_MS) engines.pop()!.close();
  }
  return engines;
}

const wide = (peer: PeerName): string => `${peer} wide`;

function ratioOf(variant: string, timings: readonly Timing[]): Ratio {
  const time = (engine: string): number => timings.find((timing) => timing.engine === engine)!.minimumMs;
  const fastest = (engines: readonly string[]): Timing | undefined =>
    timings.filter(({ engine }) => engines.includes(engine)).toSorted((a, b) => a.minimumMs - b.minimumMs)[0];
  const milliseconds = time(variant);
  const best = fastest(portable)!;
  const bestWide = fastest(portable.map(wide));
  return {
    variant,
    milliseconds,
    best: best.engine,
    toBest: milliseconds / best.minimumMs,
    ...(bestWide && { toBestWide: milliseconds / bestWide.minimumMs }),
    toNative: milliseconds / time('ort node'),
  };
}
