// The WebAssembly module of a program: a function per kernel, one per call with its arguments, the barrier between them, and
// `pass`, which makes all calls.

import type { Memory } from '../../kernel/ir.ts';
import { counters } from '../../kernel/split.ts';
import type { CallArgument, KernelCall, Program } from '../../program/program.ts';
import { startOf } from '../../program/program.ts';
import { functionsAhead } from './ahead.ts';
import type { ValueType, WasmFunction, WasmModule } from './assembler.ts';
import type { EmittedKernel } from './emit.ts';
import { emitKernel } from './emit.ts';
import type { Base } from './writer.ts';
import type { Instruction, Operation } from './instructions.ts';
import { instruction } from './instructions.ts';
import type { Layout } from './layout.ts';
import { header, loadingKernels, runKernels } from './layout.ts';
import { merged } from './merge.ts';

/** `fused`: whether `madd` is one relaxed instruction. `plainDots`: whether dot products of bytes are none. */
export function wasmModule(program: Program, layout: Layout, fused: boolean, plainDots = false): WasmModule {
  const options = {
    baseOf: (memory: Memory) => baseOf(memory, layout),
    placeOfConstant: (value: number) =>
      layout.constants + 4 * layout.constantValues.findIndex((one) => Object.is(one, value)),
    fused,
    plainDots,
    barrier: barrierIndex,
    // In a step, whose kernels are long.
    ...(program.target.parallel === 'images' && { counters: header.counters }),
  };
  const functions = [barrierFunction('counters' in options ? counters : 0)];
  const nextIndex = (): number => barrierIndex + functions.length;
  const kernels = new Map<string, EmittedKernel & { readonly index: number }>();
  for (const kernel of loadingKernels(program)) {
    const emitted = emitKernel(kernel, options, nextIndex());
    functions.push(...emitted.functions);
    functions.push(loadingFunction(kernel.name, emitted, nextIndex() - 1));
  }
  for (const kernel of runKernels(program)) {
    const emitted = emitKernel(kernel, options, nextIndex());
    functions.push(...emitted.functions);
    kernels.set(kernel.name, { ...emitted, index: nextIndex() - 1 });
  }
  const calls = program.run.map((call, at) => {
    const kernel = kernels.get(call.kernel)!;
    return callFunction(`call${at}`, call, kernel, kernel.index, program, layout);
  });
  const all = merged([...functions, ...calls, passFunction(calls.length, nextIndex())], barrierIndex);
  // While kernels of the module pack.
  const ahead = loadingKernels(program).length > 0 ? functionsAhead(all, barrierIndex) : [];
  return {
    imported: ['check'],
    functions: [...all, ...ahead],
    pages: 1,
    data: { offset: layout.constants, floats: layout.constantValues },
  };
}

/** What the runtime wants to be asked while a thread waits; it throws, or lets a thread that has failed be seen. */
const checkIndex = 0;
const barrierIndex = 1;

function baseOf({ name }: Memory, layout: Layout): Base {
  switch (name) {
    case 'weights':
    case 'halves':
    case 'bytes':
    case 'integers':
    case 'shared':
    case 'shared_codes':
    case 'arena':
      return { kind: 'fixed', bytes: layout[name] };
    case 'codes':
      return { kind: 'fixed', bytes: layout.images };
    default:
      return { kind: 'parameter' };
  }
}

/** What every call gets: number of images, images the memory is for, part and number of parts. */
const parameters: readonly ValueType[] = ['i32', 'i32', 'i32', 'i32'];
const local = { images: 0, maxBatch: 1, part: 2, parts: 3 } as const;

function callFunction(
  name: string,
  call: KernelCall,
  kernel: EmittedKernel,
  index: number,
  program: Program,
  layout: Layout,
): WasmFunction {
  const body: Instruction[] = [];
  const put = (operation: Operation, ...immediates: number[]): void =>
    void body.push(instruction(operation, ...immediates));
  /** bytes · maxBatch + fixed */
  const perBatch = (bytes: number, fixed: number): void => {
    put('i32.const', fixed);
    if (bytes === 0) return;
    put('local.get', local.maxBatch);
    put('i32.const', bytes);
    put('i32.mul');
    put('i32.add');
  };
  const argument = (one: CallArgument, scale: number): void => {
    switch (one.kind) {
      case 'constant':
        return put('i32.const', one.value * scale);
      case 'slice': {
        const buffer = program.buffers[one.buffer]!;
        const { fixed, perImage } = startOf(program, buffer);
        const before = buffer.element === 'u8' ? layout.codes : 0;
        return perBatch(before + perImage * scale, (fixed + one.within) * scale);
      }
      case 'chunk':
        return put('i32.const', 0);
      case 'images':
        put('local.get', local.images);
        if (scale === 1) return;
        put('i32.const', scale);
        return put('i32.mul');
      default:
        one satisfies never;
    }
  };
  const base = (memory: string): void => {
    const ref = call.memories.get(memory)!;
    if (ref.kind === 'section' && ref.name === 'arena') return put('i32.const', layout.arena);
    if (ref.kind === 'input') return perBatch(layout.inputs[ref.index]!, layout.images);
    if (ref.kind === 'output') return perBatch(layout.outputs[ref.index]!, layout.images);
    perBatch(layout.perImage, layout.images);
    put('local.get', local.part);
    put('i32.const', layout.scratch);
    put('i32.mul');
    put('i32.add');
    if (ref.kind !== 'section' || ref.name !== 'scratch_codes' || layout.scratch_codes === 0) return;
    put('i32.const', layout.scratch_codes);
    put('i32.add');
  };
  call.arguments.forEach((one, at) => argument(one, kernel.scales[at]!));
  kernel.bases.forEach(base);
  put('local.get', local.part);
  put('local.get', local.parts);
  put('call', index);
  put('local.get', local.part);
  put('local.get', local.parts);
  put('call', barrierIndex);
  return { name, parameters, results: [], locals: [], body, exported: true };
}

/** A kernel that prepares weights: its own parameters in elements, then the byte at which its source begins. */
function loadingFunction(name: string, { scales, bases }: EmittedKernel, index: number): WasmFunction {
  const body: Instruction[] = [];
  for (const [at, scale] of [...scales, ...bases.map(() => 1)].entries()) {
    body.push(instruction('local.get', at));
    if (scale > 1) body.push(instruction('i32.const', Math.log2(scale)), instruction('i32.shl'));
  }
  body.push(instruction('i32.const', 0), instruction('i32.const', 1), instruction('call', index));
  const own = [...scales, ...bases].map((): ValueType => 'i32');
  return { name, parameters: own, results: [], locals: [], body, exported: true };
}

function passFunction(calls: number, first: number): WasmFunction {
  const body = Array.from({ length: calls }, (_, at) => [
    ...parameters.map((_, index) => instruction('local.get', index)),
    instruction('call', first + at),
  ]).flat();
  return { name: 'pass', parameters, results: [], locals: [], body, exported: true };
}

/** How often a thread looks before it sleeps, and how long it sleeps before it asks whether the others are alive, in ns. */
const spins = 20_000;
const sleep = 100e6;

/**
 * Parameters: part, parts. The last thread to arrive sets so many counters to 0 and lets the others go on; those look for a while, then
 * sleep. Traps when a thread has failed.
 */
const barrierFunction = (used: number): WasmFunction => ({
  name: 'barrier',
  parameters: ['i32', 'i32'],
  results: [],
  locals: ['i32', 'i32'],
  exported: false,
  body: barrierBody(used),
});

function barrierBody(used: number): readonly Instruction[] {
  const [parts, generation, spin] = [1, 2, 3];
  const body: Instruction[] = [];
  const put = (operation: Operation, ...immediates: number[]): void =>
    void body.push(instruction(operation, ...immediates));
  const word = (operation: Operation, offset: number): void => {
    put('i32.const', 0);
    put(operation, offset);
  };
  put('local.get', parts);
  put('i32.const', 1);
  put('i32.eq');
  put('if');
  put('return');
  put('end');
  word('i32.atomic.load', header.generation);
  put('local.set', generation);
  put('i32.const', 0);
  put('i32.const', 1);
  put('i32.atomic.rmw.add', header.arrived);
  put('i32.const', 1);
  put('i32.add');
  put('local.get', parts);
  put('i32.eq');
  put('if');
  put('i32.const', 0);
  put('i32.const', 0);
  put('i32.atomic.store', header.arrived);
  for (let counter = 0; counter < used; counter += 1) {
    put('i32.const', 0);
    put('i32.const', 0);
    put('i32.atomic.store', header.counters + 4 * counter);
  }
  put('i32.const', 0);
  put('local.get', generation);
  put('i32.const', 1);
  put('i32.add');
  put('i32.atomic.store', header.generation);
  put('i32.const', 0);
  put('i32.const', -1);
  put('memory.atomic.notify', header.generation);
  put('drop');
  put('else');
  put('block');
  put('loop');
  word('i32.atomic.load', header.generation);
  put('local.get', generation);
  put('i32.ne');
  put('br_if', 1);
  put('local.get', spin);
  put('i32.const', 1);
  put('i32.add');
  put('local.tee', spin);
  put('i32.const', spins);
  put('i32.lt_s');
  put('br_if', 0);
  word('i32.atomic.load', header.failed);
  put('br_if', 1);
  put('i32.const', 0);
  put('local.get', generation);
  put('i64.const', sleep);
  put('memory.atomic.wait32', header.generation);
  put('i32.const', 2);
  put('i32.eq');
  put('if');
  put('call', checkIndex);
  put('end');
  put('br', 0);
  put('end');
  put('end');
  put('end');
  word('i32.atomic.load', header.failed);
  put('if');
  put('unreachable');
  put('end');
  return body;
}
