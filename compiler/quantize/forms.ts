// Which nodes have a form on codes, seen each by itself.

import type { Attributes, Graph, Node, ValueId } from '../ir/graph.ts';
import type { Operator, OperatorTable } from '../ir/operator.ts';
import type { Resampling } from '../ir/resampling.ts';
import { dataCount, dataTypes, operatorOf, typeOf } from '../ir/signature.ts';
import { formatShape, sameShape, sizeOf } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { poolAxes } from '../ops/pool-windows.ts';
import { blendOf } from '../ops/quantized/quantized-resample.ts';
import { outputExtent } from '../ops/window.ts';
import type { Phases } from './phases.ts';
import { phasesOf } from './phases.ts';

/** What a node becomes where its operands are codes. */
export type Form =
  /** A convolution, transposed or not, a dense layer, or a factor per channel as a 1×1 convolution of each by itself. */
  | {
      readonly kind: 'layer';
      readonly op: 'quantized_conv' | 'quantized_dense';
      readonly attributes: Attributes;
      readonly phases?: Phases;
    }
  /** A sum of operands in that order, those that repeat over the pixels of a channel last. */
  | { readonly kind: 'sum'; readonly operands: readonly { readonly at: number; readonly sign: 1 | -1 }[] }
  | { readonly kind: 'product'; readonly swaps: boolean }
  | {
      readonly kind: 'mean';
      readonly op: 'quantized_mean' | 'quantized_resample';
      readonly attributes: Attributes;
      readonly count: number;
    }
  | { readonly kind: 'pointwise' }
  | { readonly kind: 'moves' };

export interface FormContext {
  readonly graph: Graph;
  readonly operators: OperatorTable;
  /** Whether a value is known when a module loads. */
  isPrepared(value: ValueId): boolean;
}

/** The node's form; or why it has none, as the end of a sentence about it. */
export function formOf(node: Node, { graph, operators, isPrepared }: FormContext): Form | string {
  const operator = operatorOf(operators, node.op);
  const types = dataTypes(graph, node, operator);
  const count = dataCount(operator, node.operands.length);
  if (node.operands.slice(0, count).some((value) => isPrepared(value)) || types.some(({ batched }) => !batched))
    return 'an operand is not computed of the images';
  if (!node.operands.slice(count).every((value) => isPrepared(value))) return 'its weights are computed in each pass';
  const { lowering } = operator;
  const result = typeOf(graph, node.results[0]!);
  switch (lowering?.kind) {
    case 'convolution':
      return convolutionForm(node, operator, types[0]!, result.shape);
    case 'transposed-convolution': {
      const made = phasesOf(node.attributes, types[0]!.shape, result.shape);
      return typeof made === 'string' ? made : { kind: 'layer', op: 'quantized_conv', ...made };
    }
    case 'dense':
      if (types[0]!.shape.length !== 1) return 'its operand is tokens';
      return { kind: 'layer', op: 'quantized_dense', attributes: { features: result.shape[0]! } };
    case 'arithmetic':
      return arithmeticForm(lowering.operation, types);
    case 'pool':
      if (lowering.reduces === 'mean')
        return meanForm(node.attributes, lowering.windows, types[0]!.shape, result.shape);
      break;
    case 'upsample':
    case 'resample':
      return operator.takes?.(node.attributes) === 'moves'
        ? { kind: 'moves' }
        : blendForm(operator.resampling!(node.attributes, types));
    case 'pointwise':
      if (node.operands.length === 1) return { kind: 'pointwise' };
      return perChannelForm(operator, node, types[0]!.shape);
    default:
  }
  return operator.takes?.(node.attributes) === 'moves' ? { kind: 'moves' } : `${node.op} has no form on codes`;
}

function convolutionForm(node: Node, operator: Operator, input: TensorType, result: Shape): Form {
  const { kernel, stride, padding, dilation } = operator.window!(node.attributes, [input]);
  const groups = operator.groups!(node.attributes, [input]);
  const attributes = { channels: result[0]!, kernel, stride, padding, dilation, groups };
  return { kind: 'layer', op: 'quantized_conv', attributes };
}

/** A factor and, where it has one, a summand for each channel of a map. */
function perChannelForm({ name, parameters }: Operator, { operands }: Node, shape: Shape): Form | string {
  if (name !== 'scale' || !parameters) return 'its numbers per channel have no form on codes';
  if (shape.length !== 3 || operands.length < 2) return 'its operand is no image';
  return {
    kind: 'layer',
    op: 'quantized_conv',
    attributes: { channels: shape[0]!, kernel: [1, 1], groups: shape[0]! },
  };
}

function arithmeticForm(operation: string, types: readonly TensorType[]): Form | string {
  const shapes = types.map(({ shape }) => shape);
  switch (operation) {
    case 'add':
    case 'sub':
      return sumForm(shapes, operation);
    case 'mul': {
      const [a, b, ...others] = shapes;
      if (!a || !b || others.length > 0) return `it has ${types.length} operands, not two`;
      if (sameShape(a, b) || repeats(a, b)) return { kind: 'product', swaps: false };
      return repeats(b, a) ? { kind: 'product', swaps: true } : shapesText(shapes);
    }
    default:
      return `${operation} has no form on codes`;
  }
}

function sumForm(shapes: readonly Shape[], operation: 'add' | 'sub'): Form | string {
  const whole = shapes.reduce((largest, shape) => (sizeOf(shape) > sizeOf(largest) ? shape : largest));
  if (!shapes.every((shape) => sameShape(shape, whole) || repeats(whole, shape))) return shapesText(shapes);
  const operands = shapes.map((shape, at) => {
    const sign = operation === 'sub' && at > 0 ? -1 : 1;
    return { at, sign, isWhole: sameShape(shape, whole) } as const;
  });
  const inOrder = [...operands.filter(({ isWhole }) => isWhole), ...operands.filter(({ isWhole }) => !isWhole)];
  return { kind: 'sum', operands: inOrder.map(({ at, sign }) => ({ at, sign })) };
}

const shapesText = (shapes: readonly Shape[]): string => `its operands are ${shapes.map(formatShape).join(' and ')}`;

function blendForm(resampling: Resampling): Form | string {
  if (resampling.mode !== 'bilinear') return 'it blends sixteen pixels';
  const blend = blendOf(resampling);
  if (!blend) return 'its weights are too small parts of 1';
  return { kind: 'mean', op: 'quantized_resample', attributes: blend.attributes, count: blend.parts };
}

const repeats = (map: Shape, factor: Shape): boolean =>
  map.length === 3 && sameShape(factor, [map[0]!, 1, 1]) && sizeOf(map) > sizeOf(factor);

function meanForm(
  attributes: Attributes,
  windows: 'sliding' | 'adaptive' | 'global',
  input: Shape,
  result: Shape,
): Form | string {
  if (windows === 'sliding') {
    const { kernel, stride, padding, ceil } = attributes as Readonly<Record<string, readonly number[]>>;
    const window = { kernel: kernel!, stride: stride!, padding: padding! };
    const whole = poolAxes({ ...attributes, ceil: false }, input).map(outputExtent);
    const overhangs = !sameShape(whole, result.slice(1));
    const isInside = attributes['count_padding'] === false && padding!.some((extent) => extent > 0);
    if (!overhangs && !isInside)
      return { kind: 'mean', op: 'quantized_mean', attributes: window, count: sizeOf(kernel!) };
    const counts = attributes['count_padding'] === false ? 'inside' : 'padded';
    return { kind: 'mean', op: 'quantized_mean', attributes: { ...window, ceil: ceil!, counts }, count: 1 };
  }
  const kernel = [input[1]! / result[1]!, input[2]! / result[2]!];
  if (!kernel.every((extent) => Number.isInteger(extent))) return 'its windows have different counts';
  return {
    kind: 'mean',
    op: 'quantized_mean',
    attributes: { kernel, stride: kernel, padding: [0, 0, 0, 0] },
    count: sizeOf(kernel),
  };
}
