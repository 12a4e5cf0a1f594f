// The part of tfjs that is used here, written down so that type checks do not need the package.

import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import type { Activation } from './fuse.ts';

export type Pair = readonly [number, number];
/** Before and after, for each of [N,H,W,C]. */
export type Padding = readonly [Pair, Pair, Pair, Pair];

export interface Tensor {
  readonly rank: number;
  readonly shape: Shape;
  dataSync(): Float32Array;
  dispose(): void;
}

interface FusedConvolution {
  readonly x: Tensor;
  readonly filter: Tensor;
  readonly strides: Pair;
  readonly pad: Padding;
  readonly dataFormat: 'NHWC';
  readonly dilations: Pair;
  readonly bias?: Tensor;
  readonly activation: Activation;
}

interface FusedMatMul {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly bias?: Tensor;
  readonly activation: Activation;
}

export interface Tfjs {
  enableProdMode(): void;
  setBackend(name: string): Promise<boolean>;
  getBackend(): string;
  ready(): Promise<void>;
  env(): { getAsync(flag: string): Promise<boolean> };
  tidy(body: () => Tensor): Tensor;
  keep(x: Tensor): Tensor;
  tensor(data: Float32Array, shape: Shape): Tensor;
  transpose(x: Tensor, order: readonly number[]): Tensor;
  reshape(x: Tensor, shape: Shape): Tensor;
  pad(x: Tensor, padding: Padding): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor): Tensor;
  scalar(value: number): Tensor;
  square(x: Tensor): Tensor;
  rsqrt(x: Tensor): Tensor;
  erf(x: Tensor): Tensor;
  split(x: Tensor, parts: number, axis: number): Tensor[];
  addN(operands: Tensor[]): Tensor;
  concat(operands: Tensor[], axis: number): Tensor;
  mean(x: Tensor, axes: readonly number[], keepAxes: boolean): Tensor;
  relu(x: Tensor): Tensor;
  relu6(x: Tensor): Tensor;
  clipByValue(x: Tensor, minimum: number, maximum: number): Tensor;
  sigmoid(x: Tensor): Tensor;
  softmax(x: Tensor): Tensor;
  localResponseNormalization(x: Tensor, radius: number, bias: number, alpha: number, beta: number): Tensor;
  maxPool(x: Tensor, kernel: Pair, stride: Pair, padding: Padding): Tensor;
  avgPool(x: Tensor, kernel: Pair, stride: Pair, padding: 'valid'): Tensor;
  batchNorm(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    offset: Tensor | undefined,
    scale: Tensor | undefined,
    epsilon: number,
  ): Tensor;
  readonly fused: {
    conv2d(options: FusedConvolution): Tensor;
    depthwiseConv2d(options: FusedConvolution): Tensor;
    matMul(options: FusedMatMul): Tensor;
  };
}
