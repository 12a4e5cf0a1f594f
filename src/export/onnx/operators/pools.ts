// Pooling in sliding windows and of whole maps, and the inverse of a maximum pool.

import { flagOf, numberOf } from '../../../../compiler/ops/attributes.ts';
import { windowOf } from '../../../../compiler/ops/window.ts';
import { flag, int, ints } from '../attributes.ts';
import type { Exporter, ExportSite, NamedAttributes } from '../site.ts';
import { windowAttributes } from './convolutions.ts';

/** ONNX drops a last window that would start behind the image, as the language does. */
const windows = ({ attributes }: ExportSite): NamedAttributes => ({
  ...windowAttributes(windowOf(attributes)),
  ceil_mode: flag(flagOf(attributes, 'ceil')),
});

const maxPool: Exporter = (site) =>
  site.emit('MaxPool', [site.operand(0)], {
    ...windows(site),
    dilations: ints(windowOf(site.attributes).dilation),
  });

const averagePool: Exporter = (site) =>
  site.emit('AveragePool', [site.operand(0)], {
    ...windows(site),
    count_include_pad: flag(flagOf(site.attributes, 'count_padding')),
  });

const lpPool: Exporter = (site) =>
  site.emit('LpPool', [site.operand(0)], { ...windows(site), p: int(numberOf(site.attributes, 'p')) });

/** The places of the largest numbers are those that MaxPool finds in the second operand. */
const maxUnpool: Exporter = (site) => {
  const [values, pooled] = [site.operand(0), site.operand(1)];
  const [, places] = site.emitAll('MaxPool', [pooled], windows(site), 2);
  const shape = site.emit('Shape', [pooled]);
  return site.emit('MaxUnpool', [values, places, shape], windowAttributes(windowOf(site.attributes)));
};

const whole =
  (opType: string): Exporter =>
  (site) =>
    site.emit(opType, [site.operand(0)]);

export const pools = {
  avg_pool: averagePool,
  global_avg_pool: whole('GlobalAveragePool'),
  global_max_pool: whole('GlobalMaxPool'),
  lp_pool: lpPool,
  max_pool: maxPool,
  max_unpool: maxUnpool,
} satisfies Record<string, Exporter>;
