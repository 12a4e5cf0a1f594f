// Convolution of codes with few channels as a matrix product that reads the map itself: a row of windows is a matrix whose rows overlap,
// each in as many runs as the window is high. Nothing is gathered; where windows reach beyond the map, it is first copied between its
// zero points. On vectors a run is read up to a multiple of four codes; what is too much meets weights of 0.

import { add, mul, sum, unary } from '../../kernel/builder.ts';
import type { Expression, Kernel } from '../../kernel/ir.ts';
import { sliceName } from '../geometry.ts';
import { copyPaddedRow, paddedLength, paddedMap } from '../padded-map.ts';
import type { Target } from '../target.ts';
import { sharesTiles } from '../target.ts';
import { codeMover, codesKernel } from './codes-kernel.ts';
import type { CodesConvSpec } from './conv.ts';
import { bytesOfColumn, bytesPanel, codesProduct } from './product.ts';
import { requantizer } from './requantize.ts';

/** Channels up to which the map is read itself: of more, gathering takes no time worth speaking of. */
const mostChannels = 16;

/** Whether the map is read itself: on vectors. */
export function readsMap({ input, groups, dilation, kernel, spread }: CodesConvSpec, { lanes }: Target): boolean {
  return lanes > 1 && groups === 1 && !spread && dilation[1] === 1 && input.channels <= mostChannels && kernel[1] > 1;
}

/** Codes of a run, up to where the next begins among the weights. */
export const runLength = ({ input, kernel }: Pick<CodesConvSpec, 'input' | 'kernel'>): number =>
  bytesOfColumn(kernel[1] * input.channels);

/** The codes that the map is copied to. */
export const codesDirectMemory = (spec: CodesConvSpec, target: Target) => {
  const length = paddedLength(spec);
  return sharesTiles(target) ? { sharedCodes: length } : { scratchCodes: length };
};

/** Parameters as those of `codesConv`. x [H·W, C] · w [O panels][KH][KW·C/4][panel][4] → y [OH·OW, O]. */
export function codesConvDirect(name: string, spec: CodesConvSpec, target: Target): Kernel {
  const { input, output, kernel, stride, dilation, result } = spec;
  const map = paddedMap(spec);
  const summary = `direct conv of codes ${kernel.join('x')} /${stride.join('x')} ${sliceName(input)} -> ${sliceName(output)}`;
  const hints = ['w', 'b', 'm', 'rx', ...(result === 'u8' ? ['r'] : [])];
  return codesKernel(name, summary, { input, output }, hints, target, ({ k, packed, eachImage }) => {
    const [matrix, bias, multipliers, before, after] = packed as readonly [
      Expression,
      Expression,
      Expression,
      Expression,
      Expression?,
    ];
    const codes = k.memory('codes', 'u8');
    const integers = k.memory('integers', 'i32');
    const padded = map.isCopied ? k.memory(sharesTiles(target) ? 'shared_codes' : 'scratch_codes', 'u8') : undefined;
    const mover = codeMover(k, target);
    const zero = padded && k.let('zero', unary('splat_u8', unary('i32_to_u32', k.load(integers, before))));
    const finish = after && requantizer(k, integers, after, target);
    const row = map.width * input.channels;
    eachImage(({ source, result: to }) => {
      if (padded && zero) {
        const copy = { arena: codes, source, padded, zero };
        k.for('h', 0, map.height, (h) => copyPaddedRow(k, mover, spec, copy, h), { parallel: true });
        k.barrier();
      }
      const product = (oh: Expression): void => {
        const first = k.let('first', mul(oh, output.width));
        const offset = mul(oh, stride[0] * row);
        codesProduct(k, target, {
          depth: kernel[0] * runLength(spec),
          runs: { count: kernel[0], stride: dilation[0] * row },
          ...{ columns: output.channels, panel: bytesPanel(target, false), a: padded ?? codes },
          aBase: k.let('from', padded ? offset : add(source, offset)),
          rowStride: stride[1] * input.channels,
          ...{ matrix, bias, multipliers, rows: output.width, parallel: false, finish, mover },
          placeOf: (ow, column) => sum(to, mul(add(first, ow), output.pixelStride), column),
        });
      };
      k.for('oh', 0, output.height, product, { parallel: true });
      if (padded) k.barrier();
    });
  });
}
