// Convolution of codes with filters of 3×3 to 6×6 taps at stride 1 by Winograd's algorithm in whole numbers: the very sums of the direct
// convolution, for a quarter of the products. Larger filters are pieces of 3×3 taps, whose products are added. Per block of tiles: all are
// transformed, multiplied with the filters position by position and group by group, and transformed back.

import type { BlockBuilder, Operand } from '../../kernel/builder.ts';
import { add, div, lt, min, mul, rem, sub, sum, uadd, unary } from '../../kernel/builder.ts';
import type { Expression, Kernel, LaneCount, Memory } from '../../kernel/ir.ts';
import { sliceName } from '../geometry.ts';
import { copyPaddedRow, paddedLength, paddedMap } from '../padded-map.ts';
import type { Target } from '../target.ts';
import { sharesTiles, vectorTarget } from '../target.ts';
import { codeMover, codesKernel } from './codes-kernel.ts';
import type { CodesConvSpec } from './conv.ts';
import { bytesPanel, packedBytes, wordsProduct } from './product.ts';
import type { Requantizer } from './requantize.ts';
import { requantizer, scaledSum } from './requantize.ts';
import { codesFilterAt, piecesOf, pieceWords, productDepth } from './winograd-filter.ts';
import { positions, results, side, transformCodes, transformProducts } from './winograd-transforms.ts';

/** Bytes that a block of tiles may take, so that it stays in cache, and how many tiles it has at least. */
const blockBytes = 524_288;
const leastTiles = 24;

/** Multiply–adds at the speed of whole blocks that a weight takes as it comes from memory, and a position of a tile, per channel. */
const perWeight = 2;
const perPosition = { input: 12, output: 20 };

/** Whether a convolution is computed so: where it has the form, on vectors, and it takes less time than the direct one. */
export function paysInTiles(spec: CodesConvSpec, target: Target): boolean {
  const { lanes } = target;
  const { kernel, stride, dilation, groups, input, output, spread } = spec;
  const isSuch = !spread && [...stride, ...dilation].every((step) => step === 1);
  if (lanes === 1 || !isSuch || kernel.some((taps) => taps < 3 || taps > 6)) return false;
  // Groups end where panels do.
  if (groups > 1 && (output.channels / groups) % bytesPanel(target, false) > 0) return false;
  const tiles = Math.ceil(output.height / results) * Math.ceil(output.width / results);
  const [down, across] = piecesOf(kernel);
  const depth = input.channels / groups;
  const weights = depth * output.channels;
  const direct = kernel[0] * kernel[1] * weights * (output.height * output.width + perWeight);
  const pieces = down * across;
  const words = pieces * groups * pieceWords(depth);
  const transforms = tiles * (perPosition.input * words + perPosition.output * output.channels);
  return positions * (pieces * weights * (tiles + 2 * perWeight) + transforms) < direct;
}

const line = 64;

/** Bytes rounded up to an odd number of cache lines, so that positions do not share a set of the cache. */
function spread(bytes: number): number {
  const lines = Math.ceil(bytes / line);
  return (lines % 2 === 0 ? lines + 1 : lines) * line;
}

/** How the map is cut into tiles and blocks of them, and where what is computed of a block lies, in bytes. */
function layoutOf(spec: CodesConvSpec) {
  const { input, output, groups } = spec;
  const [rows, columns] = [output.height, output.width].map((extent) => Math.ceil(extent / results)) as [
    number,
    number,
  ];
  const [down, across] = piecesOf(spec.kernel);
  const windows = {
    ...spec,
    kernel: [3 * down, 3 * across] as const,
    output: { height: results * rows, width: results * columns },
  };
  const tiles = rows * columns;
  const pieceBytes = 2 * pieceWords(input.channels / groups);
  const groupBytes = down * across * pieceBytes;
  const pixelBytes = groups * groupBytes;
  const productBytes = 4 * Math.ceil(output.channels / 4) * 4;
  const fit = Math.max(leastTiles, Math.floor(blockBytes / (positions * (pixelBytes + productBytes))));
  const blocks = Math.ceil(tiles / fit);
  const tile = blocks === 1 ? tiles : Math.ceil(tiles / blocks / 4) * 4;
  const pixels = Math.ceil((paddedLength(windows) + 16) / line) * line;
  const [pixelStride, productStride] = [spread(tile * pixelBytes), spread(tile * productBytes)];
  const products = pixels + positions * pixelStride;
  const length = products + positions * productStride;
  return {
    ...{
      windows,
      tiles,
      columns,
      tile,
      pieceBytes,
      groupBytes,
      pixelBytes,
      productBytes,
      pixels,
      pixelStride,
      products,
      productStride,
    },
    length,
  };
}

/** The codes that the kernel works in. */
export function codesWinogradMemory(
  spec: CodesConvSpec,
  target: Target,
): { readonly scratchCodes?: number; readonly sharedCodes?: number } {
  const { length } = layoutOf(spec);
  return sharesTiles(target) ? { sharedCodes: length } : { scratchCodes: length };
}

const hints = ['u', 'b', 'm', 'rx'] as const;

/** Parameters as those of `codesConv`. x [H·W, C] · U [36][groups · O panels][pieces · C/2][panel][2] → y [OH·OW, O]. */
export function codesWinograd(name: string, spec: CodesConvSpec, target: Target): Kernel {
  const { input, output, result: type } = spec;
  const layout = layoutOf(spec);
  const summary = `winograd of codes ${sliceName(input)} -> ${sliceName(output)}`;
  return codesKernel(name, summary, { input, output }, type === 'u8' ? [...hints, 'r'] : hints, target, (kernel) => {
    const { k, eachImage } = kernel;
    const packed = kernel.packed as Packed;
    const [, , , before, after] = packed;
    const [codes, integers] = [k.memory('codes', 'u8'), k.memory('integers', 'i32')];
    const work = k.memory(sharesTiles(target) ? 'shared_codes' : 'scratch_codes', 'u8');
    const mover = codeMover(k, target);
    const { isCopied, height } = paddedMap(layout.windows);
    const zero = isCopied ? k.let('zero', unary('splat_u8', unary('i32_to_u32', k.load(integers, before)))) : undefined;
    const finish = after && requantizer(k, integers, after, target);
    eachImage(({ source, result }) => {
      if (zero) {
        const copy = { arena: codes, source, padded: work, zero };
        k.for('h', 0, height, (h) => copyPaddedRow(k, mover, layout.windows, copy, h), { parallel: true });
        k.barrier();
      }
      const block = (first: Expression): void => {
        const rows =
          layout.tiles % layout.tile === 0 ? layout.tile : k.let('n', min(layout.tile, sub(layout.tiles, first)));
        const part = { k, packed, spec, layout, work, finish, first };
        k.for('t', 0, rows, (t) => pixelsOfTile(part, isCopied ? undefined : source, t), { parallel: true });
        k.barrier();
        k.for('p', 0, positions, (position) => productsAt(part, rows, position), { parallel: true });
        k.barrier();
        k.for('t', 0, rows, (t) => resultsOfTile(part, result, t), { parallel: true });
        k.barrier();
      };
      k.for('f', 0, layout.tiles, block, { step: layout.tile });
    });
  });
}

/** Filters, biases, multipliers, range of the input, and of the result where it is codes. */
type Packed = readonly [Expression, Expression, Expression, Expression, Expression?];

interface Block {
  readonly k: BlockBuilder;
  readonly packed: Packed;
  readonly spec: CodesConvSpec;
  readonly layout: ReturnType<typeof layoutOf>;
  readonly work: Memory;
  /** Absent where results are f32. */
  readonly finish: Requantizer | undefined;
  /** Number of the block's first tile. */
  readonly first: Expression;
}

/** Multiplies what so many tiles have at a position with the filters there. */
function productsAt({ k, packed, spec, layout, work }: Block, rows: Operand, position: Expression): void {
  const { input, output, groups } = spec;
  const panel = bytesPanel(vectorTarget, false);
  const columns = output.channels / groups;
  const taps = { kernel: spec.kernel, depth: input.channels / groups, columns: output.channels };
  const depth = 2 * productDepth(taps);
  const to = k.let('to', add(mul(position, layout.productStride), layout.products));
  const from = k.let('v', add(mul(position, layout.pixelStride), layout.pixels));
  const filters = k.let('up', codesFilterAt(packed[0], position, taps));
  k.for('g', 0, groups, (group) => {
    const first = mul(group, 4 * columns);
    wordsProduct(k, {
      ...{ depth, columns, panel, a: work, rowStride: layout.pixelBytes, rows, parallel: false },
      aBase: add(from, mul(group, layout.groupBytes)),
      matrix: add(filters, mul(group, packedBytes(depth, columns, panel, vectorTarget))),
      keep: (row, column, sums) =>
        sums.forEach((value, j) => {
          const place = sum(to, first, mul(row, layout.productBytes), mul(column, 4), 16 * j);
          k.storeBytes(work, place, unary('u32x4_to_u8x16', value), 16);
        }),
    });
  });
}

/** Transforms the pixels of tile `t` of the block, of the copied map, or of the map itself that begins at `source`. */
function pixelsOfTile({ k, spec, layout, work, first }: Block, source: Expression | undefined, t: Expression): void {
  const { input, groups } = spec;
  const { width } = paddedMap(layout.windows);
  const tile = k.let('tile', add(first, t));
  const pixel = add(mul(mul(div(tile, layout.columns), results), width), mul(rem(tile, layout.columns), results));
  const corner = mul(pixel, input.channels);
  const from = k.let('from', source ? add(source, corner) : corner);
  const to = k.let('to', add(mul(t, layout.pixelBytes), layout.pixels));
  const map = source ? k.memory('codes', 'u8') : work;
  const [down, across] = piecesOf(spec.kernel);
  const depth = input.channels / groups;
  const piece = (at: number, group: Expression, c: Expression): void => {
    const offset = (3 * Math.floor(at / across) * width + 3 * (at % across)) * input.channels;
    const here = k.let('x', sum(from, mul(group, depth), c, offset));
    const there = k.let('v', sum(to, mul(group, layout.groupBytes), mul(c, 2), at * layout.pieceBytes));
    transformCodes(
      k,
      (i, j) => unary('widen_low', k.loadBytes(map, add(here, (i * width + j) * input.channels))),
      (i, j, value) =>
        k.storeBytes(work, add(there, (side * i + j) * layout.pixelStride), unary('i16x8_to_u8x16', value), 16),
    );
  };
  k.for('g', 0, groups, (group) => {
    for (let at = 0; at < down * across; at += 1) k.for('c', 0, depth, (c) => piece(at, group, c), { step: 8 });
  });
}

/** Transforms the products of tile `t` of the block back, and stores those of its results that lie in the map. */
function resultsOfTile(
  { k, packed, spec, layout, work, finish, first }: Block,
  result: Expression,
  t: Expression,
): void {
  const { output } = spec;
  const [, biases, factors] = packed;
  const [integers, weights] = [k.memory('integers', 'i32'), k.memory('weights', 'f32')];
  const tile = k.let('tile', add(first, t));
  const row = k.let('row', div(tile, layout.columns));
  const column = k.let('col', rem(tile, layout.columns));
  const pixel = add(mul(mul(row, results), output.width), mul(column, results));
  const to = k.let('y', add(result, mul(pixel, output.pixelStride)));
  const from = k.let('from', add(mul(t, layout.productBytes), layout.products));
  /** Runs `body` unless the result `at` of the last tile along an axis lies behind the map. */
  const inside = (at: number, extent: number, tileAt: Expression, body: () => void): void => {
    const last = extent % results;
    if (last === 0 || at < last) body();
    else k.if(lt(tileAt, Math.floor(extent / results)), body);
  };
  const channels = (c: Expression, count: LaneCount): void => {
    const bias = k.let('b', k.loadLanes(integers, add(biases, c), count));
    const factor = k.let('m', k.loadLanes(weights, add(factors, c), count));
    const [here, there] = [k.let('p', add(from, mul(c, 4))), k.let('z', add(to, c))];
    const read = (i: number, j: number): Expression =>
      unary('u8x16_to_u32x4', k.loadBytes(work, add(here, (side * i + j) * layout.productStride)));
    transformProducts(k, read, (i, sums) =>
      inside(i, output.height, row, () =>
        sums().forEach((value, j) =>
          inside(j, output.width, column, () => {
            const place = add(there, (i * output.width + j) * output.pixelStride);
            const units = scaledSum(uadd(value, bias), factor);
            if (finish) k.storeBytes(k.memory('codes', 'u8'), place, finish.codes([units]), count);
            else k.storeLanes(k.memory('arena', 'f32'), place, units, count);
          }),
        ),
      ),
    );
  };
  const rest = output.channels % 4;
  const full = output.channels - rest;
  k.for('c', 0, full, (c) => channels(c, 4), { step: 4 });
  if (rest > 0) channels(add(full, 0), rest as LaneCount);
}
