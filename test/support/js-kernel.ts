// Runs one kernel as the JavaScript it is printed as.

import { printKernelFunction, printScalarFunction } from '../../compiler/codegen/typescript.ts';
import type { Binding } from '../../compiler/kernel/interpret.ts';
import type { Kernel } from '../../compiler/kernel/ir.ts';
import { collectFunctions } from '../../compiler/kernel/walk.ts';
import { bf16 } from '../../runtime/bf16.ts';
import { exponent, pow2 } from '../../runtime/bits.ts';

/** As `interpretKernel`. */
export function runJavaScriptKernel(
  kernel: Kernel,
  memories: ReadonlyMap<string, Binding>,
  parameters: readonly number[],
): void {
  const functions = collectFunctions([kernel]).map((one) => printScalarFunction(one, false));
  const text = ["'use strict';", ...functions, printKernelFunction(kernel, false), `return ${kernel.name};`].join('\n');
  const run = new Function('bf16', 'exponent', 'pow2', text)(bf16, exponent, pow2) as (
    ...values: readonly (Binding | number)[]
  ) => void;
  run(...kernel.memories.map(({ name }) => memories.get(name)!), ...parameters);
}
