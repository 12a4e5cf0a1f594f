// A model that was read from a file of another kind, as text and weights of ours: with the names that its values and weights get.

import type { Network } from '../../compiler/frontend/index.ts';
import type { Graph, ValueId } from '../../compiler/ir/graph.ts';
import { invariant } from '../../compiler/ir/invariant.ts';
import { valueNames } from '../../compiler/ir/names.ts';
import type { OperatorTable } from '../../compiler/ir/operator.ts';
import { recover } from './index.ts';

/** What an importer gives. */
export interface ForeignModel {
  readonly network: { readonly name: string; readonly doc?: string; readonly graph: Graph };
  /** By the names of the graph's parameters. */
  readonly weights: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
  /** Names in the file → those of values, nodes or parameters of the graph. */
  readonly names: ReadonlyMap<string, string>;
}

export interface OwnModel {
  /** The text of the network. */
  readonly text: string;
  readonly network: Network;
  readonly graph: Graph;
  /** In the order of the graph's parameters; `data` is made when it is first asked for. */
  readonly tensors: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly data: Float32Array;
  }[];
  /** Names in the file → names of the text's values and weights. */
  readonly names: ReadonlyMap<string, string>;
}

/** The model in the language. Throws `Unrecoverable` where that cannot say it. */
export function ownModel({ network, weights, names }: ForeignModel, operators: OperatorTable): OwnModel {
  const { doc, graph: given } = network;
  const { text, network: own, match } = recover(given, { operators, ...(doc !== undefined && { doc }) });
  const { graph } = own;
  const parameters = new Map(given.parameters.map((parameter) => [parameter.value, parameter.name]));
  const sources = new Map<ValueId, string>();
  for (const [theirs, ours] of match.values) {
    const name = parameters.get(theirs);
    if (name !== undefined) sources.set(ours, name);
  }
  const tensors = graph.parameters.map(({ name, value }) => {
    const source = sources.get(value);
    const tensor = source === undefined ? undefined : weights.get(source);
    invariant(tensor, () => `no tensor for ${name}`);
    return {
      name,
      shape: graph.types.get(value)!.shape,
      get data() {
        return tensor.data;
      },
    };
  });
  return { text, network: own, graph, tensors, names: translated(names, renamed(given, graph, match)) };
}

/** Names of the first graph → names of the second. */
function renamed(from: Graph, to: Graph, match: Recovered['match']): ReadonlyMap<string, string> {
  const [theirs, ours] = [valueNames(from), valueNames(to)];
  const names = new Map<string, string>();
  for (const [a, b] of match.values) {
    const [name, own] = [theirs.get(a), ours.get(b)];
    if (name !== undefined && own !== undefined) names.set(name, own);
  }
  for (const [a, b] of match.nodes) names.set(a.name, b.name);
  return names;
}

type Recovered = ReturnType<typeof recover>;

/** Names of what the text does not have are left out. */
function translated(names: ReadonlyMap<string, string>, own: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(
    [...names].flatMap(([theirs, between]) => {
      const ours = own.get(between);
      return ours === undefined ? [] : [[theirs, ours] as const];
    }),
  );
}
