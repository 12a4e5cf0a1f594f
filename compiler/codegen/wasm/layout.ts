// Where everything lies in the linear memory of a compiled network: a header, constants, packed weights, what threads share, then per image
// the arena, codes and the arrays of the caller, then the scratch memory of each thread. Offsets and lengths are in bytes.

import type { MemoryLayout } from '../../../runtime/abi.ts';
import { sizeOf } from '../../ir/tensor-type.ts';
import type { Kernel } from '../../kernel/ir.ts';
import { pow2Summand } from '../../kernel/signatures.ts';
import { collectLaneConstants } from '../../kernel/walk.ts';
import type { Program, SectionName } from '../../program/program.ts';
import { sectionBytes, spareCodes } from '../../program/program.ts';

export interface Layout extends MemoryLayout {
  /** Numbers that kernels need in all lanes: a load is cheaper than a constant of 16 bytes. */
  readonly constants: number;
  readonly constantValues: readonly number[];
  /** Packed weights of i8 and of i32. */
  readonly bytes: number;
  readonly integers: number;
  /** What threads share, and codes that they share. */
  readonly shared: number;
  readonly shared_codes: number;
  /** Where the codes begin in what there is per image, and in the scratch memory of a thread. */
  readonly codes: number;
  readonly scratch_codes: number;
  readonly loading: number;
  /** What there is per image; the arena begins with what there is once. */
  readonly images: number;
}

/** Words of the header that threads meet in; the counters are several. */
export const header = { arrived: 0, generation: 4, failed: 8, job: 12, images: 16, counters: 32, bytes: 64 } as const;

const line = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / line) * line;

/** The kernels that run after loading. */
export function runKernels({ kernels, run }: Program): readonly Kernel[] {
  const used = new Set(run.map(({ kernel }) => kernel));
  return kernels.filter(({ name }) => used.has(name));
}

/** The kernels that prepare weights in the memory, when a module is loaded. */
export function loadingKernels({ kernels, prepare }: Program): readonly Kernel[] {
  const used = new Set(prepare.filter(({ apart }) => apart).map(({ kernel }) => kernel));
  return kernels.filter(({ name }) => used.has(name));
}

/** Bytes of a source that stay in a cache together with what is made of them. */
const windowBytes = 2 ** 17;

/** Bytes for as much of a source as is copied at a time, and at least for factors and a step of the outermost loop in f64. */
function loadingBytes({ prepare, kernels }: Program): number {
  const ofBytes = new Set(
    kernels.filter(({ memories }) => memories.some(({ type }) => type === 'i8')).map(({ name }) => name),
  );
  const steps = prepare.flatMap(({ kernel, apart, arguments: numbers }) => {
    if (!apart || apart.kind === 'packed-already') return [];
    const number = (at: number): number => (numbers[at]?.kind === 'constant' ? numbers[at].value : 0);
    const step = apart.kind === 'filters' ? number(5) * number(9) : number(3);
    return [(ofBytes.has(kernel) ? 1 : 8) * step + 8 * (apart.factors ?? 0)];
  });
  return steps.length === 0 ? 0 : Math.max(windowBytes, ...steps);
}

const layouts = new WeakMap<Program, Layout>();

/** Where each section of a program begins in the WebAssembly memory, in bytes. */
export function layoutOf(program: Program): Layout {
  const layout = layouts.get(program) ?? computeLayout(program);
  layouts.set(program, layout);
  return layout;
}

function computeLayout(program: Program): Layout {
  const bytesOf = (name: SectionName): number => {
    const section = program.sections[name];
    const isRead = section.length > 0 && (name === 'shared_codes' || name === 'scratch_codes');
    return aligned(sectionBytes(section) + (isRead ? spareCodes : 0));
  };
  const constantValues = [...collectLaneConstants([...runKernels(program), ...program.wideKernels]), pow2Summand];
  const constants: number = header.bytes;
  const weights = constants + aligned(4 * constantValues.length);
  const halves = weights + bytesOf('weights');
  const bytes = halves + bytesOf('halves');
  const integers = bytes + bytesOf('bytes');
  const shared = integers + bytesOf('integers');
  const shared_codes = shared + bytesOf('shared');
  const arena = shared_codes + bytesOf('shared_codes');
  const images = arena + bytesOf('once');
  const codes = bytesOf('arena');
  let perImage = codes + bytesOf('codes');
  const place = ({ shape }: { readonly shape: readonly number[] }): number => {
    const at = perImage;
    perImage += aligned(4 * sizeOf(shape));
    return at;
  };
  const inputs = program.inputs.map(place);
  const outputs = program.outputs.map(place);
  return {
    constants,
    constantValues,
    weights,
    halves,
    bytes,
    integers,
    shared,
    shared_codes,
    codes,
    arena,
    images,
    perImage,
    inputs,
    outputs,
    scratch: bytesOf('scratch') + bytesOf('scratch_codes'),
    scratch_codes: bytesOf('scratch'),
    loading: loadingBytes(program),
  };
}
