// How the weights of a training start. Uniform and normal numbers with the spread of X. Glorot and Y. Bengio, "Understanding the
// difficulty of training deep feedforward neural networks", 2010 (xavier), and of K. He et al., "Delving deep into rectifiers",
// 2015 (kaiming), as PyTorch computes it; the defaults are those of PyTorch's layers.

import type { Choice } from '../../compiler/frontend/sections/train.ts';
import type { Graph, Initial, Parameter } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { type RandomStream, streamFor } from '../data/random.ts';

type Fan = Extract<Initial, { kind: 'he' }>;

/**
 * All weights and buffers by their names, row-major. Each number follows from the seed, the place of its tensor among the parameters
 * and its own place in it. Weights of convolutions and dense layers are drawn as `init` says, their biases uniformly from
 * ±1/√(inputs of a neuron), and whatever begins with a constant (batch norm, prelu) keeps that.
 */
export function initialise(graph: Graph, init: Choice, seed: number): ReadonlyMap<string, Float32Array> {
  return new Map(
    graph.parameters.map((parameter, at) => {
      const data = new Float32Array(sizeOf(typeOf(graph, parameter.value).shape));
      const { initial } = parameter;
      const fan = initial.kind === 'he' ? initial : fanOfBias(graph, parameter);
      if (!fan) data.fill((initial as Extract<Initial, { kind: 'constant' }>).value);
      else {
        const draw = spread(initial.kind === 'he' ? init : { name: 'default', arguments: {} }, fan);
        const stream = streamFor('weights', seed, at, 0);
        for (let i = 0; i < data.length; i += 1) data[i] = draw(stream);
      }
      return [parameter.name, data];
    }),
  );
}

/** Of the weights to whose results a bias is added. Batch norm has none, and keeps its constants. */
function fanOfBias(graph: Graph, { value, role }: Parameter): Fan | undefined {
  if (role !== 'parameter') return undefined;
  const node = graph.nodes.find(({ operands }) => operands.includes(value));
  for (const { value: other, initial } of graph.parameters)
    if (initial.kind === 'he' && node?.operands.includes(other)) return initial;
  return undefined;
}

function spread({ name, arguments: given }: Choice, { fanIn, fanOut }: Fan): (stream: RandomStream) => number {
  const uniform =
    (bound: number) =>
    (stream: RandomStream): number =>
      stream.between(-bound, bound);
  const normal =
    (deviation: number) =>
    (stream: RandomStream): number =>
      deviation * stream.normal();
  switch (name) {
    case 'default':
      return uniform(Math.sqrt(1 / fanIn));
    case 'xavier_uniform':
      return uniform(Math.sqrt(6 / (fanIn + fanOut)));
    case 'xavier_normal':
      return normal(Math.sqrt(2 / (fanIn + fanOut)));
    case 'kaiming_uniform':
      return uniform(Math.sqrt(6 / fanIn));
    case 'kaiming_normal':
      return normal(Math.sqrt(2 / fanIn));
    case 'normal':
      return normal(given['deviation'] as number);
    default:
      throw new RangeError(`there is no way ${name} to start weights`);
  }
}
