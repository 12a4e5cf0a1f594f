// Runs a program with the kernel interpreter: what every printed module must agree with, bit for bit.

import { interpretKernel } from '../kernel/interpret.ts';
import type { Binding } from '../kernel/interpret.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { CallArgument, KernelCall, MemoryRef, Program, ProgramState } from './program.ts';
import { spareCodes, startOf } from './program.ts';

export interface ProgramFeeds {
  /** By name of an input or a state, row-major NCHW; `batch` images where it has the batch axis. */
  readonly inputs: ReadonlyMap<string, Float32Array>;
  /** By parameter name. */
  readonly parameters: ReadonlyMap<string, Binding>;
  readonly batch: number;
  /** Images per pass through the arena; default: the batch. */
  readonly maxBatch?: number;
}

/** Outputs and next states by name, row-major. */
export function interpretProgram(program: Program, feeds: ProgramFeeds): ReadonlyMap<string, Float32Array> {
  const maxBatch = feeds.maxBatch ?? feeds.batch;
  const kernels = new Map(program.kernels.map((kernel) => [kernel.name, kernel]));
  const outputs = program.outputs.map(
    ({ shape, batched }) => new Float32Array(sizeOf(shape) * (batched ? feeds.batch : 1)),
  );
  const { sections } = program;
  const arena = new Float32Array(sections.once.length + sections.arena.length * maxBatch).fill(NaN);
  const arrays = {
    arena,
    once: arena,
    weights: new Float32Array(sections.weights.length),
    scratch: new Float32Array(sections.scratch.length),
    shared: new Float32Array(sections.shared.length),
    halves: new Uint16Array(sections.halves.length),
    bytes: new Int8Array(sections.bytes.length),
    integers: new Int32Array(sections.integers.length),
    codes: codes(sections.codes.length * maxBatch),
    scratch_codes: codes(sections.scratch_codes.length),
    shared_codes: codes(sections.shared_codes.length),
    input: program.inputs.map(({ name }) => feeds.inputs.get(name)!),
    output: outputs,
    parameter: program.parameters.map(({ name }) => feeds.parameters.get(name)!),
    constant: program.constants,
    temporary: program.temporaries.map((length) => new Float64Array(length)),
  };
  const arrayOf = (ref: MemoryRef): Binding =>
    ref.kind === 'section' ? arrays[ref.name] : arrays[ref.kind][ref.index]!;
  const placeOf = (buffer: number): number => {
    const { fixed, perImage } = startOf(program, program.buffers[buffer]!);
    return fixed + perImage * maxBatch;
  };
  const execute = (call: KernelCall, first: number, images: number): void => {
    const value = (argument: CallArgument): number => {
      switch (argument.kind) {
        case 'constant':
          return argument.value;
        case 'slice':
          return placeOf(argument.buffer) + argument.within;
        case 'chunk':
          return first * argument.size;
        case 'images':
          return images;
        default:
          return argument satisfies never;
      }
    };
    const memories = new Map([...call.memories].map(([name, ref]) => [name, arrayOf(ref)]));
    interpretKernel(kernels.get(call.kernel)!, memories, call.arguments.map(value));
  };
  for (const state of program.states) {
    const [columns, rows] = columnsAndRows(state);
    stored(state).set(transposed(feeds.inputs.get(state.name)!, rows, columns));
  }
  for (const call of program.prepare) execute(call, 0, 1);
  for (let first = 0; first < feeds.batch; first += maxBatch) {
    for (const call of program.run) execute(call, first, Math.min(maxBatch, feeds.batch - first));
  }
  return new Map([
    ...program.outputs.map(({ name }, index) => [name, outputs[index]!] as const),
    ...program.states.map((state) => [state.name, transposed(stored(state), ...columnsAndRows(state))] as const),
  ]);

  /** The part of the arena in which a state lies, its first axis last. */
  function stored({ shape, buffer }: ProgramState): Float32Array {
    const at = placeOf(buffer);
    return arena.subarray(at, at + sizeOf(shape));
  }
}

/** Memory for so many codes, which holds none yet. */
const codes = (length: number): Uint8Array => new Uint8Array(length + spareCodes).fill(255);

const columnsAndRows = ({ shape }: ProgramState) => [sizeOf(shape.slice(1)), shape[0]!] as const;

/** [rows, columns] → [columns, rows] */
function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(data, (_, at) => data[(at % rows) * columns + Math.floor(at / rows)]!);
}
