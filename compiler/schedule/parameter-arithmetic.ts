// Arithmetic on parameters when a module loads, in f64: each value is computed right before it is first needed, in a
// temporary that other values use again afterwards.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import { invariant } from '../ir/invariant.ts';
import type { OperatorTable } from '../ir/operator.ts';
import { operatorOf, typeOf } from '../ir/signature.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { ContractionSpec } from '../templates/contraction.ts';
import { contraction } from '../templates/contraction.ts';
import type { Combination, ElementwiseOperand, ElementwiseSpec } from '../templates/elementwise.ts';
import { elementwise } from '../templates/elementwise.ts';
import { scalarTarget } from '../templates/target.ts';
import type { KernelSet } from './kernel-set.ts';
import type { KernelCall, MemoryRef } from '../program/program.ts';

/** Where the elements of a value are while a module loads, row-major. */
export interface Source {
  readonly memory: MemoryRef;
  readonly type: 'f32' | 'f64';
}

export interface Arithmetic {
  /** Pushes the calls that compute the value, unless it is known. */
  sourceOf(value: ValueId): Source;
  /** Lengths of the temporaries, one per computed value. */
  readonly temporaries: readonly number[];
}

/** `nodes` are those of the prepare stage, in order; calls are pushed to `calls`. */
export function parameterArithmetic(
  graph: Graph,
  nodes: readonly Node[],
  operators: OperatorTable,
  kernels: KernelSet,
  calls: KernelCall[],
): Arithmetic {
  const sources = new Map<ValueId, Source>();
  graph.parameters.forEach(({ value }, index) =>
    sources.set(value, { memory: { kind: 'parameter', index }, type: 'f32' }),
  );
  graph.constants.forEach(({ value }, index) =>
    sources.set(value, { memory: { kind: 'constant', index }, type: 'f64' }),
  );
  const temporaries: number[] = [];
  const producers = new Map(nodes.map((node, at) => [node.results[0]!, at]));
  return { sourceOf, temporaries };

  function sourceOf(value: ValueId): Source {
    if (!sources.has(value)) for (const at of missingFor(value)) compute(nodes[at]!);
    const source = sources.get(value);
    invariant(source, `%${value} is not known when the module loads`);
    return source;
  }

  /** Indices of the nodes that the value depends on and that were not computed yet, in order. */
  function missingFor(value: ValueId): readonly number[] {
    const needed = new Set<number>();
    for (const open = [value]; open.length > 0;) {
      const next = open.pop()!;
      const at = producers.get(next);
      if (at === undefined || sources.has(next) || needed.has(at)) continue;
      needed.add(at);
      open.push(...nodes[at]!.operands);
    }
    return [...needed].toSorted((a, b) => a - b);
  }

  function compute(node: Node): void {
    const result = node.results[0]!;
    const inputs = node.operands.map((value) => sources.get(value)!);
    const { lowering } = operatorOf(operators, node.op);
    if (lowering?.kind === 'view') return void sources.set(result, inputs[0]!);
    const { shape } = typeOf(graph, result);
    const shapes = node.operands.map((value) => typeOf(graph, value).shape);
    temporaries.push(sizeOf(shape));
    const target: Source = { memory: { kind: 'temporary', index: temporaries.length - 1 }, type: 'f64' };
    sources.set(result, target);
    switch (lowering?.kind) {
      case 'matmul':
        return contract(product(shapes, shape, node.attributes['transpose'] === true));
      case 'reduce-sum': {
        const axes = node.attributes['axes'] as readonly number[];
        const strides = rowMajor(shapes[0]!);
        return contract({
          extents: shape,
          summed: axes.map((axis) => shapes[0]![axis]!),
          strides: [
            [
              ...strides.map((stride, axis) => (axes.includes(axis) ? 0 : stride)),
              ...axes.map((axis) => strides[axis]!),
            ],
          ],
        });
      }
      case 'slice': {
        const strides = rowMajor(shapes[0]!);
        const start = node.attributes['start'] as readonly number[];
        const from = start.reduce((sum, first, axis) => sum + first * strides[axis]!, 0);
        return elementwiseCall({ kind: 'copy' }, shape, inputs, [strides], [from], 0);
      }
      case 'concat': {
        let to = 0;
        return shapes.forEach((part, at) => {
          elementwiseCall({ kind: 'copy' }, part, [inputs[at]!], [rowMajor(part)], [0], to);
          to += sizeOf(part);
        });
      }
      default: {
        const strides = shapes.map((operand) => broadcastStrides(operand, shape));
        return elementwiseCall(
          combinationOf(node),
          shape,
          inputs,
          strides,
          shapes.map(() => 0),
          0,
        );
      }
    }

    function elementwiseCall(
      combination: Combination,
      extents: Shape,
      from: readonly Source[],
      strides: readonly (readonly number[])[],
      bases: readonly number[],
      to: number,
    ): void {
      const spec: ElementwiseSpec = {
        extents,
        operands: from.map((source, at) => operandOf(`s${at}`, source, strides[at]!)),
        result: operandOf('target', target, rowMajor(extents)),
        combination,
        then: [],
        batched: false,
      };
      push(kernels.use(`prepare_${node.op}`, spec, elementwise, scalarTarget), from, [...bases, to]);
    }

    function contract({ extents, summed, strides }: Contraction): void {
      const operands = inputs.map(({ type }, at) => ({ memory: `s${at}`, type, strides: strides[at]! }));
      const spec: ContractionSpec = { extents, summed, operands };
      push(kernels.use(`prepare_${node.op}`, spec, contraction, scalarTarget), inputs, [...inputs.map(() => 0), 0]);
    }

    function push(kernel: string, from: readonly Source[], bases: readonly number[]): void {
      calls.push({
        kernel,
        memories: new Map([...from.map(({ memory }, at) => [`s${at}`, memory] as const), ['target', target.memory]]),
        arguments: bases.map((value) => ({ kind: 'constant', value })),
        nodes: [node.name],
        shape,
        reads: [],
        writes: [],
      });
    }
  }

  function combinationOf(node: Node): Combination {
    const { lowering, pointwise } = operatorOf(operators, node.op);
    if (lowering?.kind === 'arithmetic') return { kind: 'fold', operation: lowering.operation };
    const expression = pointwise?.(node.attributes);
    invariant(expression, `${node.op} cannot be computed when a module loads`);
    return { kind: 'scalar', expression };
  }
}

interface Contraction extends Pick<ContractionSpec, 'extents' | 'summed'> {
  /** Per operand. */
  readonly strides: readonly (readonly number[])[];
}

/** [B, M, K] · [B, K, N] → [B, M, N], the first transposed or not, either repeated. */
function product([left, right]: readonly Shape[], extents: Shape, transpose: boolean): Contraction {
  const [stack, rows, columns] = extents as [number, number, number];
  const depth = right![1]!;
  const first = left![0] === 1 ? 0 : rows * depth;
  const second = right![0] === 1 ? 0 : depth * columns;
  const [alongRows, alongDepth] = transpose ? [1, rows] : [depth, 1];
  return {
    extents: [stack, rows, columns],
    summed: [depth],
    strides: [
      [first, alongRows, 0, alongDepth],
      [second, 0, 1, columns],
    ],
  };
}

export function operandOf(memory: string, source: Source, strides: readonly number[]): ElementwiseOperand {
  return { memory, type: source.type, strides, imageStride: 0 };
}

/** Row-major strides of a dense tensor. */
const rowMajor = (shape: Shape): readonly number[] => broadcastStrides(shape, shape);

/** Row-major strides of `shape`, 0 along the axes in which it is repeated to fill `full`. */
function broadcastStrides(shape: Shape, full: Shape): readonly number[] {
  let step = 1;
  const strides = full.map(() => 0);
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    const at = axis + full.length - shape.length;
    strides[at] = shape[axis] === 1 ? 0 : step;
    step *= shape[axis]!;
  }
  return strides;
}
