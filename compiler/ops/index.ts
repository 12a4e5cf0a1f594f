// Every operator the compiler knows; a new one adds its line here.

import type { Operator, OperatorTable } from '../ir/operator.ts';
import { abs } from './abs.ts';
import { celu } from './celu.ts';
import { erf } from './erf.ts';
import { exp } from './exp.ts';
import { log } from './log.ts';
import { mish } from './mish.ts';
import { neg } from './neg.ts';
import { pow } from './pow.ts';
import { quantizedOperators } from './quantized/index.ts';
import { reciprocal } from './reciprocal.ts';
import { selu } from './selu.ts';
import { softplus } from './softplus.ts';
import { softsign } from './softsign.ts';
import { sqrt } from './sqrt.ts';
import { adaptiveAvgPool } from './adaptive-avg-pool.ts';
import { adaptiveMaxPool } from './adaptive-max-pool.ts';
import { add } from './add.ts';
import { attention } from './attention.ts';
import { avgPool } from './avg-pool.ts';
import { batchNorm } from './batch-norm.ts';
import { channelShuffle } from './channel-shuffle.ts';
import { channelSum } from './channel-sum.ts';
import { convInputGradient } from './conv-input-gradient.ts';
import { convWeightGradient } from './conv-weight-gradient.ts';
import { correct } from './correct.ts';
import { crossEntropy } from './cross-entropy.ts';
import { denseInputGradient, denseWeightGradient } from './dense-gradients.ts';
import { imageShare, perImage } from './per-image.ts';
import { absoluteError } from './absolute-error.ts';
import { binaryCorrect, binaryCrossEntropy } from './binary-cross-entropy.ts';
import { huber } from './huber.ts';
import { squaredError } from './squared-error.ts';
import { adadeltaStep, adagradSquare, rootScaled } from './root-scaled.ts';
import { sgdVelocity, sgdWeight } from './sgd.ts';
import { clip } from './clip.ts';
import { concat } from './concat.ts';
import { conv } from './conv.ts';
import { convTranspose } from './conv-transpose.ts';
import { crop } from './crop.ts';
import { dense } from './dense.ts';
import { depthwiseConv } from './depthwise-conv.ts';
import { div } from './div.ts';
import { dropout } from './dropout.ts';
import { whereLarger } from './extreme-gradients.ts';
import { elu } from './elu.ts';
import { flatten } from './flatten.ts';
import { gelu } from './gelu.ts';
import { globalAvgPool } from './global-avg-pool.ts';
import { globalMaxPool } from './global-max-pool.ts';
import { groupNorm } from './group-norm.ts';
import { hardSigmoid } from './hard-sigmoid.ts';
import { hardSwish } from './hard-swish.ts';
import { identity } from './identity.ts';
import { instanceNorm } from './instance-norm.ts';
import { inverseSqrt } from './inverse-sqrt.ts';
import { layerNorm } from './layer-norm.ts';
import { leakyRelu } from './leaky-relu.ts';
import { localResponseNorm } from './local-response-norm.ts';
import { logSoftmax } from './log-softmax.ts';
import { lpPool } from './lp-pool.ts';
import { matmul } from './matmul.ts';
import { maxPool } from './max-pool.ts';
import { maxUnpool } from './max-unpool.ts';
import { afterLast, gradientSum } from './micro-batch.ts';
import { maximum } from './maximum.ts';
import { minimum } from './minimum.ts';
import { mul } from './mul.ts';
import { normalizationGradient } from './normalization-gradient.ts';
import { pad } from './pad.ts';
import { pixelShuffle, pixelUnshuffle } from './pixel-shuffle.ts';
import { adamCorrection, adamLargest, adamMoment, adamSquare, adamWeight } from './adam.ts';
import { clippingFactor, squareSum } from './gradient-clipping.ts';
import { weightAverage } from './weight-average.ts';
import { productSum } from './product-sum.ts';
import { scaledBy, zeros } from './scaled.ts';
import { selfDifference } from './self-difference.ts';
import { permute } from './permute.ts';
import { prelu } from './prelu.ts';
import { reduce } from './reduce.ts';
import { reduceSum } from './reduce-sum.ts';
import { relu } from './relu.ts';
import { relu6 } from './relu6.ts';
import { reshape } from './reshape.ts';
import { resize } from './resize.ts';
import { rmsNorm } from './rms-norm.ts';
import { roiAlign } from './roi-align.ts';
import { roiPool } from './roi-pool.ts';
import { scale } from './scale.ts';
import { sigmoid } from './sigmoid.ts';
import { silu } from './silu.ts';
import { slice } from './slice.ts';
import { softmax } from './softmax.ts';
import { split } from './split.ts';
import { sub } from './sub.ts';
import { tanh } from './tanh.ts';
import { thresholdedRelu } from './thresholded-relu.ts';
import { toImage } from './to-image.ts';
import { tokens } from './tokens.ts';
import { transpose } from './transpose.ts';
import { upsample } from './upsample.ts';
import { weightMatmul } from './weight-matmul.ts';
import { weightSlice } from './weight-slice.ts';
import { withNumberOperators } from './with-number.ts';

const all: readonly Operator[] = [
  abs,
  adaptiveAvgPool,
  adaptiveMaxPool,
  add,
  attention,
  avgPool,
  batchNorm,
  celu,
  channelShuffle,
  clip,
  concat,
  conv,
  convTranspose,
  crop,
  dense,
  depthwiseConv,
  div,
  dropout,
  elu,
  erf,
  exp,
  flatten,
  gelu,
  globalAvgPool,
  globalMaxPool,
  groupNorm,
  hardSigmoid,
  hardSwish,
  identity,
  instanceNorm,
  inverseSqrt,
  layerNorm,
  leakyRelu,
  localResponseNorm,
  log,
  logSoftmax,
  lpPool,
  matmul,
  maximum,
  maxPool,
  maxUnpool,
  minimum,
  mish,
  mul,
  neg,
  pad,
  permute,
  pixelShuffle,
  pixelUnshuffle,
  pow,
  prelu,
  reciprocal,
  reduce,
  reduceSum,
  relu,
  relu6,
  reshape,
  resize,
  rmsNorm,
  roiAlign,
  roiPool,
  scale,
  selu,
  sigmoid,
  silu,
  slice,
  softmax,
  softplus,
  softsign,
  split,
  sqrt,
  sub,
  tanh,
  thresholdedRelu,
  toImage,
  tokens,
  transpose,
  upsample,
  weightMatmul,
  weightSlice,
  ...withNumberOperators,
];

/** What only steps of a training use. */
const training: readonly Operator[] = [
  absoluteError,
  adadeltaStep,
  adagradSquare,
  adamCorrection,
  adamLargest,
  adamMoment,
  adamSquare,
  adamWeight,
  afterLast,
  binaryCorrect,
  binaryCrossEntropy,
  channelSum,
  clippingFactor,
  convInputGradient,
  convWeightGradient,
  correct,
  crossEntropy,
  denseInputGradient,
  denseWeightGradient,
  gradientSum,
  huber,
  imageShare,
  normalizationGradient,
  perImage,
  productSum,
  scaledBy,
  selfDifference,
  rootScaled,
  sgdVelocity,
  sgdWeight,
  squareSum,
  squaredError,
  weightAverage,
  whereLarger,
  zeros,
];

/** Names of the operators that only steps of a training have: gradients, losses, optimisers. */
export const stepOperators: ReadonlySet<string> = new Set(
  [
    ...all.flatMap(({ companions = [] }) => companions),
    ...training,
    ...training.flatMap((one) => one.companions ?? []),
  ].map(({ name }) => name),
);

/** Names of the operators that only networks of whole numbers have. */
export const codeOperators: ReadonlySet<string> = new Set(quantizedOperators.map(({ name }) => name));

/** By name, in the order of the list, each followed by its companions. */
export const operators: OperatorTable = new Map(
  [...all, ...quantizedOperators, ...training]
    .flatMap((operator) => [operator, ...(operator.companions ?? [])])
    .map((operator) => [operator.name, operator]),
);
