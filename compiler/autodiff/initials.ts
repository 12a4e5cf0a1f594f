// How the tensors of a network start. Uniform and normal numbers with the spread of X. Glorot and Y. Bengio, "Understanding the
// difficulty of training deep feedforward neural networks", 2010 (xavier), and of K. He et al., "Delving deep into rectifiers",
// 2015 (kaiming), as PyTorch computes it; the defaults are those of PyTorch's layers. Bilinear enlargement: J. Long et al., "Fully
// convolutional networks for semantic segmentation", 2015, as Dive into Deep Learning has it (14.11).

import type { InitialTensor } from '../../runtime/abi.ts';
import type { Graph, Initial, Parameter } from '../ir/graph.ts';
import { typeOf } from '../ir/signature.ts';
import type { Init } from './recipe.ts';

type Fan = Extract<Initial, { kind: 'he' }>;
type Spread = { readonly bound: number } | { readonly deviation: number };

/**
 * In the order of the network's parameters. Weights of convolutions and dense layers spread as `init` says, their biases uniformly
 * within ±1/√(inputs of a neuron), and whatever begins with a constant (batch norm, prelu) keeps that.
 */
export function initialTensors(graph: Graph, init: Init): readonly InitialTensor[] {
  return graph.parameters.map((parameter) => {
    const { name, initial } = parameter;
    const bilinear = init.isBilinear ? enlargement(graph, parameter) : undefined;
    if (bilinear) return { name, bilinear };
    if (initial.kind === 'he') return { name, ...spreadOf(init, initial) };
    const fan = fanOfBias(graph, parameter);
    return { name, ...(fan ? spreadOf({ kind: 'default' }, fan) : { value: initial.value }) };
  });
}

/** The shape of the weights of a transposed convolution that keeps the number of channels. */
function enlargement(graph: Graph, { value }: Parameter): readonly [number, number, number, number] | undefined {
  const node = graph.nodes.find(({ op, operands }) => op === 'conv_transpose' && operands[1] === value);
  if (!node) return undefined;
  const [inputs, share, height, width] = typeOf(graph, value).shape as readonly [number, number, number, number];
  return typeOf(graph, node.results[0]!).shape[0] === inputs ? [inputs, share, height, width] : undefined;
}

/** Of the weights to whose results a bias is added. Batch norm has none, and keeps its constants. */
function fanOfBias(graph: Graph, { value, role }: Parameter): Fan | undefined {
  if (role !== 'parameter') return undefined;
  const node = graph.nodes.find(({ operands }) => operands.includes(value));
  for (const { value: other, initial } of graph.parameters)
    if (initial.kind === 'he' && node?.operands.includes(other)) return initial;
  return undefined;
}

function spreadOf(init: Init, { fanIn, fanOut }: Fan): Spread {
  switch (init.kind) {
    case 'default':
      return { bound: Math.sqrt(1 / fanIn) };
    case 'xavier_uniform':
      return { bound: Math.sqrt(6 / (fanIn + fanOut)) };
    case 'xavier_normal':
      return { deviation: Math.sqrt(2 / (fanIn + fanOut)) };
    case 'kaiming_uniform':
      return { bound: Math.sqrt(6 / fanIn) };
    case 'kaiming_normal':
      return { deviation: Math.sqrt(2 / fanIn) };
    case 'normal':
      return { deviation: init.deviation };
    default:
      return init satisfies never;
  }
}
