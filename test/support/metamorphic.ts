// Changes of a network that leave its outputs as they are (metamorphic testing: Chen, Cheung and Yiu, 1998). Each takes the
// place it works on from a number, and gives undefined where the network has no such place.

import type { Graph, Node, ValueId } from '../../compiler/ir/graph.ts';
import { editGraph, removeDead } from '../../compiler/ir/rewrite.ts';
import type { Editor } from '../../compiler/ir/rewrite.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { GraphFeeds } from './executors.ts';

export interface Instance {
  readonly graph: Graph;
  readonly feeds: GraphFeeds;
}

export interface Relation {
  /** Whether the compiled outputs keep their bits. */
  readonly exact: boolean;
  readonly change: (instance: Instance, place: number) => Instance | undefined;
}

export const relations: ReadonlyMap<string, Relation> = new Map<string, Relation>([
  ['an identity in between', { exact: true, change: insert('identity') }],
  ['a dropout in between', { exact: true, change: insert('dropout') }],
  ['a convolution in two halves', { exact: false, change: halves }],
  ['a sum the other way round', { exact: false, change: onNode(['add', 'mul'], reverseOperands) }],
  ['a concatenation in another order, put right again', { exact: false, change: onNode(['concat'], reorder) }],
  ['a dead branch', { exact: true, change: deadBranch }],
  ['other names', { exact: true, change: rename }],
  ['outputs on inner values', { exact: false, change: tap }],
]);

const mapped = <K, V>(map: ReadonlyMap<K, V>, key: (key: K) => K): ReadonlyMap<K, V> =>
  new Map([...map].map(([name, value]) => [key(name), value]));

/** Inputs and results of nodes. */
const valuesOf = (graph: Graph): readonly ValueId[] => [
  ...graph.inputs.map(({ value }) => value),
  ...graph.nodes.flatMap(({ results }) => results).filter((value) => typeOf(graph, value).batched),
];

const at = <T>(list: readonly T[], place: number): T | undefined => list[place % list.length];

function insert(op: string): Relation['change'] {
  return ({ graph, feeds }, place) => {
    const value = at(valuesOf(graph), place)!;
    const editor = editGraph(graph, operators);
    const [copy] = editor.add({ op, name: 'inserted', inputs: [value] });
    editor.replaceUses(value, copy, ['inserted']);
    return { graph: editor.finish(), feeds };
  };
}

function onNode(ops: readonly string[], edit: (editor: Editor, node: Node) => void): Relation['change'] {
  return ({ graph, feeds }, place) => {
    const nodes = graph.nodes.filter(({ op, operands }) => ops.includes(op) && operands.length > 1);
    const node = at(nodes, place);
    if (!node) return undefined;
    const editor = editGraph(graph, operators);
    edit(editor, node);
    return { graph: editor.finish(), feeds };
  };
}

function reverseOperands(editor: Editor, node: Node): void {
  editor.update(node, { inputs: node.operands.toReversed() });
}

/** concat(b, a), split into b and a, concat(a, b). */
function reorder(editor: Editor, node: Node): void {
  const turned = node.operands.toReversed();
  const sizes = turned.map((value) => editor.typeOf(value).shape[0]!);
  const [whole] = editor.add({ op: 'concat', name: 'turned', inputs: turned });
  const parts = editor.add({ op: 'split', name: 'parts', inputs: [whole], attributes: { sizes } });
  editor.update(node, { inputs: parts.toReversed() });
}

/** conv(x, w) = concat(conv(x, upper half of w), conv(x, lower half)). */
function halves({ graph, feeds }: Instance, place: number): Instance | undefined {
  const supplied = new Map(graph.parameters.map(({ name, value }) => [value, feeds.parameters.get(name)!]));
  const dataOf = (value: ValueId): ArrayLike<number> | undefined =>
    supplied.get(value) ?? graph.constants.find((constant) => constant.value === value)?.data;
  const nodes = graph.nodes.filter(
    ({ op, attributes, operands }) =>
      op === 'conv' &&
      attributes['groups'] === 1 &&
      Number(attributes['channels']) > 1 &&
      operands.slice(1).every((value) => dataOf(value)),
  );
  const node = at(nodes, place);
  if (!node) return undefined;
  const editor = editGraph(graph, operators);
  const channels = Number(node.attributes['channels']);
  const parameters = new Map(feeds.parameters);
  const part = (name: string, from: number, to: number): ValueId => {
    const weights = node.operands.slice(1).map((value, operand) => {
      const { shape } = editor.typeOf(value);
      const data = Float32Array.from(dataOf(value)!);
      const each = data.length / channels;
      const own = `${name}.${operand}`;
      parameters.set(own, data.slice(from * each, to * each));
      return editor.parameter(own, shape.with(0, to - from), 'parameter', { kind: 'constant', value: 0 });
    });
    const attributes = { ...node.attributes, channels: to - from };
    return editor.add({ op: 'conv', name, inputs: [node.operands[0]!], attributes, parameters: weights })[0];
  };
  const middle = channels >> 1;
  const [whole] = editor.add({
    op: 'concat',
    name: 'whole',
    inputs: [part('upper', 0, middle), part('lower', middle, channels)],
  });
  editor.replace(node, [whole]);
  return { graph: removeDead(editor.finish()), feeds: { ...feeds, parameters } };
}

function deadBranch({ graph, feeds }: Instance, place: number): Instance {
  const value = at(valuesOf(graph), place)!;
  const editor = editGraph(graph, operators);
  const [dead] = editor.add({ op: 'sigmoid', name: 'dead', inputs: [value] });
  editor.add({ op: 'add', name: 'deader', inputs: [dead, value] });
  return { graph: editor.finish(), feeds };
}

/** Names that are code, keywords or properties of objects elsewhere; outputs keep theirs. */
function rename({ graph, feeds }: Instance, place: number): Instance {
  const hostile = ['__proto__', 'constructor', 'toString', 'arena', 'weights', 'load', '*/', '\u2028', "'", '`${0}`'];
  const tensor = (name: string): string => `${at(hostile, place + name.length)!}.${name}`;
  const inputName = (name: string): string => `${at(hostile, place)!}${name}`;
  const renamed: Graph = {
    ...graph,
    name: at(hostile, place)!,
    inputs: graph.inputs.map((input) => ({ ...input, name: inputName(input.name) })),
    parameters: graph.parameters.map((parameter) => ({ ...parameter, name: tensor(parameter.name) })),
    nodes: graph.nodes.map((node) => ({ ...node, name: tensor(node.name) })),
  };
  const inputs = mapped(feeds.inputs, inputName);
  return { graph: renamed, feeds: { ...feeds, inputs, parameters: mapped(feeds.parameters, tensor) } };
}

function tap({ graph, feeds }: Instance, place: number): Instance {
  const values = valuesOf(graph);
  const taps = [place, 2 * place + 1].map((pick, index) => ({ name: `tap${index}`, value: at(values, pick)! }));
  return { graph: { ...graph, outputs: [...graph.outputs, ...taps] }, feeds };
}
