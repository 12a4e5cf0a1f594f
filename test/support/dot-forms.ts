// Kernels with dot products of bytes, in each form that hosts get.

import { expect } from 'vitest';
import type { Binding } from '../../compiler/kernel/interpret.ts';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Kernel } from '../../compiler/kernel/ir.ts';
import { printKernel } from '../../compiler/kernel/text.ts';
import { verifyKernel } from '../../compiler/kernel/verify.ts';
import type { DotForm } from '../../runtime/dots.ts';
import { runWasmKernel } from './wasm-kernel.ts';

export type Memories = Readonly<Record<string, Binding>>;

/** What hosts get. */
export const forms: readonly DotForm[] = ['one', 'pairs', 'plain'];

/** The memories afterwards, the same from the interpreter and in every form; what is given stays as it is. */
export function results(kernel: Kernel, given: Memories): Memories {
  expect(verifyKernel(kernel), printKernel(kernel)).toEqual([]);
  const after = (run: (memories: Map<string, Binding>) => void): Memories => {
    const memories = new Map(Object.entries(given).map(([name, array]) => [name, array.slice()]));
    run(memories);
    return Object.fromEntries(memories);
  };
  const expected = after((memories) => interpretKernel(kernel, memories, []));
  for (const dots of forms)
    expect(
      after((memories) => runWasmKernel(kernel, memories, [], { dots })),
      dots,
    ).toEqual(expected);
  return expected;
}
