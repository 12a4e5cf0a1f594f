// Pools, and what undoes them.

import { flagOf, numberOf, sizeAt } from '../../../../compiler/ops/attributes.ts';
import { windowOf } from '../../../../compiler/ops/window.ts';
import type { Code } from '../code.ts';
import { hole, py } from '../code.ts';
import { pair } from '../python.ts';
import { formula } from './form.ts';
import type { FormOf, Site } from './form.ts';
import { isEven, overhang, padded, sidesOf } from './windows.ts';
import type { Sides } from './windows.ts';

export const maxPool: FormOf = (site) =>
  formula((x) =>
    isPlain(site)
      ? py`F.max_pool2d(${x!}, ${windowText(site)}${plainText(site)})`
      : py`F.max_pool2d(${padded(x!, wholeSides(site), 'float("-inf")')}, ${windowText(site)})`,
  );

export const avgPool: FormOf = (site) => {
  const counts = flagOf(site.attributes, 'count_padding');
  const sides = sidesOf(windowOf(site.attributes));
  if (isPlain(site)) {
    const isPadded = sides.some((side) => side > 0);
    return formula(
      (x) =>
        py`F.avg_pool2d(${x!}, ${windowText(site)}${plainText(site)}${isPadded && !counts ? ', count_include_pad=False' : ''})`,
    );
  }
  return formula(
    (x) =>
      py`mean_of_windows(${x!}, ${windowText(site)}, padding=${hole('padding', sides)}, overhang=${hole('overhang', overhang(site.attributes, site.inputs[0]!.shape))}, count_padding=${hole('count_padding', counts)})`,
  );
};

export const lpPool: FormOf = (site) => {
  const p = numberOf(site.attributes, 'p');
  return formula(
    (x) =>
      py`F.avg_pool2d(${powerText(x!, p, wholeSides(site))}, ${windowText(site)}, divisor_override=1)${p === 1 ? '' : py`.pow(1 / ${hole('p', p)})`}`,
  );
};

const powerText = (x: string, p: number, sides: Sides): Code =>
  p === 1 ? py`${padded(x, sides)}.abs()` : py`${padded(x, sides)}.abs().pow(${hole('p', p)})`;

export const maxUnpool: FormOf = (site) => {
  // The second operand is what was pooled.
  const pooled = { ...site, inputs: site.inputs.slice(1) };
  return formula(
    (values, x) =>
      py`max_unpool(${values!}, ${x!}, ${windowText(pooled)}, padding=${hole('padding', wholeSides(pooled))})`,
  );
};

export const roiPool: FormOf = ({ attributes }) =>
  formula(
    (x, regions) =>
      py`roi_pool(${x!}, ${regions!}, ${hole('size', pair(sizeAt(attributes, 'size')))}, ${hole('scale', numberOf(attributes, 'scale'))})`,
  );

export const roiAlign: FormOf = ({ attributes }) =>
  formula(
    (x, regions) =>
      py`roi_align(${x!}, ${regions!}, ${hole('size', pair(sizeAt(attributes, 'size')))}, ${hole('scale', numberOf(attributes, 'scale'))}, sampling=${hole('sampling', numberOf(attributes, 'sampling'))}, aligned=${hole('aligned', flagOf(attributes, 'aligned'))})`,
  );

export const globalAvgPool: FormOf = () => formula((x) => [`${x}.mean((2, 3), keepdim=True)`]);
export const globalMaxPool: FormOf = () => formula((x) => [`${x}.amax((2, 3), keepdim=True)`]);

export const adaptiveAvgPool: FormOf = ({ attributes }) =>
  formula((x) => py`F.adaptive_avg_pool2d(${x!}, ${hole('size', pair(sizeAt(attributes, 'size')))})`);
export const adaptiveMaxPool: FormOf = ({ attributes }) =>
  formula((x) => py`F.adaptive_max_pool2d(${x!}, ${hole('size', pair(sizeAt(attributes, 'size')))})`);

/** Whether PyTorch's own padding will do: the same on both sides, and at most half of the window. */
function isPlain({ attributes }: Site): boolean {
  const window = windowOf(attributes);
  const { padding, kernel } = window;
  return isEven(sidesOf(window)) && kernel.every((extent, axis) => 2 * padding[axis]! <= extent);
}

/** Padding and what windows overhang, together. */
function wholeSides({ attributes, inputs: [input] }: Site): Sides {
  const sides = sidesOf(windowOf(attributes));
  const more = overhang(attributes, input!.shape);
  return sides.map((side, at) => side + more[at]!) as unknown as Sides;
}

/** `3, stride=2` */
function windowText({ attributes }: Site): Code {
  const { kernel, stride, dilation } = windowOf(attributes);
  return py`${hole('kernel_size', pair(kernel))}${pairOption('stride', stride, kernel)}${pairOption('dilation', dilation, [1, 1])}`;
}

/** `, padding=1, ceil_mode=True` */
function plainText({ attributes }: Site): Code {
  const { padding } = windowOf(attributes);
  return py`${pairOption('padding', padding.slice(0, 2), [0, 0])}${flagOf(attributes, 'ceil') ? ', ceil_mode=True' : ''}`;
}

function pairOption(name: string, value: readonly number[], usual: readonly number[]): Code {
  return value.every((extent, at) => extent === usual[at]) ? [] : py`, ${name}=${hole(name, pair(value))}`;
}
