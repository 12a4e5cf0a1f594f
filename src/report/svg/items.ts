// From a network to the items of a drawing: as it is written, a box for each row of the report; and as it is compiled, a
// box for each kernel call.

import { operators } from '../../../compiler/ops/index.ts';
import type { Compilation } from '../../../compiler/index.ts';
import type { Node, ValueId } from '../../../compiler/ir/graph.ts';
import type { Miss, Rewrite } from '../../../compiler/ir/record.ts';
import { typeOf } from '../../../compiler/ir/signature.ts';
import { splitStages } from '../../../compiler/ir/stage.ts';
import { costOf } from '../../../compiler/analysis/cost.ts';
import { shapeText } from '../../text/format.ts';
import type { Report } from '../network-report.ts';
import { recordsByNode } from '../records-of.ts';
import { parametersText, rowText, rowsOf } from '../rows.ts';
import type { Item } from './drawing.ts';

export interface Records {
  readonly rewrites: readonly Pick<Rewrite, 'nodes'>[];
  readonly misses: readonly Pick<Miss, 'nodes'>[];
}

const inputId = (name: string): string => `input ${name}`;
const outputId = (name: string): string => `output ${name}`;

/** Ids of steps are the names of their rows' first layers. */
export function writtenItems(report: Report, records: Records = { rewrites: [], misses: [] }): readonly Item[] {
  const rows = rowsOf(report);
  const ids = new Map(report.inputs.map(({ name }) => [name, inputId(name)]));
  for (const { layers } of rows) for (const { name } of layers) ids.set(name, layers[0].name);
  const count = counter(records);
  return [
    ...inputItems(report),
    ...rows.map((row): Item => {
      const [first] = row.layers;
      const own = row.layers.map(({ name }) => name);
      const reads = row.layers.flatMap((layer) => layer.reads).flatMap((name) => ids.get(name) ?? []);
      return {
        id: first.name,
        kind: first.free ? 'free' : 'step',
        name: first.name,
        text: parametersText(row) === 'shared' ? `${rowText(row)}, shared` : rowText(row),
        shape: shapeText(row.layers.at(-1)!.outputShape),
        macs: row.macs,
        reads: unique(reads).filter((id) => id !== first.name),
        blocks: first.scopes.filter(({ kind }) => kind === 'block').map(({ name, of }) => ({ name, of })),
        layers: own,
        ...count(own),
      };
    }),
    ...outputItems(report, (layer) => ids.get(layer)!),
  ];
}

/** Nodes that no kernel computes are boxes as well: they cost nothing. Copies at the border are left out. */
export function compiledItems(report: Report, { graph, program, records }: Compilation): readonly Item[] {
  const costs = costOf(graph, operators).nodes;
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const callOf = new Map<string, string>();
  for (const { nodes } of program.run) for (const name of nodes) callOf.set(name, nodes[0]!);
  const { run: inRun } = splitStages(graph);
  const groups = new Map<string, Node[]>();
  for (const node of inRun) {
    const id = callOf.get(node.name) ?? node.name;
    const known = groups.get(id);
    if (known) known.push(node);
    else groups.set(id, [node]);
  }
  const sources = new Map<ValueId, string>(graph.inputs.map(({ name, value }) => [value, inputId(name)]));
  for (const [id, nodes] of groups)
    for (const { results } of nodes) for (const value of results) sources.set(value, id);
  const written = new Set(report.layers.map(({ name }) => name));
  const count = counter(records);
  const rewritesOf = recordsByNode(records.rewrites);
  const orderOf = new Map(records.rewrites.map((record, at) => [record, at]));
  const gone = records.rewrites.map(({ nodes }) => nodes.filter((name) => !byName.has(name)));
  const sourceOf = new Map(graph.outputs.map(({ name, value }) => [name, sources.get(value)!]));
  return [
    ...inputItems(report),
    ...[...groups].map(([id, nodes]): Item => {
      const names = nodes.map(({ name }) => name);
      const rewrites = unique(names.flatMap((one) => rewritesOf.get(one) ?? []).map((record) => orderOf.get(record)!));
      const merged = rewrites.toSorted((a, b) => a - b).flatMap((at) => gone[at]!);
      const layers = unique([...names, ...merged]).filter((name) => written.has(name));
      const scopes = (byName.get(id) ?? nodes[0]!).origin?.scopes ?? [];
      const last = nodes.at(-1)!;
      return {
        id,
        kind: callOf.has(id) ? 'step' : 'free',
        name: id,
        text: nodes.map((node) => describe(node)).join(', ') + (callOf.has(id) ? '' : ' (free)'),
        shape: shapeText(typeOf(graph, last.results[0]!).shape),
        macs: nodes.reduce((sum, { name }) => sum + (costs.get(name)?.macs ?? 0), 0),
        reads: unique(nodes.flatMap(({ operands }) => operands.flatMap((value) => sources.get(value) ?? []))).filter(
          (source) => source !== id,
        ),
        blocks: scopes.filter(({ kind }) => kind === 'block').map(({ name, of }) => ({ name, of })),
        layers,
        ...count([...names, ...merged]),
      };
    }),
    ...outputItems(report, (_, name) => sourceOf.get(name)!),
  ];
}

function describe({ op, attributes }: Node): string {
  return op === 'concat' ? op : (operators.get(op)?.describe?.(attributes) ?? op);
}

function inputItems({ inputs }: Report): readonly Item[] {
  return inputs.map(({ name, shape }) => border('input', inputId(name), name, shapeText(shape), []));
}

function outputItems({ outputs }: Report, sourceOf: (layer: string, name: string) => string): readonly Item[] {
  return outputs.map(({ name, shape, layer }) =>
    border('output', outputId(name), name, shapeText(shape), [sourceOf(layer, name)]),
  );
}

function border(kind: 'input' | 'output', id: string, name: string, shape: string, reads: readonly string[]): Item {
  const text = kind === 'output' ? shape : kind;
  return { id, kind, name, text, shape, macs: 0, reads, blocks: [], layers: [], done: 0, missed: 0 };
}

/** How many records begin at one of these names. */
function counter({ rewrites, misses }: Records): (names: readonly string[]) => Pick<Item, 'done' | 'missed'> {
  const [done, missed] = [countFirst(rewrites), countFirst(misses)];
  const sum = (counts: ReadonlyMap<string, number>, names: readonly string[]): number =>
    unique(names).reduce((total, name) => total + (counts.get(name) ?? 0), 0);
  return (names) => ({ done: sum(done, names), missed: sum(missed, names) });
}

function countFirst(records: Records['misses']): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { nodes } of records) if (nodes[0] !== undefined) counts.set(nodes[0], (counts.get(nodes[0]) ?? 0) + 1);
  return counts;
}

const unique = <T>(list: readonly T[]): readonly T[] => [...new Set(list)];
