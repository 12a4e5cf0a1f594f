// How matrices are packed: in panels for `matrixProduct`, or of bytes, for dot products of four along K.

import type { ValueId } from '../ir/graph.ts';
import { packBytes } from '../templates/pack.ts';
import type { JoinableMatrix } from '../templates/quantized/joinable.ts';
import { joinable, joinableLength } from '../templates/quantized/joinable.ts';
import { packedLength, panelsOf, registerBlock } from '../templates/register-block.ts';
import { scalarTarget } from '../templates/target.ts';
import { copy } from './pack-copy.ts';
import type { Axis } from './packed-axes.ts';
import { arePartsOf, dense, simplified } from './packed-axes.ts';
import type { Packing } from './packing.ts';
import { ofBytes, once, push } from './packing.ts';
import type { BytesPacking, MatrixLayout, MatrixPacking } from './packings.ts';

/** Packs a [groups][panels][depth][panel] matrix; returns its offset in the memory of its type. */
export function packMatrix(
  packing: Packing,
  value: ValueId,
  layout: MatrixLayout,
  options: MatrixPacking = {},
): number {
  const { lanes } = packing.target;
  const { panel = registerBlock(packing.target).panel, type = 'f32' } = options;
  const { groups, columns, depth, origin } = layout;
  const rows = depth.reduce((product, { count }) => product * count, 1);
  const { full, lastWidth } = panelsOf(columns.count, panel, lanes);
  const done = full * panel;
  const size = packedLength(rows, columns.count, panel, lanes);
  return once(packing, value, ['matrix', layout, panel, type], { length: groups.count * size, type }, (offset) => {
    const perGroup = { ...groups, to: size };
    if (full > 0) {
      const side = { count: panel, stride: columns.stride, to: 1 };
      const panels = { count: full, stride: panel * columns.stride, to: rows * panel };
      copy(packing, value, [perGroup, panels, ...dense(depth, panel), side], { from: origin, to: offset, type });
    }
    if (done < columns.count) {
      const side = { count: columns.count - done, stride: columns.stride, to: 1 };
      const from = origin + done * columns.stride;
      copy(packing, value, [perGroup, ...dense(depth, lastWidth), side], { from, to: offset + done * rows, type });
    }
  });
}

/** An axis of one element. */
const none: Axis = { count: 1, stride: 0 };

/** Packs a matrix of i8, [groups][panels][depth/4][panel][4]; returns its offset in the bytes. */
export function packBytesOf(packing: Packing, value: ValueId, layout: MatrixLayout, options: BytesPacking): number {
  const { kernels, sourceOf } = packing;
  const { groups, columns, depth, origin } = layout;
  const { panel, least } = options;
  const product = (axes: readonly Axis[]): number => axes.reduce((total, { count }) => total * count, 1);
  const { steps = depth.map((_, at) => product(depth.slice(at + 1))), rows = product(depth) } = options;
  const axes = [...depth, none, none].slice(0, 3).map((axis, at) => [axis.count, axis.stride, steps[at] ?? 0]);
  const perColumn = Math.ceil(rows / 4) * 4;
  const { whole = least } = options;
  const wide = Math.ceil(columns.count / whole);
  const weights = wide * whole * perColumn;
  const joined = options.joinedRuns !== undefined && {
    panels: wide,
    runs: options.joinedRuns,
    steps: perColumn / 4 / options.joinedRuns,
  };
  const size = weights + (joined ? joinableLength(joined) : 0);
  const form = ['bytes', layout, panel, whole, steps, rows, options.joinedRuns];
  return once(packing, value, form, { length: groups.count * size, type: 'i8' }, (offset) => {
    const source = sourceOf(value);
    const [line, ...others] = simplified(dense(depth));
    const isLine = rows === product(depth) && line?.stride === 1 && others.length === 0;
    for (let first = 0; first < columns.count;) {
      const rest = columns.count - first;
      const count = Math.min(panel, rest);
      const panels = rest < panel ? 1 : Math.floor(rest / panel);
      const width = Math.ceil(count / least) * least;
      const perPanel = { count: panels, stride: panel * columns.stride, to: width * perColumn };
      const perGroup = { ...groups, to: size };
      // Of the outermost loop, a step at a time is copied to where WebAssembly packs it.
      const [outer, inner] = groups.count > 1 ? [perGroup, perPanel] : [perPanel, perGroup];
      const inParts = arePartsOf(outer, [inner, { count, stride: columns.stride }, ...depth], 'i8');
      const apart = inParts ? ofBytes(packing, source) : {};
      const together = isLine && apart.apart !== undefined;
      const spec = { source: source.type, ...(together && ({ together } as const)) };
      const kernel = kernels.use('pack_bytes', spec, packBytes, scalarTarget);
      const numbers = [
        ...[origin + first * columns.stride, offset + first * perColumn],
        ...[outer, inner].flatMap((axis) => [axis.count, axis.stride, axis.to]),
        ...[count, columns.stride, 4 * width],
        ...(together ? [rows] : axes.flat()),
      ];
      const shape = [groups.count, panels, count, perColumn];
      push(packing, kernel, source, numbers, { shape, type: 'i8', ...apart });
      first += panels * panel;
    }
    if (joined) sayJoinable(packing, offset, { ...joined, groups: groups.count, size, weights });
  });
}

/** Packed groups of matrices, in bytes. */
interface JoinableGroups extends JoinableMatrix {
  readonly groups: number;
  /** From one group to the next, and of its weights. */
  readonly size: number;
  readonly weights: number;
}

/** Says behind the weights of each group which dot products may be joined. */
function sayJoinable(packing: Packing, offset: number, matrix: JoinableGroups): void {
  const { groups, size, weights, panels, runs, steps } = matrix;
  const kernel = packing.kernels.use('joinable', {}, joinable, scalarTarget);
  push(packing, kernel, undefined, [offset, groups, size, weights, panels * runs, steps], {
    shape: [groups, joinableLength(matrix)],
    type: 'i8',
    apart: { kind: 'packed-already' },
  });
}
