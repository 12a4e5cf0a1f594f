// The part of jax-js that is used here, written down so that type checks do not need the package. Functions take ownership of their
// arrays; `ref` is one reference more.

export interface JaxArray {
  readonly ref: JaxArray;
  readonly shape: readonly number[];
  reshape(shape: readonly number[]): JaxArray;
  transpose(): JaxArray;
  add(other: JaxArray): JaxArray;
  sub(other: JaxArray): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  neg(): JaxArray;
  sum(): JaxArray;
  mean(axes: readonly number[]): JaxArray;
  data(): Promise<Float32Array>;
  dispose(): void;
}

type Loss = (values: JaxArray[], images: JaxArray, targets: JaxArray) => JaxArray;
export type Step = (values: JaxArray[], images: JaxArray, targets: JaxArray) => [JaxArray, JaxArray[]];

export interface Jax {
  init(device: 'wasm'): Promise<readonly string[]>;
  defaultDevice(device: 'wasm'): string;
  jit(step: Step): Step;
  valueAndGrad(loss: Loss): Step;
  blockUntilReady(arrays: JaxArray[]): Promise<JaxArray[]>;
  readonly numpy: {
    readonly int32: unknown;
    array(data: Float32Array | Int32Array, options?: { readonly dtype: unknown }): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
  };
  readonly nn: {
    oneHot(classes: JaxArray, count: number): JaxArray;
    logSoftmax(x: JaxArray): JaxArray;
    sigmoid(x: JaxArray): JaxArray;
  };
  readonly lax: {
    convGeneralDilated(
      x: JaxArray,
      filter: JaxArray,
      stride: readonly number[],
      padding: readonly (readonly [number, number])[],
      options: { readonly rhsDilation: readonly number[] },
    ): JaxArray;
  };
}
