// Packs weights into the layouts in which kernels read them: parameters in the `prepare` stage, rounded once; what is computed in a
// pass, as the weights of a training, in the pass itself, before the kernel that reads it.

import type { Graph, ValueId } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { KernelCall, Magnitude } from '../program/program.ts';
import type { PackSpec } from '../templates/pack.ts';
import type { Target } from '../templates/target.ts';
import { scalarTarget } from '../templates/target.ts';
import type { Phased } from '../templates/winograd-transforms.ts';
import type { BareCall } from './bare-call.ts';
import type { KernelSet } from './kernel-set.ts';
import { copy } from './pack-copy.ts';
import { packBytesOf, packMatrix } from './pack-matrix.ts';
import type { WinogradOffsets } from './pack-winograd.ts';
import { packWinograd } from './pack-winograd.ts';
import type { Axis } from './packed-axes.ts';
import { dense } from './packed-axes.ts';
import type { Lengths, PackedValues, Packing } from './packing.ts';
import { ofBytes, once, push } from './packing.ts';
import type { BytesFilling, BytesPacking, MatrixLayout, MatrixPacking } from './packings.ts';
import { parameterArithmetic } from './parameter-arithmetic.ts';
import { shareTemporaries } from './share-temporaries.ts';

export interface Preparation {
  readonly calls: readonly KernelCall[];
  readonly temporaries: readonly number[];
  /** Elements of each type that are packed. */
  readonly packed: Readonly<Record<PackSpec['target'], number>>;
  readonly magnitudes: readonly Magnitude[];
}

export interface Packer {
  /** Packs a tensor in the order of `axes`; returns its offset in the weights. The same packing is done once. */
  strided(value: ValueId, axes: readonly Axis[], origin?: number, type?: PackSpec['target']): number;
  /** Packs a [groups][panels][depth][panel] matrix for `matrixProduct`; returns its offset in the memory of its type. */
  matrix(value: ValueId, layout: MatrixLayout, packing?: MatrixPacking): number;
  /** Packs a matrix of i8 for dot products of bytes, [groups][panels][depth/4][panel][4]; returns its offset in the bytes. */
  bytes(value: ValueId, layout: MatrixLayout, packing: BytesPacking): number;
  /** Transforms and packs the filters of a convolution without groups for `winograd`; returns the offsets of what it reads. */
  winograd(value: ValueId, phased: Phased, layout: MatrixLayout): WinogradOffsets;
  /** What a kernel of its own makes of a whole parameter; returns its offset in the bytes. */
  filled<Spec extends object>(value: ValueId, filling: BytesFilling<Spec>): number;
  /** Calls that pack what is computed in a pass, since this was asked last. */
  waiting(): readonly BareCall[];
  finish(): Preparation;
}

/** Packs for the kernels of a program. */
export function createPacker(
  graph: Graph,
  { nodes, stages, placeOf }: PackedValues,
  operators: OperatorTable,
  kernels: KernelSet,
  target: Target,
): Packer {
  const calls: KernelCall[] = [];
  const { sourceOf, productOf, temporaries } = parameterArithmetic(graph, nodes, operators, kernels, calls);
  const none = (): Lengths => ({ kept: [], used: 0, most: 0 });
  const lengths = { f32: none(), bf16: none(), i8: none(), i32: none() };
  const known = { target, kernels, stages, placeOf, sourceOf, productOf, magnitudes: [] };
  const packing: Packing = { ...known, calls, waiting: [], packed: new Map(), lengths, passing: new Set() };
  return {
    strided(value, axes, origin = 0, type = 'f32') {
      const length = axes.reduce((product, { count }) => product * count, 1);
      return once(packing, value, ['strided', axes, origin, type], { length, type }, (offset) =>
        copy(packing, value, dense(axes), { from: origin, to: offset, type }),
      );
    },
    matrix: (value, layout, options) => packMatrix(packing, value, layout, options),
    bytes: (value, layout, options) => packBytesOf(packing, value, layout, options),
    winograd: (value, phased, layout) => packWinograd(packing, value, phased, layout),
    filled(value, { base, template, spec, calls: callsAt, length }) {
      return once(packing, value, [base, spec, callsAt(0)], { length, type: 'i8' }, (offset) => {
        const source = sourceOf(value);
        const kernel = kernels.use(base, { ...spec, source: source.type }, template, scalarTarget);
        for (const numbers of callsAt(offset))
          push(packing, kernel, source, numbers, { shape: [length], type: 'i8', ...ofBytes(packing, source) });
      });
    },
    waiting: () => waitingCalls(packing),
    finish: () => ({
      ...shareTemporaries(calls, temporaries),
      magnitudes: packing.magnitudes,
      packed: { f32: lengths.f32.most, bf16: lengths.bf16.most, i8: lengths.i8.most, i32: lengths.i32.most },
    }),
  };
}

/** The calls that pack for the next kernel, whose place is free after it. */
function waitingCalls({ waiting, packed, passing, lengths }: Packing): readonly BareCall[] {
  for (const name of passing) packed.delete(name);
  passing.clear();
  for (const own of Object.values(lengths)) own.used = 0;
  return waiting.splice(0);
}
