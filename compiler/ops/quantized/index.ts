// The operators on codes, which only the rewrite to whole numbers makes.

import type { Operator } from '../../ir/operator.ts';
import { dequantize } from './dequantize.ts';
import { quantize } from './quantize.ts';
import { quantizedAdd, quantizedMul } from './quantized-arithmetic.ts';
import { quantizedConv, quantizedConvF32 } from './quantized-conv.ts';
import { quantizedDense, quantizedDenseF32 } from './quantized-dense.ts';
import { quantizedLookup } from './quantized-lookup.ts';
import { quantizedMean } from './quantized-mean.ts';
import { quantizedResample } from './quantized-resample.ts';

export const quantizedOperators: readonly Operator[] = [
  dequantize,
  quantize,
  quantizedAdd,
  quantizedConv,
  quantizedConvF32,
  quantizedDense,
  quantizedDenseF32,
  quantizedLookup,
  quantizedMean,
  quantizedMul,
  quantizedResample,
];
