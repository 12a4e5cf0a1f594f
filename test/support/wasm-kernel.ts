// Runs one kernel as the WebAssembly it is emitted as: its memories lie between guards, at fixed places or at places that
// parameters tell, and come back when it has run.

import { assemble } from '../../compiler/codegen/wasm/assembler.ts';
import type { WasmFunction, WasmModule } from '../../compiler/codegen/wasm/assembler.ts';
import type { EmittedKernel } from '../../compiler/codegen/wasm/emit.ts';
import { emitKernel } from '../../compiler/codegen/wasm/emit.ts';
import type { Base } from '../../compiler/codegen/wasm/writer.ts';
import { pow2Summand } from '../../compiler/kernel/signatures.ts';
import type { Binding } from '../../compiler/kernel/interpret.ts';
import type { Kernel, Memory } from '../../compiler/kernel/ir.ts';
import { counters } from '../../compiler/kernel/split.ts';
import { collectLaneConstants } from '../../compiler/kernel/walk.ts';
import type { DotForm } from '../../runtime/dots.ts';
import { dotsAs } from '../../runtime/dots.ts';
import { withoutRelaxed } from '../../runtime/relaxed.ts';

export interface WasmKernelOptions {
  /** Bytes of each of the kernel's memories. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Memories whose place is a parameter; the others lie at fixed bytes. */
  readonly moving?: ReadonlySet<string>;
  /** Whether `madd` is one relaxed instruction. */
  readonly fused?: boolean;
  /** Whether the host has it; where it has none, a fused binary is rewritten. Default: yes. */
  readonly relaxed?: boolean;
  /** The form of dot products of bytes. Default: the one that is written. */
  readonly dots?: DotForm;
  /** Whether threads claim ranges of parallel loops, as in a step of a training, instead of having one each. Default: no. */
  readonly claimed?: boolean;
}

export interface WasmKernel {
  readonly module: WasmModule;
  readonly emitted: EmittedKernel;
  /** Byte at which each memory starts. */
  readonly places: ReadonlyMap<string, number>;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const pageBytes = 65_536;
const guardBytes = 64;
const guard = 0xa5;
const untouched = new Uint8Array(pageBytes).fill(guard);

/** Does nothing: of a kernel that runs alone, all threads have arrived. */
const barrier: WasmFunction = {
  name: 'barrier',
  parameters: ['i32', 'i32'],
  results: [],
  locals: [],
  body: [],
  exported: false,
};

/** Constants, a guard, then memory after memory with guards between them. */
export function compileKernel(
  kernel: Kernel,
  { sizes, moving, fused = false, relaxed = true, dots = 'one', claimed = false }: WasmKernelOptions,
): WasmKernel {
  const constants = [...collectLaneConstants([kernel]), pow2Summand];
  const places = new Map<string, number>();
  const claims = 4 * constants.length;
  let end = claims + (claimed ? 4 * counters : 0) + guardBytes;
  for (const { name } of kernel.memories) {
    const start = Math.ceil(end / 16) * 16;
    places.set(name, start);
    end = start + sizes.get(name)! + guardBytes;
  }
  const baseOf = ({ name }: Memory): Base =>
    moving?.has(name) ? { kind: 'parameter' } : { kind: 'fixed', bytes: places.get(name)! };
  const placeOfConstant = (value: number): number => 4 * constants.findIndex((one) => Object.is(one, value));
  const emitted = emitKernel(
    kernel,
    { baseOf, placeOfConstant, fused, barrier: 0, ...(claimed && { counters: claims }) },
    1,
  );
  const module = {
    functions: [barrier, ...emitted.functions.map((one) => ({ ...one, exported: one.name === kernel.name }))],
    pages: Math.ceil(end / pageBytes),
    data: { offset: 0, floats: constants },
  };
  const { bytes: written, code } = assemble(module);
  if (!relaxed) {
    const fusions = emitted.functions.reduce(
      (total, { body }) => total + body.filter(({ operation }) => operation === 'f32x4.relaxed_madd').length,
      0,
    );
    // As for whole modules: where other bytes look the same, the binary is written without fused instructions.
    if (withoutRelaxed(written, ...code).some((count) => count !== fusions))
      return compileKernel(kernel, { sizes, dots, ...(moving && { moving }) });
  }
  const bytes = dotsAs(dots, written, ...code);
  return { module, emitted, places, bytes: bytes as Uint8Array<ArrayBuffer> };
}

/**
 * Runs the kernel on copies of the memories and writes them back. `parts`: how many threads it is cut for, which run one
 * after the other; more than one for kernels without barriers, or in one more round than there are barriers, if what stands before a
 * barrier may be done again. Throws where it writes beside its memories.
 */
export function runWasmKernel(
  kernel: Kernel,
  memories: ReadonlyMap<string, Binding>,
  parameters: readonly number[],
  {
    parts = 1,
    rounds = 1,
    ...options
  }: Omit<WasmKernelOptions, 'sizes'> & { readonly parts?: number; readonly rounds?: number } = {},
): void {
  const sizes = new Map([...memories].map(([name, { byteLength }]) => [name, byteLength]));
  const { bytes, module, emitted, places } = compileKernel(kernel, { ...options, sizes });
  const memory = new WebAssembly.Memory({ initial: module.pages, maximum: 65_536 });
  const all = new Uint8Array(memory.buffer);
  const from = 4 * module.data!.floats.length;
  all.fill(guard, from);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory } });
  const viewOf = ({ name }: Memory): Uint8Array => all.subarray(places.get(name), places.get(name)! + sizes.get(name)!);
  const bytesOf = ({ name }: Memory): Uint8Array => {
    const { buffer, byteOffset, byteLength } = memories.get(name)!;
    return new Uint8Array(buffer, byteOffset, byteLength);
  };
  for (const one of kernel.memories) viewOf(one).set(bytesOf(one));
  const scaled = parameters.map((value, at) => value * emitted.scales[at]!);
  const bases = emitted.bases.map((name) => places.get(name)!);
  const run = exports[kernel.name] as (...values: number[]) => void;
  for (let round = 0; round < rounds; round += 1)
    for (let part = 0; part < parts; part += 1) run(...scaled, ...bases, part, parts);
  for (const one of kernel.memories) {
    bytesOf(one).set(viewOf(one));
    viewOf(one).fill(guard);
  }
  // Page by page by a function of the host; byte by byte only where one differs.
  for (let start = from; start < all.length; start += pageBytes) {
    const page = all.subarray(start, start + pageBytes);
    if (Buffer.compare(page, untouched.subarray(0, page.length)) === 0) continue;
    const wrong = start + page.findIndex((byte) => byte !== guard);
    throw new RangeError(`${kernel.name} writes to byte ${wrong}, beside its memories`);
  }
}
