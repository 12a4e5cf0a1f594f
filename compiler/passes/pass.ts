// What a pass is: one pure function from graph to graph, which records what it rewrote and what it nearly did.

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

/** What the functions of a pass work on. */
export interface Edit {
  readonly editor: Editor;
  readonly context: PassContext;
}

export interface Pass {
  readonly name: string;
  /** One sentence, for `cnnc explain` and the documentation. */
  readonly summary: string;
  readonly modes: readonly Graph['mode'][];
  /** True when results keep every bit; false when sums are reordered or products regrouped. */
  readonly exact: boolean;
  /** True when it makes weights of products or sums of others, which may exceed f32 where those do not. */
  readonly combinesWeights?: true;
  /** Returns the same object when nothing matched. */
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

/** Each pass once, in order; those that do not take part in the graph's mode are skipped. */
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

/** The `run` of a pass that visits each node in order; what nobody reads afterwards is removed. */
export function visiting(visit: (edit: Edit, node: Node) => void): Pass['run'] {
  return (graph, context) => {
    const editor = editGraph(graph, context.operators);
    for (const node of editor.nodes()) visit({ editor, context }, node);
    return removeDead(editor.finish());
  };
}

/** The common part of a record about these nodes. */
export function about(rule: string, ...nodes: readonly Node[]) {
  const origin = nodes[0]?.origin;
  return { rule, nodes: nodes.map(({ name }) => name), ...(origin ? { origin } : {}) };
}

/** What is saved when values of these types are no longer made: a call, a store and a load each; nothing for what `prepare` makes. */
export function savedBy(...types: readonly TensorType[]): Pick<Rewrite, 'macsSaved' | 'bytesSaved' | 'callsSaved'> {
  const running = types.filter(({ batched }) => batched);
  const elements = running.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return { macsSaved: 0, bytesSaved: 8 * elements, callsSaved: running.length };
}

/** Why the first result of `node` must stay although `reader` reads it: `relu1 is also read by add1`; undefined when nothing else needs it. */
export function otherUse(editor: Editor, node: Node, reader: Node): string | undefined {
  const { nodes, output } = editor.usesOf(node.results[0]!);
  const others = nodes.filter(({ name }) => name !== reader.name).map(({ name }) => name);
  if (others.length > 0) return `${node.name} is also read by ${others.join(', ')}`;
  return output ? `${node.name} is also an output` : undefined;
}

/** `1.2 M`, `340 k` or the number itself, for reasons. */
export function millions(count: number): string {
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} M`;
  return count >= 10_000 ? `${Math.round(count / 1e3)} k` : String(count);
}
