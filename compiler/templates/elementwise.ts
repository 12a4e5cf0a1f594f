// Elementwise kernels: one loop nest over an index space, in which every operand has a stride per axis (0 where it
// is broadcast). They also copy between layouts, and do the arithmetic on parameters when a module loads.

import type { ScalarExpression } from '../ir/scalar.ts';
import type { BlockBuilder } from '../kernel/builder.ts';
import { add, buildKernel, fadd, fdiv, fmul, fsub, mul, promote } from '../kernel/builder.ts';
import type { Expression, Kernel, Memory } from '../kernel/ir.ts';
import type { Epilogue } from './epilogue.ts';
import { lowerScalar } from './scalar.ts';

export interface ElementwiseOperand {
  /** Which typed array it is bound to; operands may share one. */
  readonly memory: string;
  readonly type: 'f32' | 'f64';
  /** Elements per step along each axis of `extents`, and per image. */
  readonly strides: readonly number[];
  readonly imageStride: number;
}

export type Combination =
  | { readonly kind: 'copy' }
  | { readonly kind: 'fold'; readonly operation: 'add' | 'sub' | 'mul' | 'div' }
  /** x is the first operand, channel(i) operand i. */
  | { readonly kind: 'scalar'; readonly expression: ScalarExpression };

export interface ElementwiseSpec {
  readonly extents: readonly number[];
  readonly operands: readonly ElementwiseOperand[];
  readonly result: ElementwiseOperand;
  readonly combination: Combination;
  /** Applied afterwards, in order; steps have no vectors and no combined values, which are operands here. */
  readonly then: readonly ScalarExpression[];
  /** False for work on parameters: there is no loop over images. */
  readonly batched: boolean;
}

const operations = { add: fadd, sub: fsub, mul: fmul, div: fdiv } as const;

/** Parameters: a base for every operand, the result's base, and the number of images if batched. */
export function elementwise(name: string, spec: ElementwiseSpec): Kernel {
  const { extents, operands, result } = simplifyAxes(spec);
  const what = spec.combination.kind === 'fold' ? spec.combination.operation : spec.combination.kind;
  return buildKernel(name, `elementwise ${what} ${extents.join('x')}`, (k) => {
    const memoryOf = (operand: ElementwiseOperand): Memory => k.memory(operand.memory, operand.type);
    const memories = operands.map(memoryOf);
    const target = memoryOf(result);
    const bases = operands.map(() => k.parameter('x'));
    const y = k.parameter('y');
    const images = spec.batched ? k.parameter('images') : undefined;

    const nest = (axis: number, places: readonly Expression[], to: Expression): void => {
      if (axis === extents.length) {
        const values = places.map((place, i) => k.load(memories[i]!, place));
        return k.store(target, to, combine(k, spec, values));
      }
      k.for('i', 0, extents[axis]!, (index) => {
        const next = places.map((place, i) => k.let('p', add(place, mul(index, operands[i]!.strides[axis]!))));
        nest(axis + 1, next, k.let('q', add(to, mul(index, result.strides[axis]!))));
      });
    };
    if (!images) return nest(0, bases, y);
    k.for(
      'n',
      0,
      images,
      (n) => {
        const places = bases.map((base, i) => k.let('p', add(base, mul(n, operands[i]!.imageStride))));
        nest(0, places, k.let('q', add(y, mul(n, result.imageStride))));
      },
      { parallel: true },
    );
  });
}

function combine(k: BlockBuilder, spec: ElementwiseSpec, loaded: readonly Expression[]): Expression {
  const { combination } = spec;
  if (combination.kind === 'copy' && spec.then.length === 0) return loaded[0]!;
  const values = loaded.map((value) => promote(value));
  const combined =
    combination.kind === 'copy'
      ? values[0]!
      : combination.kind === 'fold'
        ? values.reduce(operations[combination.operation])
        : lowerScalar(k, combination.expression, k.let('v', values[0]!), values.slice(1));
  return spec.then.reduce((value, expression) => lowerScalar(k, expression, k.let('v', value)), combined);
}

/** Drops axes of extent 1 and joins neighbours that every operand steps through as one. */
function simplifyAxes(spec: ElementwiseSpec): Pick<ElementwiseSpec, 'extents' | 'operands' | 'result'> {
  const all = [...spec.operands, spec.result];
  const kept = spec.extents.flatMap((extent, axis) => (extent === 1 ? [] : [axis]));
  const extents: number[] = [];
  const strides: number[][] = all.map(() => []);
  for (const axis of kept) {
    const extent = spec.extents[axis]!;
    const joins =
      extents.length > 0 && all.every((operand, i) => strides[i]!.at(-1) === operand.strides[axis]! * extent);
    if (joins) {
      extents[extents.length - 1]! *= extent;
      all.forEach((operand, i) => (strides[i]![extents.length - 1] = operand.strides[axis]!));
    } else {
      extents.push(extent);
      all.forEach((operand, i) => strides[i]!.push(operand.strides[axis]!));
    }
  }
  const simplified = all.map((operand, i) => ({ ...operand, strides: strides[i]! }));
  return { extents, operands: simplified.slice(0, -1), result: simplified.at(-1)! };
}

/** The epilogue steps that an elementwise kernel can take: pointwise ones without parameters. */
export function pointwiseSteps(epilogue: Epilogue): readonly ScalarExpression[] | undefined {
  const steps = epilogue.map((step) => (step.kind === 'pointwise' && step.vectors === 0 ? step.expression : undefined));
  return steps.every((step) => step !== undefined) ? (steps as readonly ScalarExpression[]) : undefined;
}
