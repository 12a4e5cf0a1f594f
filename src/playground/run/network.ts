// The network that the Run and Train tabs work on: from the text of the editor to a graph, or one sentence.

import { hasErrors } from '../../../grammar/diagnostic.ts';
import type { Network } from '../../../compiler/frontend/index.ts';
import { dataTypes, operatorOf, typeOf } from '../../../compiler/ir/signature.ts';
import { sizeOf } from '../../../compiler/ir/tensor-type.ts';
import { operators } from '../../../compiler/ops/index.ts';
import { InputError } from '../../data/input-error.ts';
import { buildNetworks, chooseNetwork } from '../../network/networks.ts';
import { programPath, readerOf } from '../program.ts';
import type { ProgramText } from '../protocol.ts';

/** The chosen network, or the first that has all its parameters. Throws `InputError`. */
export function networkOf({ network, ...program }: ProgramText): Network {
  const built = buildNetworks(
    { path: programPath, text: program.text },
    { read: readerOf(program), ...(network !== undefined && { network }) },
  );
  if (hasErrors(built.diagnostics))
    throw new InputError('the text has mistakes, which the editor marks; the network can be run when they are mended');
  const chosen = chooseNetwork(built);
  if ('graph' in chosen) return chosen;
  const [first] = built.networks;
  if (first) return first;
  throw new InputError(
    chosen.length === 0
      ? 'the text has no network yet; write `network Name { … }`'
      : `${chosen[0]} has parameters without values; give them defaults, as in \`classes: int = 10\``,
  );
}

/** Multiplications and additions for one image. */
export function flopsOf({ graph }: Pick<Network, 'graph'>): number {
  return graph.nodes.reduce((total, node) => {
    const operator = operatorOf(operators, node.op);
    const results = node.results.map((value) => typeOf(graph, value));
    return total + 2 * (operator.macs?.(node.attributes, dataTypes(graph, node, operator), results) ?? 0);
  }, 0);
}

/** Numbers of all weights, running statistics included. */
export function weightCount({ graph }: Pick<Network, 'graph'>): number {
  return graph.parameters.reduce((total, { value }) => total + sizeOf(typeOf(graph, value).shape), 0);
}
