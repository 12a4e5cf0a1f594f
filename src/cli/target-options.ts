// Options that say what a network is compiled for: the target, how it may compute, what its weights are kept in, and on how
// many threads it then runs.

import { Option } from 'commander';
import type { Command } from 'commander';
import { refusalOf } from '../../compiler/backends.ts';
import type { Refusal, WeightsType } from '../../compiler/backends.ts';
import type { Mathematics, PipelineOptions } from '../../compiler/pipeline.ts';
import { UsageError } from './errors.ts';

export interface TargetOptions {
  readonly target?: Target;
  readonly math?: Mathematics;
  readonly weightsType?: WeightsType;
  readonly wide?: boolean;
  /** A file that `cnnc tune` wrote. */
  readonly tuning?: string;
}

export interface ThreadOptions {
  readonly threads?: number;
}

export interface AutoThreadOptions {
  readonly threads?: number | 'auto';
}

const targets = ['ts', 'js', 'wasm'] as const;
export type Target = (typeof targets)[number];

const mathematics = ['default', 'strict', 'fast'] as const satisfies readonly Mathematics[];
const weightsTypes = ['f32', 'bf16'] as const satisfies readonly WeightsType[];

const keptIn = new Option(
  '--weights-type <type>',
  'how weights of dense layers are kept: f32 (default) or, for wasm, bf16: half the memory, 3 digits',
).choices(weightsTypes);

/** Adds `--target`, `--math`, `--weights-type`, `--wide`, `--tuning`. `about` says what each target is here, and which one is the default. */
export function withTargetOptions(command: Command, about: string, weightsType = keptIn): Command {
  return command
    .addOption(new Option('--target <target>', about).choices(targets))
    .addOption(
      mathOption(
        "default: f32 or f64 as the target has it, Winograd's algorithm where it pays; strict: without it; fast: wasm may also leave out the rounding of products",
      ),
    )
    .addOption(weightsType)
    .option(
      '--wide',
      'experimental, for wasm in Node: asks V8 for 256-bit instructions, for the whole process, if a probe gains from them',
    )
    .option('--tuning <file>', 'for wasm: the algorithms of convolutions that `cnnc tune` chose');
}

/** `--math`; `about` says what each way is here. */
export const mathOption = (about: string): Option => new Option('--math <how>', about).choices(mathematics);

/** What `--target` is where a network runs once, and where it runs many times. */
export const runTargets = 'what computes it: ts or js (default), or wasm';
export const manyTargets = 'what computes it: wasm (default), or ts or js';

/** Whether a file is a module that `cnnc compile` wrote, which was compiled for a target. */
export const isModule = (path: string): boolean => /\.[mc]?[jt]s$/.test(path);

/** The options for running the network of a file many times: for WebAssembly, unless they name a target or the file has one. */
export const forMany = <T extends TargetOptions>(path: string, options: T): T =>
  options.target !== undefined || isModule(path) ? options : { ...options, target: 'wasm' };

/** Adds `--threads`. */
export function withThreadOption(command: Command): Command {
  return command.option('--threads <count>', 'for wasm: threads that share the work (default: 1)', (text) =>
    threadCount(text),
  );
}

/** Adds `--threads`, which may also be `auto`. */
export function withAutoThreadOption(command: Command): Command {
  return command.option(
    '--threads <count>',
    'for wasm: threads that share the work, or auto: as many as suit the network and this machine (default: 1)',
    (text) => (text === 'auto' ? text : threadCount(text, ', or auto')),
  );
}

const flags: Readonly<Record<Refusal['option'], string>> = {
  math: '--math',
  weightsType: '--weights-type',
  wide: '--wide',
  choices: '--tuning',
};

/** What the compiler needs of them. Throws `UsageError` where they do not go together. */
export function targetSettings({
  target,
  math,
  weightsType,
  wide,
  tuning,
}: TargetOptions): Pick<PipelineOptions, 'target' | 'math' | 'weightsType' | 'wide'> {
  const isWasm = target === 'wasm';
  const refusal = refusalOf({
    target: isWasm ? target : 'js',
    ...(math && { math }),
    ...(weightsType && { weightsType }),
    ...(wide && { wide }),
    ...(tuning !== undefined && { choices: new Map() }),
  });
  if (refusal) {
    const given = `${flags[refusal.option]}${refusal.value === undefined ? '' : ` ${refusal.value}`}`;
    throw new UsageError(`${given} needs --target ${refusal.needs}: ${refusal.why}`);
  }
  return {
    ...(isWasm && { target }),
    ...(math && { math }),
    ...(weightsType && { weightsType }),
    ...(wide && { wide }),
  };
}

/** Throws `UsageError` where the target has no threads. */
export function checkThreads({ target, threads }: TargetOptions & AutoThreadOptions): void {
  if (threads !== undefined && target !== 'wasm')
    throw new UsageError('--threads needs --target wasm: TypeScript and JavaScript modules run on one thread');
}

/** The first of the target options that is given, for commands that cannot use them. */
export function givenTargetOption({ target, math, weightsType, wide, tuning }: TargetOptions): string | undefined {
  if (target !== undefined) return '--target';
  if (math !== undefined) return '--math';
  if (weightsType !== undefined) return '--weights-type';
  if (wide) return '--wide';
  return tuning === undefined ? undefined : '--tuning';
}

/** A note of why there are so many threads. */
export function threadsText(reason: string): string {
  return `note: ${reason.startsWith('auto') ? '' : 'one thread only: '}${reason}\n`;
}

const MAX_THREADS = 64;

/** `others`: what else may be given. */
function threadCount(text: string, others = ''): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > MAX_THREADS)
    throw new UsageError(`--threads takes a whole number from 1 to ${MAX_THREADS}${others}; found ${text}`);
  return count;
}
