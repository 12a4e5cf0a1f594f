// What puts the numbers of a value in another shape or order.

import { numberOf, sizeAt } from '../../../../compiler/ops/attributes.ts';
import { permute } from '../../../../compiler/ops/permute.ts';
import { int, ints, text } from '../attributes.ts';
import type { Exporter, ExportSite } from '../site.ts';

const reshaped = (site: ExportSite, value: string, shape: readonly number[]): string =>
  site.emit('Reshape', [value, site.ints('shape', [0, ...shape])]);

const turned = (site: ExportSite, value: string, perm: readonly number[]): string =>
  site.emit('Transpose', [value], { perm: ints([0, ...perm]) });

/** [C,H,W] → [H·W,C] */
const tokens: Exporter = (site) => {
  const [channels, height, width] = site.inputs[0]!.shape as [number, number, number];
  return turned(site, reshaped(site, site.operand(0), [channels, height * width]), [2, 1]);
};

/** [H·W,C] → [C,H,W] */
const toImage: Exporter = (site) => {
  const channels = site.inputs[0]!.shape[1]!;
  return reshaped(site, turned(site, site.operand(0), [2, 1]), [channels, ...sizeAt(site.attributes, 'size')]);
};

/** [g·k,H,W] → [g,k,H,W] → [k,g,H,W] → [k·g,H,W] */
const channelShuffle: Exporter = (site) => {
  const { shape } = site.inputs[0]!;
  const [channels, ...size] = shape as [number, number, number];
  const groups = numberOf(site.attributes, 'groups');
  const apart = reshaped(site, site.operand(0), [groups, channels / groups, ...size]);
  return reshaped(site, turned(site, apart, [2, 1, 3, 4]), shape);
};

const pixelShuffle: Exporter = (site) =>
  site.emit('DepthToSpace', [site.operand(0)], {
    blocksize: int(numberOf(site.attributes, 'factor')),
    mode: text('CRD'),
  });

/** [C,H·f,W·f] → [C,H,f,W,f] → [C,f,f,H,W] → [C·f²,H,W]; SpaceToDepth would have its channels in another order. */
const pixelUnshuffle: Exporter = (site) => {
  const [channels, height, width] = site.inputs[0]!.shape as [number, number, number];
  const factor = numberOf(site.attributes, 'factor');
  const apart = reshaped(site, site.operand(0), [channels, height / factor, factor, width / factor, factor]);
  return reshaped(site, turned(site, apart, [1, 3, 5, 2, 4]), site.results[0]!.shape);
};

export const axes = {
  channel_shuffle: channelShuffle,
  flatten: (site) => site.emit('Flatten', [site.operand(0)], { axis: int(1) }),
  permute: (site) =>
    turned(
      site,
      site.operand(0),
      permute.axes!(site.attributes).map((axis) => axis + 1),
    ),
  pixel_shuffle: pixelShuffle,
  pixel_unshuffle: pixelUnshuffle,
  reshape: (site) => reshaped(site, site.operand(0), site.results[0]!.shape),
  to_image: toImage,
  tokens,
  transpose: (site) => turned(site, site.operand(0), site.inputs[0]!.shape.length === 3 ? [1, 3, 2] : [2, 1]),
} satisfies Record<string, Exporter>;
