// The options of `cnnc compile`, and which of them go together.

import { UsageError } from './errors.ts';
import type { ModulePictureOptions } from './module-pictures.ts';
import { moduleExtension } from './output-place.ts';
import type { PassOptions } from './pass-options.ts';
import { checkQuantizeOptions } from './quantized.ts';
import type { QuantizeOptions } from './quantized.ts';
import type { OpenOptions } from './source.ts';
import type { TargetOptions } from './target-options.ts';
import type { StartOptions } from './starting-weights.ts';
import type { StoredType } from '../weights/stored.ts';

export interface CompileOptions
  extends OpenOptions, StartOptions, PassOptions, TargetOptions, ModulePictureOptions, QuantizeOptions {
  /** What the file of weights has them in; `weightsType` is what the module keeps them in. */
  readonly stored?: StoredType;
  readonly output?: string;
  readonly embed?: boolean;
  readonly page?: string;
  readonly wasmFile?: boolean;
  readonly training?: boolean;
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** As they are written: one word for what the file has and what the module keeps. */
export interface GivenOptions extends Omit<CompileOptions, 'stored' | 'weightsType'> {
  readonly weightsType?: StoredType;
}

/** Throws `UsageError` for options that do not go together. */
export function checkOptions(options: CompileOptions): void {
  const {
    weights,
    match,
    map,
    output,
    page,
    target,
    embed,
    wasmFile,
    training,
    learn,
    fresh,
    rate,
    stored = 'f32',
  } = options;
  checkQuantizeOptions(options);
  if (options.quantize && training)
    throw new UsageError('--quantize and --training exclude each other: weights that learn are f32');
  if (options.quantize && stored !== 'f32')
    throw new UsageError(`--quantize and --weights-type ${stored} exclude each other: its weights are int8 already`);
  if (training && stored !== 'f32')
    throw new UsageError(`--weights-type ${stored} and --training exclude each other: weights that learn are f32`);
  if (!training && (learn ?? fresh ?? rate) !== undefined)
    throw new UsageError('--learn, --rate and --fresh are for --training: other modules learn nothing');
  if (wasmFile && page !== undefined)
    throw new UsageError('--wasm-file and --page exclude each other: a page has its WebAssembly inside');
  if (wasmFile && target !== 'wasm' && !(training && target === undefined))
    throw new UsageError('--wasm-file needs --target wasm: modules of the other targets have no WebAssembly');
  if (weights === undefined && (match ?? map) !== undefined)
    throw new UsageError('--match and --map say how to read --weights');
  if (output === '') throw new UsageError('-o takes a folder, and its name is empty; . is this one');
  if (output === undefined && page === undefined)
    throw new UsageError('say where to write: -o FOLDER for a module, --page FILE.html for a page');
  if (output === undefined && embed !== undefined)
    throw new UsageError('--embed is for modules, which need -o FOLDER; a page alone has all inside');
  const extension = output === undefined ? undefined : moduleExtension(output);
  if (extension !== undefined && target !== undefined && (extension === 'ts') !== (target === 'ts'))
    throw new UsageError(
      `-o ${output} and --target ${target} exclude each other: ${target === 'ts' ? 'it writes NAME.ts' : 'it writes NAME.js or NAME.mjs'}`,
    );
  if (page === undefined) return;
  if (extension !== undefined) throw new UsageError(`with --page, -o takes a folder; found the file ${output}`);
  if (!/[^/]\.html?$/.test(page)) throw new UsageError(`--page takes a file whose name ends in .html; found ${page}`);
  if (output !== undefined && page.includes('/'))
    throw new UsageError(`with -o, --page takes a name without a folder: it is written into ${output}`);
  if (target === 'ts') throw new UsageError('a page loads net.js; --target is js or wasm for it');
}

/** Whether the file of weights is smaller than in f32. */
export const isStoredInLess = ({ stored = 'f32' }: CompileOptions): boolean => stored !== 'f32';

/**
 * A file of weights may have any type. What a module keeps in its memory is bf16 only in WebAssembly, and f32 is made of the
 * others when it loads. Throws `UsageError` where there is no file for a type that only a file can have.
 */
export function withKeptType(options: CompileOptions, hasFile: boolean): CompileOptions {
  const { stored, target } = options;
  if (stored === undefined || stored === 'f32') return options;
  if (stored === 'bf16' && (target === 'wasm' || !hasFile)) return { ...options, weightsType: 'bf16' };
  if (!hasFile)
    throw new UsageError(
      `--weights-type ${stored} says what weights are written in, and needs --weights: a file of weights, or random:SEED`,
    );
  return options;
}
