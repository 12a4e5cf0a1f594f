// Inner values of a network in whole numbers, for `--tap` and `--html`: what codes stand for, scale · (code − zero).

import type { Network } from '../../compiler/frontend/index.ts';
import { invariant } from '../../compiler/ir/invariant.ts';
import { printable } from '../data/input-error.ts';
import { keptTaps } from '../network/kept-taps.ts';
import { withNumbers } from '../quantize/numbers.ts';
import type { QuantizedTensors } from '../quantize/tensors.ts';
import { UsageError } from './errors.ts';
import type { PassOptions } from './pass-options.ts';
import type { OpenedQuantized } from './quantized.ts';
import { neededTensors, passesOf } from './quantized.ts';

export interface TappedQuantized {
  /** The quantised network, whose taps are numbers. */
  readonly network: Network;
  /** Its tensors, and those that codes become numbers with. */
  readonly tensors: QuantizedTensors;
  /** What is shown. */
  readonly taps: readonly string[];
}

/**
 * Inner values of `network`, all of them known by these names. What its quantised form does not compute by itself, as a layer before an
 * activation that is part of it, is left out where `fitting` says so. Throws `UsageError` for it otherwise, and `InputError` for a file
 * that does not tell its scales.
 */
export function quantizedTaps(
  network: Network,
  quantized: OpenedQuantized,
  { names, fitting }: { readonly names: readonly string[]; readonly fitting: boolean },
  options: PassOptions,
): TappedQuantized {
  const tensors = neededTensors(quantized);
  if (names.length === 0) return { network: quantized.network, tensors, taps: [] };
  const heldOf = (among: readonly string[]) => {
    const wanted = new Map(among.map((name) => [name, network.taps.get(name)!]));
    const kept = keptTaps(network.graph, wanted, quantized.passed, passesOf(options));
    return [...kept].flatMap(([name, value]) => {
      const held = quantized.values.get(value);
      return held ? [{ name, ...held }] : [];
    });
  };
  const held = heldOf(names);
  const missing = names.find((name) => !held.some((one) => one.name === name));
  if (missing !== undefined && !fitting) {
    const outer = [...network.taps.keys()].filter((name) => !name.includes('.')).slice(0, MOST_NAMES);
    const known = heldOf(outer).map(({ name }) => printable(name));
    throw new UsageError(
      `--tap: with --quantize, ${printable(missing)} is not computed by itself; the network has ${known.join(', ')}`,
    );
  }
  const { scales } = quantized;
  invariant(scales, 'a network with tensors has scales');
  const wanted = held.map(({ value, group }) => ({ value, scale: group === undefined ? undefined : scales()[group]! }));
  const { graph, values, extra } = withNumbers(quantized.network.graph, wanted);
  return {
    network: { ...quantized.network, graph, taps: new Map(held.map(({ name }, at) => [name, values[at]!])) },
    tensors: new Map([...tensors, ...extra]),
    taps: held.map(({ name }) => name),
  };
}

/** Names that a message tells at most. */
const MOST_NAMES = 40;
