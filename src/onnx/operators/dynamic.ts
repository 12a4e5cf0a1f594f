// Values whose scale follows from themselves, as onnxruntime's dynamic quantisation writes them: DynamicQuantizeLinear, and products of
// whole numbers that are scaled behind. They are not rounded here: a value is its own code, of scale 1 and zero point 0, so that products
// and sums are those of the model before it was quantised, with weights of 8 bits.

import { constantOf } from '../constant.ts';
import type { Constant } from '../constant.ts';
import type { Flow } from '../flow.ts';
import { refuse } from '../problem.ts';
import type { Importer, Site } from '../site.ts';
import { convolutions } from './convolutions.ts';
import { dense } from './dense.ts';
import { dequantized, withOperands } from './quantized.ts';

/** The codes, their scale and their zero point. */
const dynamicQuantizeLinear: Importer = (site) => {
  site.note('values that the file quantises by their own extremes are computed in f32');
  return [
    { ...site.flow(0), codes: { scale: 1, zero: 0 } },
    constantOf('', [], 'float', () => Float32Array.of(1)),
    constantOf('', [], 'uint8', () => Float64Array.of(0)),
  ];
};

/** Operands: values, weight, their zero points. */
const ofIntegers =
  (axis: number, importer: Importer): Importer =>
  (site) => {
    const weight = withoutZero(site, site.constant(1, 'the weight'), axis);
    const { codes, ...values } = site.flow(0);
    const zero = site.optionalConstant(2, 'a zero point')?.data[0] ?? 0;
    if (codes?.scale !== 1 || codes.zero !== zero)
      return refuse('it computes with codes of 8 bits that have a fixed scale', 'quantise with QDQ nodes in its place');
    return [importer(withOperands(site, [values, weight]))[0] as Flow];
  };

/** The weight less its zero point, or those of its channels along `axis`. */
function withoutZero(site: Site, weight: Constant, axis: number): Constant {
  const zero = site.optionalConstant(3, 'the zero point of the weight');
  const ones = constantOf('', zero?.dims ?? [], 'float', () => new Float32Array(zero?.data.length ?? 1).fill(1));
  return dequantized(site, weight, ones, zero, axis);
}

export const dynamic = {
  DynamicQuantizeLinear: dynamicQuantizeLinear,
  ConvInteger: ofIntegers(0, convolutions.Conv),
  MatMulInteger: ofIntegers(-1, dense.MatMul),
} satisfies Record<string, Importer>;
