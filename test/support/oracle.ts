// The goldens: networks that PyTorch 1.13 computed in f64. Their weights and inputs are a formula of the tensor's number and the
// element's, so that test/fixtures/oracle/*.json holds shapes and results only.

import { readFileSync } from 'node:fs';
import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { formatShape, sameShape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { centred, inputOf, unit } from './formula.ts';

/** The networks that have a golden. `_d2l`: the book's; `_imagenet`: torchvision's. */
export const oracleNames = [
  'alexnet_d2l',
  'alexnet_imagenet',
  'densenet_d2l',
  'googlenet_d2l',
  'googlenet_imagenet',
  'lenet',
  'lenet_bn',
  'nin_d2l',
  'resnet18_d2l',
  'resnet18_imagenet',
  'vgg11_d2l',
  'vgg11_imagenet',
] as const;
export type OracleName = (typeof oracleNames)[number];

export interface Oracle {
  readonly name: string;
  /** `[N, C, H, W]` */
  readonly input: Shape;
  /** Without running statistics. */
  readonly params: number;
  /** Per image; convolutions and dense layers, no biases. */
  readonly macs: number;
  /** PyTorch's name and shape of every tensor, in PyTorch's order. */
  readonly tensors: readonly (readonly [name: string, shape: Shape])[];
  /** Module name, type and output shape (with the batch axis), in the order of execution. */
  readonly layers: readonly (readonly [name: string, type: string, output: Shape])[];
  /** The forward pass in f64, row-major, to nine digits. */
  readonly output: readonly number[];
  readonly output_shape: Shape;
  /** max |Δ| / max |y| of PyTorch's own f32 pass. */
  readonly torch_f32_rel_err: number;
}

export interface OracleTensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}

export function loadOracle(name: OracleName): Oracle {
  return JSON.parse(readFileSync(new URL(`../fixtures/oracle/${name}.json`, import.meta.url), 'utf8')) as Oracle;
}

/** Every tensor by its PyTorch name, in order. */
export function oracleWeights(oracle: Oracle): Map<string, OracleTensor> {
  const normalised = new Set(
    oracle.tensors.filter(([name]) => name.endsWith('.running_var')).map(([name]) => parentOf(name)),
  );
  return new Map(
    oracle.tensors.map(([name, shape], k) => {
      const part = name.slice(parentOf(name).length + 1);
      const isScale = part === 'running_var' || (part === 'weight' && normalised.has(parentOf(name)));
      const data = isScale
        ? unit(k, sizeOf(shape)).map((u) => u + 0.5)
        : centred(k, sizeOf(shape), part === 'weight' ? Math.sqrt(6 / sizeOf(shape.slice(1))) : 0.1);
      return [name, { shape, data }];
    }),
  );
}

/** The input batch of the golden, `[N, C, H, W]` row-major. */
export function oracleInput(oracle: Oracle): Float32Array {
  return inputOf(sizeOf(oracle.input));
}

/**
 * The oracle's tensors under the graph's parameter names: the first to the first, and so on, as `--match order` pairs them.
 * Throws when the numbers of tensors or two shapes differ.
 */
export function assignByOrder(graph: Graph, oracle: Oracle): Map<string, OracleTensor> {
  const tensors = [...oracleWeights(oracle)];
  const paired = graph.parameters.map(({ name, value }, index): [string, OracleTensor] => {
    const { shape } = typeOf(graph, value);
    const [theirs, tensor] = tensors[index] ?? ['nothing', undefined];
    if (!tensor || !sameShape(shape, tensor.shape)) {
      const found = tensor ? ` ${formatShape(tensor.shape)}` : '';
      throw new Error(`tensor ${index}: ${name} ${formatShape(shape)} meets ${theirs}${found} of ${oracle.name}`);
    }
    return [name, tensor];
  });
  if (tensors.length > paired.length) {
    throw new Error(`${oracle.name} has ${tensors.length} tensors, the graph ${paired.length}`);
  }
  return new Map(paired);
}

function parentOf(name: string): string {
  return name.slice(0, name.lastIndexOf('.'));
}
