// Groups nodes into kernels. A group is an anchor, which reads its operands from memory, and the pointwise steps and residual sums that
// follow it, as long as nobody else reads the values in between. It runs at the place of its last node.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import { epiloguesOf, slides } from '../ir/lowering.ts';
import type { OperatorTable, Window } from '../ir/operator.ts';
import { usesOf } from '../ir/rewrite.ts';
import type { Uses } from '../ir/rewrite.ts';
import { dataTypes, operatorOf, typeOf } from '../ir/signature.ts';
import type { Stages } from '../ir/stage.ts';
import { sameType } from '../ir/tensor-type.ts';
import { usesFunction } from '../templates/epilogue.ts';
import { registerBlock } from '../templates/register-block.ts';
import type { Target } from '../templates/target.ts';
import { resultSides } from '../templates/winograd-transforms.ts';
import type { Algorithm, Choices } from './algorithm.ts';
import { chooseAlgorithm } from './algorithm.ts';
import { isDilated } from './dilation.ts';

export type GroupStep =
  | { readonly kind: 'pointwise'; readonly node: Node }
  /** `operand` is added to or multiplied with the anchor's value. */
  | { readonly kind: 'combine'; readonly node: Node; readonly operation: 'add' | 'mul'; readonly operand: ValueId };

export interface Group {
  readonly anchor: Node;
  readonly steps: readonly GroupStep[];
  /** A pooling that the convolution's kernel computes row by row, and the steps that follow it. */
  readonly pooling?: { readonly node: Node; readonly steps: readonly GroupStep[] };
  /** For convolutions. */
  readonly algorithm?: Algorithm;
  /** Results of the last node. */
  readonly results: readonly ValueId[];
}

/** All nodes of a group, in order. */
export function nodesOf({ anchor, steps, pooling }: Group): readonly Node[] {
  const after = pooling ? [pooling.node, ...pooling.steps.map((step) => step.node)] : [];
  return [anchor, ...steps.map((step) => step.node), ...after];
}

export interface GroupOptions {
  readonly stages: Stages;
  readonly epilogues: boolean;
  readonly pooling: boolean;
  /** Is told why a convolution and the pooling that follows it do not share a kernel. */
  readonly miss?: (conv: Node, pool: Node, reason: string) => void;
  /** Whether Winograd's algorithm may be used. */
  readonly winograd: boolean;
  readonly target: Target;
  /** Algorithms that were measured. */
  readonly choices?: Choices;
}

/** The largest part of a convolution's time that running row by row, for a pooling, may waste. */
const wasteLimit = 0.1;

/** The part of the time for a row that is wasted on its last pixels, which do not fill a register block. */
function rowWaste(width: number, target: Target): number {
  const { rows, blockCost } = registerBlock(target);
  const rest = width % rows;
  return (blockCost[rest]! - rest) / width;
}

/** The graph while its nodes are grouped. */
interface Grouping {
  readonly graph: Graph;
  readonly operators: OperatorTable;
  readonly options: GroupOptions;
  readonly uses: ReadonlyMap<ValueId, Uses>;
  /** Node → its place among those of the stage. */
  readonly order: ReadonlyMap<string, number>;
  readonly producers: ReadonlyMap<ValueId, Node>;
  /** Names of nodes that run in the kernel of another one. */
  readonly taken: Set<string>;
}

/** Groups the nodes of the run stage, given in order. */
export function groupNodes(
  graph: Graph,
  nodes: readonly Node[],
  operators: OperatorTable,
  options: GroupOptions,
): readonly Group[] {
  const order = new Map(nodes.map((node, at) => [node.name, at]));
  const producers = new Map(nodes.flatMap((node) => node.results.map((value) => [value, node])));
  const taken = new Set<string>();
  const grouping = { graph, operators, options, uses: usesOf(graph), order, producers, taken };
  const groups: { readonly at: number; readonly group: Group }[] = [];
  for (const anchor of nodes) {
    if (taken.has(anchor.name)) continue;
    const chosen = chooseAlgorithm(graph, anchor, operators, options);
    const algorithm = chosen ? { algorithm: chosen } : {};
    const steps = follow(grouping, anchor, anchor);
    const last = steps.at(-1)?.node ?? anchor;
    const pool = options.pooling ? poolingOf(grouping, anchor, steps, last, chosen) : undefined;
    if (!pool) {
      groups.push({ at: order.get(last.name)!, group: { anchor, steps, ...algorithm, results: last.results } });
      continue;
    }
    taken.add(pool.name);
    const pooling = { node: pool, steps: follow(grouping, pool, pool) };
    const end = pooling.steps.at(-1)?.node ?? pool;
    groups.push({ at: order.get(end.name)!, group: { anchor, steps, pooling, ...algorithm, results: end.results } });
  }
  return groups.toSorted((a, b) => a.at - b.at).map(({ group }) => group);
}

/**
 * Steps that follow one another in a kernel at most: each takes variables for every vector of a register block, and engines accept 50,000
 * locals and 1,000 parameters of a function (WebAssembly JavaScript Interface, section 9).
 */
const mostSteps = 32;

/** Operands of an elementwise kernel at most, each of which is a parameter. */
export const mostOperands = 256;

/** The steps that run inside the anchor's kernel after the node `first`. */
function follow(grouping: Grouping, anchor: Node, first: Node): readonly GroupStep[] {
  const { options, taken } = grouping;
  const steps: GroupStep[] = [];
  if (!options.epilogues) return steps;
  for (let last = first; steps.length < mostSteps;) {
    const step = nextStep(grouping, anchor, last);
    if (!step) break;
    steps.push(step);
    taken.add(step.node.name);
    last = step.node;
  }
  return steps;
}

function poolingOf(
  grouping: Grouping,
  anchor: Node,
  steps: readonly GroupStep[],
  last: Node,
  algorithm: Algorithm | undefined,
): Node | undefined {
  const { graph, operators, options, uses, taken } = grouping;
  const value = last.results[0]!;
  const { nodes: users, output } = uses.get(value)!;
  const [pool] = users;
  if (!algorithm || output || users.length !== 1 || !pool || !slides(operatorOf(operators, pool.op).lowering))
    return undefined;
  if (steps.some((step) => step.kind === 'combine') || taken.has(pool.name)) return undefined;
  if (isDilated(windowOf(grouping, pool))) {
    options.miss?.(anchor, pool, `the windows of ${pool.name} are dilated`);
    return undefined;
  }
  // Windows of 2×2 lie within Winograd's tiles where these have an even number of results along both axes.
  if ('form' in algorithm) {
    const results = resultSides(algorithm.form);
    const spread = isDilated(windowOf(grouping, anchor)) ? 'dilated ' : '';
    if (!spread && results.every((count) => count % 2 === 0) && isTilePool(grouping, pool)) return pool;
    const tiles = `the ${spread}${results.join('×')} tiles of Winograd's algorithm`;
    options.miss?.(anchor, pool, `the windows of ${pool.name} do not divide ${tiles}`);
    return undefined;
  }
  // Rows that depend on one another cannot be shared by threads.
  if (options.target.threads) return undefined;
  const width = typeOf(graph, value).shape[2]!;
  if (rowWaste(width, options.target) <= wasteLimit) return pool;
  const { rows } = registerBlock(options.target);
  options.miss?.(anchor, pool, `rows of ${width} pixels do not fill the register block, which is ${rows} pixels wide`);
  return undefined;
}

function windowOf({ graph, operators }: Grouping, pool: Node): Window {
  const operator = operatorOf(operators, pool.op);
  return operator.window!(pool.attributes, dataTypes(graph, pool, operator));
}

function isTilePool(grouping: Grouping, pool: Node): boolean {
  const types = [typeOf(grouping.graph, pool.operands[0]!)];
  const { kernel, stride, padding } = windowOf(grouping, pool);
  const even = types[0]!.shape.slice(1).every((extent) => extent % 2 === 0) || pool.attributes['ceil'] !== true;
  return [...kernel, ...stride].every((extent) => extent === 2) && padding.every((extent) => extent === 0) && even;
}

function nextStep(grouping: Grouping, anchor: Node, last: Node): GroupStep | undefined {
  const { graph, operators, options, uses, taken } = grouping;
  const epilogues = epiloguesOf(operatorOf(operators, anchor.op).lowering);
  const full = epilogues === 'any';
  const value = last.results[0]!;
  const use = uses.get(value)!;
  const node = use.nodes[0];
  if (
    epilogues === 'none' ||
    last.results.length > 1 ||
    use.output ||
    use.nodes.length !== 1 ||
    !node ||
    taken.has(node.name)
  )
    return undefined;
  const { pointwise, lowering } = operatorOf(operators, node.op);
  // A sum may have thousands of operands: they are counted, not looked through.
  const [first, second] = node.operands as [ValueId, ValueId?];
  if (pointwise) {
    const fits =
      full || (node.operands.length === 1 && (epilogues !== 'light' || !usesFunction(pointwise(node.attributes))));
    return fits && first === value ? { kind: 'pointwise', node } : undefined;
  }
  const operation = lowering?.kind === 'arithmetic' ? lowering.operation : undefined;
  if (!full || (operation !== 'add' && operation !== 'mul') || node.operands.length !== 2 || first === second)
    return undefined;
  const operand = first === value ? second! : first;
  const [type, other] = [typeOf(graph, value), typeOf(graph, operand)];
  if (options.stages.get(operand) !== 'run' || !sameType(type, other)) return undefined;
  return absorbs(grouping, anchor, operand) ? { kind: 'combine', node, operation, operand } : undefined;
}

/** Whether this anchor takes a sum: if both operands' anchors could, the later one does, because the other operand is computed by then. */
function absorbs({ operators, order, producers, taken }: Grouping, anchor: Node, operand: ValueId): boolean {
  const producer = producers.get(operand);
  return (
    !producer ||
    order.get(producer.name)! < order.get(anchor.name)! ||
    taken.has(producer.name) ||
    epiloguesOf(operatorOf(operators, producer.op).lowering) !== 'any'
  );
}
