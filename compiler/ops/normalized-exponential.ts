// What softmax and log_softmax share: they work along the channels of each pixel, or along another axis, or on the whole map.

import type { Attributes, ValueId } from '../ir/graph.ts';
import type { GradientSite, Operator } from '../ir/operator.ts';
import { isChannelAxis, sizeOf } from '../ir/tensor-type.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { wordOf } from './attributes.ts';
import { axesOf, axisSpec, noSuchAxis, windowOver } from './axes.ts';
import { isAnyFlow, notAnyFlow, sentences } from './limits.ts';
import { step } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { defineSoftmaxGradient } from './softmax-gradient.ts';

export interface NormalizedExponential extends Pick<Operator, 'name' | 'range'> {
  readonly logarithm: boolean;
  /** From x − max and Σ exp(x − max). */
  readonly value: (shifted: number, sum: number) => number;
}

const overOf = (attributes: Attributes): string => wordOf(attributes, 'over');

/** softmax or log_softmax along an axis. x [N,C,…] → y [N,C,…] */
export function defineNormalizedExponential({ logarithm, value, ...rest }: NormalizedExponential): Operator {
  const { name } = rest;
  const backward = defineSoftmaxGradient(name, logarithm);
  return {
    ...rest,
    attributes: { over: axisSpec },
    constraints: { C1: sentences.anyFlow(name), C2: `\`over\` must name an axis of the input of \`${name}\`` },
    infer([input], attributes, report) {
      const { shape } = input!;
      if (!isAnyFlow(shape)) return report('C1', notAnyFlow(shape));
      return axesOf(shape, overOf(attributes)) ? [input!] : report('C2', noSuchAxis(shape, overOf(attributes), 'over'));
    },
    // x [N,C,…] → y [N,C,…]
    reference([x], attributes, [input]) {
      const { extent, inner } = rowsOver(input!.shape, overOf(attributes));
      const data = new Float64Array(x!.data.length);
      for (let row = 0; row < data.length / extent; row += 1) {
        const start = Math.floor(row / inner) * extent * inner + (row % inner);
        const end = start + extent * inner;
        let [largest, sum] = [-Infinity, 0];
        for (let at = start; at < end; at += inner) largest = Math.max(largest, x!.data[at]!);
        for (let at = start; at < end; at += inner) sum += Math.exp(x!.data[at]! - largest);
        for (let at = start; at < end; at += inner) data[at] = value(x!.data[at]! - largest, sum);
      }
      return [{ shape: x!.shape, data }];
    },
    window: (attributes, [input]) => windowOver(input!.shape, overOf(attributes)),
    describe: (attributes) => (overOf(attributes) === 'channels' ? name : `${name} over ${overOf(attributes)}`),
    lowering: { kind: 'softmax', logarithm },
    companions: [backward],
    gradient: (site) => [
      isChannelAxis(overOf(site.attributes))
        ? site.apply(backward.name, [site.upstream[0]!, site.results[0]!])
        : gradientOver(site, logarithm),
    ],
  };
}

/** Examples of their rules. */
export const normalizedExponentialExamples: RuleExamples = (name) => ({
  C1: { explanation: 'Every value of the language has such axes, so that no file can break this rule.' },
  C2: step('A list of features has one axis.', '[8]', `${name}(over: height)`, `${name}(over: features)`),
});

/** How many numbers belong together, and how far these are apart. */
function rowsOver(shape: Shape, over: string): { readonly extent: number; readonly inner: number } {
  if (over === 'map') return { extent: sizeOf(shape), inner: 1 };
  const axis = axesOf(shape, over)![0]!;
  return { extent: shape[axis]!, inner: sizeOf(shape.slice(axis + 1)) };
}

/** y · (dy − Σ dy · y), or dy − eʸ · Σ dy, the sums along the axis. */
function gradientOver({ apply, attributes, results: [y], upstream: [dy] }: GradientSite, logarithm: boolean): ValueId {
  const total = (value: ValueId): ValueId => apply('reduce', [value], { operation: 'sum', over: overOf(attributes) });
  if (logarithm) return apply('sub', [dy!, apply('mul', [apply('exp', [y!]), total(dy!)])]);
  return apply('mul', [y!, apply('sub', [dy!, total(apply('mul', [dy!, y!]))])]);
}
