// Convolution of codes as a matrix product: the windows of a tile of output pixels are gathered as rows of a scratch matrix, with the
// operand's zero point around the map, and multiplied with the packed filters. A 1×1 convolution of stride 1 multiplies the map itself.

import { add, div, i32, min, mul, rem, sub, sum, unary } from '../../kernel/builder.ts';
import type { Expression, Kernel } from '../../kernel/ir.ts';
import type { ConvGeometry } from '../conv-geometry.ts';
import { depthOf, isPointwise } from '../conv-geometry.ts';
import { gatherTile } from '../gather.ts';
import type { Slice } from '../geometry.ts';
import { sliceName } from '../geometry.ts';
import type { Target } from '../target.ts';
import { sharesTiles } from '../target.ts';
import { codeMover, codesKernel } from './codes-kernel.ts';
import { bytesOfColumn, bytesPanel, codesProduct, joinableBytes, packedBytes } from './product.ts';
import { requantizer } from './requantize.ts';

export interface CodesConvSpec extends Omit<ConvGeometry, 'weights' | 'bias' | 'inputDilation'> {
  readonly output: Slice;
  readonly result: 'u8' | 'f32';
  /** Present where groups of `output`'s channels become pixels of each pixel, so many rows and columns; of one group. */
  readonly spread?: readonly [number, number];
}

/** Codes of a tile of gathered windows, so that it stays in cache, and how many rows it has at least. */
const tileCodes = 131_072;
const leastRows = 20;
const mostRows = 240;
/** Threads share the panels of a tile where there are fewer tiles. */
const leastTiles = 6;

const geometryOf = (spec: CodesConvSpec): ConvGeometry => ({
  ...spec,
  bias: true,
  weights: 'f32',
  inputDilation: [1, 1],
});

/** Codes of a row of gathered windows. */
const rowLength = (spec: CodesConvSpec, { lanes }: Target): number => {
  const depth = depthOf(geometryOf(spec));
  return lanes === 1 ? depth : bytesOfColumn(depth);
};

/** Output pixels of a tile: as many in all tiles where that can be. */
function tilePixels(spec: CodesConvSpec, target: Target): number {
  const pixels = spec.output.height * spec.output.width;
  const limit = Math.min(mostRows, Math.max(leastRows, Math.floor(tileCodes / rowLength(spec, target))), pixels);
  const tiles = Math.ceil(pixels / limit);
  const even = Math.ceil(pixels / tiles);
  for (let tile = even; tile <= limit; tile += 1) if (pixels % tile === 0) return tile;
  return Math.min(limit, Math.ceil(even / 5) * 5);
}

function sharesPanels(spec: CodesConvSpec, target: Target): boolean {
  const pixels = spec.output.height * spec.output.width;
  return sharesTiles(target) && spec.groups === 1 && pixels / tilePixels(spec, target) < leastTiles;
}

/** The codes that the kernel gathers its windows in: each thread for itself, or all in one place. */
export function codesConvMemory(
  spec: CodesConvSpec,
  target: Target,
): { readonly scratchCodes?: number; readonly sharedCodes?: number } {
  if (isPointwise(geometryOf(spec))) return {};
  const length = tilePixels(spec, target) * rowLength(spec, target);
  return sharesPanels(spec, target) ? { sharedCodes: length } : { scratchCodes: length };
}

/**
 * Parameters: input base, packed filters, biases, multipliers, range of the input, [range of the result], output base, images.
 * x [H·W, C] · w [groups][O panels][KH·KW·C/4][panel][4] → y [OH·OW, O].
 */
export function codesConv(name: string, spec: CodesConvSpec, target: Target): Kernel {
  const { input, output, groups, kernel, stride, result } = spec;
  const summary = `conv of codes ${kernel.join('x')} /${stride.join('x')} ${sliceName(input)} -> ${sliceName(output)}`;
  const hints = ['w', 'b', 'm', 'rx', ...(result === 'u8' ? ['r'] : [])];
  const geometry = geometryOf(spec);
  return codesKernel(name, summary, { input, output }, hints, target, ({ k, packed, eachImage }) => {
    const [filters, bias, multipliers, before, after] = packed as readonly [
      Expression,
      Expression,
      Expression,
      Expression,
      Expression?,
    ];
    const codes = k.memory('codes', 'u8');
    const integers = k.memory('integers', 'i32');
    const shares = sharesPanels(spec, target);
    const gathers = !isPointwise(geometry);
    const scratch = gathers ? k.memory(shares ? 'shared_codes' : 'scratch_codes', 'u8') : undefined;
    const mover = codeMover(k, target);
    const zeroCode = unary('i32_to_u32', k.load(integers, before));
    const zero = gathers ? k.let('zero', target.lanes === 4 ? unary('splat_u8', zeroCode) : zeroCode) : undefined;
    const finish = after && requantizer(k, integers, after, target);
    const pixels = output.height * output.width;
    const tile = tilePixels(spec, target);
    const [down, across] = spec.spread ?? [1, 1];
    const phases = down * across;
    const [depth, columns] = [depthOf(geometry), output.channels / (groups * phases)];
    const panel = bytesPanel(target, false);
    const size = packedBytes(depth, columns, panel, target) + joinableBytes(depth, columns, target);
    const row = rowLength(spec, target);
    const pixelOf = pixelsOf(spec);
    eachImage(({ source, result: to }) =>
      k.for(
        'p',
        0,
        pixels,
        (first) => {
          const rows = pixels % tile === 0 ? tile : k.let('rows', min(tile, sub(pixels, first)));
          k.for('g', 0, groups, (group) => {
            const from = k.let('xg', add(source, mul(group, input.channels / groups)));
            if (scratch) {
              const own = { arena: codes, scratch, from, first, rows };
              gatherTile(k, mover, geometry, { ...own, rowLength: row, zero: zero!, parallel: shares });
              if (shares) k.barrier();
            }
            const product = (part: Expression, phase: Expression): void => {
              const own = k.let('og', mul(part, columns));
              codesProduct(k, target, {
                ...{ depth, columns, panel, rows, finish, mover, parallel: shares },
                a: scratch ?? codes,
                aBase: scratch ? i32(0) : add(from, mul(first, input.pixelStride)),
                rowStride: scratch ? row : input.pixelStride,
                matrix: add(filters, mul(part, size)),
                bias: add(bias, own),
                multipliers: add(multipliers, own),
                placeOf: (at, column) => {
                  const pixel = mul(pixelOf(add(first, at), phase), output.pixelStride);
                  return phases === 1 ? sum(to, pixel, own, column) : sum(to, pixel, column);
                },
              });
            };
            if (phases === 1) product(group, i32(0));
            else k.for('phase', 0, phases, (phase) => product(phase, phase));
            if (scratch && shares) k.barrier();
          });
        },
        { step: tile, parallel: !shares },
      ),
    );
  });
}

/** The pixel of the result that one of the convolution's becomes for a phase, which is a row and a column of its square. */
function pixelsOf({ output, spread }: CodesConvSpec): (pixel: Expression, phase: Expression) => Expression {
  if (!spread) return (pixel) => pixel;
  const [down, across] = spread;
  return (pixel, phase) => {
    const top = add(mul(div(pixel, output.width), down), div(phase, across));
    const left = add(mul(rem(pixel, output.width), across), rem(phase, across));
    return add(mul(top, output.width * across), left);
  };
}
