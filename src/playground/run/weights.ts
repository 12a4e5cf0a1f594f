// Weights of a network: as a training would start from them, or of a file.

import type { Network } from '../../../compiler/frontend/index.ts';
import { operators } from '../../../compiler/ops/index.ts';
import { InputError } from '../../data/input-error.ts';
import { readWeightsFile } from '../../data/weights-file.ts';
import { initialise } from '../../train/initialise.ts';
import { initOf } from '../../train/recipe.ts';
import { matchWeights } from '../../weights/match.ts';
import { wantedBy } from '../../weights/specs.ts';
import type { WeightsSource } from './protocol.ts';

export interface NetworkWeights {
  /** By the network's names, row-major. */
  readonly tensors: ReadonlyMap<string, Float32Array>;
  /** How they were found in the file, in one sentence. */
  readonly note: string;
}

/** Throws `InputError` for a file that is damaged, of another kind, or of another network. */
export function weightsFrom(network: Network, source: WeightsSource): NetworkWeights {
  if (source.kind === 'random') {
    const init = network.train?.init ?? { name: 'default', arguments: {} };
    return { tensors: initialise(network.graph, initOf(init), source.seed), note: '' };
  }
  const file = readWeightsFile(source.bytes);
  const wanted = wantedBy(network.graph);
  const named = matchWeights(file, wanted, { fileName: source.name, operators });
  const found = named.weights ? named : matchWeights(file, wanted, { fileName: source.name, operators, mode: 'order' });
  if (!found.weights) {
    const [first] = named.diagnostics;
    const [note] = first?.notes ?? [];
    throw new InputError(
      `${first?.message ?? 'the file has other weights'}${note === undefined ? '' : `: ${note.trim()}`}`,
    );
  }
  const warning = found.diagnostics.map((one) => one.message)[0];
  return {
    tensors: new Map([...found.weights].map(([name, { data }]) => [name, data])),
    note: warning ?? (named.weights ? '' : 'The names in the file are others; its tensors were taken in their order.'),
  };
}
