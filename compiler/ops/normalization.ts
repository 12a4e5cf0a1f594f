// What layer, group, instance and root-mean-square normalisation share: (x − μ) / √(σ² + ε) with the mean and the biased variance of
// the numbers that are normalised together, which are of the same image; then a learned factor and summand. Statistics do not count in
// receptive fields, which are those of the pixels themselves.

import type { Attributes, ValueId } from '../ir/graph.ts';
import type { AttributeSpec, GradientSite, Normalization, Operator, ParameterSpec, Tensor } from '../ir/operator.ts';
import { sameShape, sizeOf } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { flagOf } from './attributes.ts';
import { axesOf } from './axes.ts';
import { normalized } from './normalized.ts';
import { unbroadcast } from './unbroadcast.ts';

export const epsilonSpec: AttributeSpec = {
  type: 'float',
  default: 1e-5,
  minimum: 0,
};

/** Whether a learned factor, and a summand, follow. */
export const affineSpec = (byDefault: boolean): AttributeSpec => ({ type: 'bool', default: byDefault });

export interface NormalizationOperator extends Pick<
  Operator,
  'name' | 'attributes' | 'constraints' | 'elsewhere' | 'describe'
> {
  /** Checks the input; false after reporting. */
  readonly check: (...rule: Parameters<Operator['infer']>) => boolean;
  readonly normalizes: (attributes: Attributes, input: TensorType) => Normalization;
  /** Whether a summand belongs to the factor. */
  readonly bias: boolean;
  /** Whether these are a number for each of the map, instead of one per channel. */
  readonly perElement?: (attributes: Attributes) => boolean;
}

/** Any flow → the same; attributes have `affine`. Parameters: weight, [bias]: [C], or the shape of the whole map. */
export function defineNormalization({
  check,
  normalizes,
  bias,
  perElement = () => false,
  ...rest
}: NormalizationOperator): Operator {
  const parameterShape = (attributes: Attributes, input: TensorType): Shape =>
    perElement(attributes) ? input.shape : [channelsIn(input)];
  return {
    ...rest,
    infer: (inputs, attributes, report) => (check(inputs, attributes, report) ? inputs.slice(0, 1) : undefined),
    parameters(attributes, [input]) {
      if (!flagOf(attributes, 'affine')) return [];
      const shape = parameterShape(attributes, input!);
      const weight: ParameterSpec = {
        name: 'weight',
        shape,
        role: 'parameter',
        initial: { kind: 'constant', value: 1 },
      };
      return bias ? [weight, { ...weight, name: 'bias', initial: { kind: 'constant', value: 0 } }] : [weight];
    },
    // x [N,C,…] · weight, bias [C] or [C,…] → y as x
    reference([x, weight, summand], attributes, [input]) {
      const data = normalized(x!.data, input!, normalizes(attributes, input!));
      return [{ shape: x!.shape, data: scaled(data, input!, weight, summand) }];
    },
    normalizes: (attributes, [input]) => normalizes(attributes, input!),
    lowering: { kind: 'normalization' },
    gradient: gradientOf(rest.name, normalizes),
  };
}

const channelAxis = ({ shape }: TensorType): number => axesOf(shape, 'channels')![0]!;
const channelsIn = (type: TensorType): number => type.shape[channelAxis(type)]!;

function scaled(
  data: Float64Array,
  input: TensorType,
  weight: Tensor | undefined,
  bias: Tensor | undefined,
): Float64Array {
  if (!weight) return data;
  const isWhole = sameShape(weight.shape, input.shape);
  const size = sizeOf(input.shape);
  const inner = sizeOf(input.shape.slice(channelAxis(input) + 1));
  return data.map((value, index) => {
    const at = isWhole ? index % size : Math.floor(index / inner) % channelsIn(input);
    return value * weight.data[at]! + (bias?.data[at] ?? 0);
  });
}

function gradientOf(name: string, normalizes: NormalizationOperator['normalizes']): NonNullable<Operator['gradient']> {
  return (site: GradientSite) => {
    const { apply, attributes, operands, upstream, typeOf, needs } = site;
    const [value, weight, bias] = operands as [ValueId, ValueId?, ValueId?];
    const type = typeOf(value);
    const [dy] = upstream as [ValueId];
    const isVector = weight !== undefined && typeOf(weight).shape.length === 1;
    const before = (): ValueId => {
      if (weight === undefined) return dy;
      return isVector ? apply('scale', [dy], { bias: false }, [weight]) : apply('mul', [dy, weight]);
    };
    const sumOf = (term: ValueId, parameter: ValueId): ValueId =>
      isVector ? apply('channel_sum', [term]) : unbroadcast(site, term, typeOf(parameter));
    const normal = (): ValueId => apply(name, [value], { ...attributes, affine: false });
    const weightGradient = (): ValueId =>
      isVector ? apply('product_sum', [dy, normal()]) : sumOf(apply('mul', [dy, normal()]), weight!);
    const { over, groups, centred, epsilon } = normalizes(attributes, type);
    return [
      needs(0) ? apply('normalization_gradient', [before(), value], { over, groups, centred, epsilon }) : undefined,
      ...(weight === undefined ? [] : [needs(1) ? weightGradient() : undefined]),
      ...(bias === undefined ? [] : [needs(2) ? sumOf(dy, bias) : undefined]),
    ];
  };
}
