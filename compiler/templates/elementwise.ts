// Elementwise kernels: one loop nest over an index space, in which every operand has a stride per axis (0 where it
// is broadcast). They also copy between layouts.

import type { ScalarExpression } from '../ir/scalar.ts';
import type { BlockBuilder } from '../kernel/builder.ts';
import { add, buildKernel, fadd, fdiv, fmax, fmin, fmul, fsub, mul } from '../kernel/builder.ts';
import type { Expression, Kernel, Memory } from '../kernel/ir.ts';
import type { Epilogue } from './epilogue.ts';
import type { Mover, Numbers } from './numbers.ts';
import { numbers } from './numbers.ts';
import { codeMover } from './quantized/codes-kernel.ts';
import { lowerScalar } from './scalar.ts';
import type { Target } from './target.ts';
import { buildOptions, sharesTiles } from './target.ts';

export interface ElementwiseOperand {
  /** Which typed array it is bound to; operands may share one. */
  readonly memory: string;
  readonly type: Memory['type'];
  /** Elements per step along each axis of `extents`, and per image. */
  readonly strides: readonly number[];
  readonly imageStride: number;
}

export type Combination =
  | { readonly kind: 'copy' }
  | { readonly kind: 'fold'; readonly operation: keyof typeof operations }
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

const operations = { add: fadd, sub: fsub, mul: fmul, div: fdiv, maximum: fmax, minimum: fmin } as const;

/** Parameters: a base for every operand, the result's base, and the number of images if batched. */
export function elementwise(name: string, spec: ElementwiseSpec, target: Target): Kernel {
  const { extents, operands, result } = simplifyAxes(spec);
  const what = spec.combination.kind === 'fold' ? spec.combination.operation : spec.combination.kind;
  const plain = spec.combination.kind === 'copy' && spec.then.length === 0;
  const last = extents.length - 1;
  const runs = last >= 0 && result.strides[last] === 1 && operands.every(({ strides }) => strides[last]! <= 1);
  const write = (k: BlockBuilder): void => {
    const v = numbers(k, target);
    const memoryOf = (operand: ElementwiseOperand): Memory => k.memory(operand.memory, operand.type);
    const memories = operands.map(memoryOf);
    const stored = memoryOf(result);
    const bases = operands.map(() => k.parameter('x'));
    const y = k.parameter('y');
    const images = spec.batched ? k.parameter('images') : undefined;
    /** Elements side by side are computed together; others, and copies of them, one by one. */
    const vectors = v.lanes > 1 && runs;
    /** Codes are copied only, sixteen at once. */
    const mover: Mover = result.type === 'u8' ? codeMover(k, target) : v;

    const compute = (places: readonly Expression[], to: Expression, count: number): void => {
      if (plain && !vectors) return k.store(stored, to, k.load(memories[0]!, places[0]!));
      const values = places.map((place, i) =>
        vectors && operands[i]!.strides[last] === 0
          ? mover.broadcast(memories[i]!, place)
          : mover.load(memories[i]!, place, count),
      );
      mover.store(stored, to, combine(k, v, spec, values), count);
    };
    const nest = (axis: number, places: readonly Expression[], to: Expression, outermost: boolean): void => {
      if (axis === extents.length) return compute(places, to, 1);
      const step = (index: Expression, count: number): void => {
        const next = places.map((place, i) => k.let('p', add(place, mul(index, operands[i]!.strides[axis]!))));
        const there = k.let('q', add(to, mul(index, result.strides[axis]!)));
        if (axis === last && vectors) compute(next, there, count);
        else nest(axis + 1, next, there, false);
      };
      if (axis === last && vectors) mover.each('i', extents[axis]!, step, outermost);
      else k.for('i', 0, extents[axis]!, (index) => step(index, 1), { parallel: outermost && target.threads });
    };
    // Updates of parameters are as large as these.
    if (!images && target.parallel === 'images' && extents.length === 0) {
      // By one thread: the result may overwrite an operand.
      return k.for('i', 0, 1, () => nest(0, bases, y, false), { parallel: true });
    }
    if (!images) return nest(0, bases, y, target.parallel === 'images');
    const shared = extents.length > 0;
    k.for(
      'n',
      0,
      images,
      (n) => {
        const places = bases.map((base, i) => k.let('p', add(base, mul(n, operands[i]!.imageStride))));
        nest(0, places, k.let('q', add(y, mul(n, result.imageStride))), shared);
      },
      { parallel: !(sharesTiles(target) && shared) },
    );
  };
  return buildKernel(name, `elementwise ${what} ${extents.join('x')}`, write, buildOptions(target));
}

function combine(
  k: BlockBuilder,
  v: Numbers,
  { combination, then }: ElementwiseSpec,
  values: readonly Expression[],
): Expression {
  return then.reduce(
    (value, expression) => lowerScalar(k, v, expression, k.let('v', value)),
    combined(k, v, combination, values),
  );
}

/** Operations inside one another at most. */
const deepest = 64;

/** The values of the operands, put together. */
export function combined(
  k: BlockBuilder,
  v: Numbers,
  combination: Combination,
  values: readonly Expression[],
): Expression {
  switch (combination.kind) {
    case 'copy':
      return values[0]!;
    case 'fold': {
      const operation = operations[combination.operation];
      // Expressions are walked by recursion, so that none may be as deep as there are operands.
      return values.reduce((total, value, at) => operation(at % deepest === 0 ? k.let('v', total) : total, value));
    }
    case 'scalar':
      return lowerScalar(k, v, combination.expression, k.let('v', values[0]!), values.slice(1));
    default:
      return combination satisfies never;
  }
}

/** Drops axes of extent 1 and joins neighbours that every operand steps through as one. */
export function simplifyAxes(
  spec: Pick<ElementwiseSpec, 'extents' | 'operands' | 'result'>,
): Pick<ElementwiseSpec, 'extents' | 'operands' | 'result'> {
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
