// A pass: a pure function from graph to graph that records each rewrite, and each near miss with its reason.

import type { Graph, Node } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { Miss, Rewrite } from '../ir/record.ts';
import type { Editor } from '../ir/rewrite.ts';
import { editGraph, removeDead } from '../ir/rewrite.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { TensorType } from '../ir/tensor-type.ts';

export interface PassContext {
  readonly operators: OperatorTable;
  rewrite(record: Omit<Rewrite, 'pass'>): void;
  miss(record: Omit<Miss, 'pass'>): void;
}

/** The graph that a pass edits, and where it records what it does. */
export interface Edit {
  readonly editor: Editor;
  readonly context: PassContext;
}

export interface Pass {
  readonly name: string;
  readonly modes: readonly Graph['mode'][];
  /** Whether results keep every bit: false where sums are reordered or products regrouped. */
  readonly exact: boolean;
  /** True where it computes new weights from several others: they may overflow f32 although those do not. */
  readonly combinesWeights?: true;
  /** Returns the same object if nothing matched. */
  run(graph: Graph, context: PassContext): Graph;
}

export interface PassRecords {
  readonly rewrites: readonly Rewrite[];
  readonly misses: readonly Miss[];
}

export interface RunOptions {
  /** Called after every pass that changed the graph. */
  readonly inspect?: (pass: Pass, before: Graph, after: Graph) => void;
}

/** Runs each pass once, in order, except those that are not for the graph's mode (`infer` or `train`). */
export function runPasses(
  graph: Graph,
  passes: readonly Pass[],
  operators: OperatorTable,
  options: RunOptions = {},
): { readonly graph: Graph; readonly records: PassRecords } {
  const rewrites: Rewrite[] = [];
  const misses: Miss[] = [];
  let current = graph;
  for (const pass of passes) {
    if (!pass.modes.includes(graph.mode)) continue;
    const next = pass.run(current, {
      operators,
      rewrite: (record) => void rewrites.push({ pass: pass.name, ...record }),
      miss: (record) => void misses.push({ pass: pass.name, ...record }),
    });
    if (next !== current) options.inspect?.(pass, current, next);
    current = next;
  }
  return { graph: current, records: { rewrites, misses } };
}

/** The `run` of a pass that visits every node once, in order. Nodes whose results nobody reads afterwards are removed. */
export function visiting(visit: (edit: Edit, node: Node) => void): Pass['run'] {
  return (graph, context) => {
    const editor = editGraph(graph, context.operators);
    for (const node of editor.nodes()) visit({ editor, context }, node);
    return removeDead(editor.finish());
  };
}

/** The part that all records about these nodes have in common; the first node says where in the source they are. */
export function about(rule: string, ...nodes: readonly Node[]) {
  const origin = nodes[0]?.origin;
  return { rule, nodes: nodes.map(({ name }) => name), ...(origin ? { origin } : {}) };
}

/**
 * What it saves not to compute values of these types: a kernel call, and 4 bytes stored and loaded per element. Values without the batch
 * axis count nothing, because `prepare` computes them once. Without arguments: nothing.
 */
export function savedBy(...types: readonly TensorType[]): Pick<Rewrite, 'macsSaved' | 'bytesSaved' | 'callsSaved'> {
  const running = types.filter(({ batched }) => batched);
  const elements = running.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return { macsSaved: 0, bytesSaved: 8 * elements, callsSaved: running.length };
}

/** Who needs the first result of `node` besides `reader`, as a reason not to rewrite: `relu1 is also read by add1`; undefined if nobody does. */
export function otherUse(editor: Editor, node: Node, reader: Node): string | undefined {
  const { nodes, output } = editor.usesOf(node.results[0]!);
  const others = nodes.filter(({ name }) => name !== reader.name).map(({ name }) => name);
  if (others.length > 0) return `${node.name} is also read by ${others.join(', ')}`;
  return output ? `${node.name} is also an output` : undefined;
}

/** A count for messages: `1.2 M`, `340 k`, or below 10,000 the number itself. */
export function millions(count: number): string {
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} M`;
  return count >= 10_000 ? `${Math.round(count / 1e3)} k` : String(count);
}
