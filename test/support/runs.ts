// How long properties run: a fixed seed and few runs by default; CNNC_RUNS=20 runs twenty times as many, on a new
// seed, CNNC_RUNS=0.1 a tenth on the fixed one.

import type * as fc from 'fast-check';

export function runs<T>(usual: number): fc.Parameters<T> {
  const factor = Number(process.env['CNNC_RUNS'] ?? 1);
  return { numRuns: Math.ceil(usual * factor), ...(factor <= 1 ? { seed: 20_260_711 } : {}) };
}
