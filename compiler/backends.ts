// What each target is: the numbers its kernels compute with, what it can store, which options it takes, and how its modules are
// written. An option that a target does not take is refused, never ignored.

import type { ModuleEmitter } from './codegen/module-emitter.ts';
import { javascriptModules } from './codegen/javascript.ts';
import { wasmModules } from './codegen/wasm/sections.ts';
import type { Target } from './templates/target.ts';
import { fusedTarget, scalarTarget, vectorTarget } from './templates/target.ts';

/** `js`: numbers one at a time, sums in f64. `wasm`: vectors of four f32. */
export type TargetName = 'js' | 'wasm';

/**
 * How f32 is computed with: `default` may use Winograd's algorithm, `strict` sums directly, `fast` may also add products
 * without rounding them first, which not every host does.
 */
export type Mathematics = 'default' | 'strict' | 'fast';

/** What the weights of dense layers may be kept in. */
export type WeightsType = 'f32' | 'bf16';

export interface Backend {
  /** What templates generate code for; absent: the target does not compute in that way. */
  readonly targets: Readonly<Partial<Record<Mathematics, Target>>>;
  readonly weightsTypes: readonly WeightsType[];
  /** Whether the host may be asked for wider vectors. */
  readonly takesWide: boolean;
  /** Whether algorithms of convolutions may be chosen by measurement. */
  readonly takesChoices: boolean;
  readonly modules: ModuleEmitter;
}

export const backends: Readonly<Record<TargetName, Backend>> = {
  js: {
    targets: { default: scalarTarget, strict: scalarTarget },
    weightsTypes: ['f32'],
    takesWide: false,
    takesChoices: false,
    modules: javascriptModules,
  },
  wasm: {
    targets: { default: vectorTarget, strict: vectorTarget, fast: fusedTarget },
    weightsTypes: ['f32', 'bf16'],
    takesWide: true,
    takesChoices: true,
    modules: wasmModules,
  },
};

/** What a network is compiled for. */
export interface TargetChoice {
  /** Default `js`. */
  readonly target?: TargetName;
  /** Default `default`. */
  readonly math?: Mathematics;
  /** Default `f32`. */
  readonly weightsType?: WeightsType;
  /** For `wasm`: asks V8 for 256-bit instructions, in Node, where a probe gains from them. Experimental. Default: no. */
  readonly wide?: boolean;
  /** Algorithms of convolutions as `cnnc tune` measured them, by the names of their geometry. */
  readonly choices?: ReadonlyMap<string, unknown>;
}

/** An option that the target does not take. */
export interface Refusal {
  readonly option: 'math' | 'weightsType' | 'wide' | 'choices';
  /** The option's value, where it has several. */
  readonly value?: string;
  readonly needs: TargetName;
  /** The rest of the sentence. */
  readonly why: string;
}

/** The first option that does not go with the target; undefined where all do. */
export function refusalOf({ target = 'js', math, weightsType, wide, choices }: TargetChoice): Refusal | undefined {
  const { targets, weightsTypes, takesWide, takesChoices } = backends[target];
  const needs = 'wasm';
  if (math !== undefined && !targets[math])
    return {
      option: 'math',
      value: math,
      needs,
      why: 'it multiplies and adds with one rounding, for which JavaScript has no instruction',
    };
  if (weightsType !== undefined && !weightsTypes.includes(weightsType))
    return {
      option: 'weightsType',
      value: weightsType,
      needs,
      why: 'TypeScript and JavaScript modules keep their weights in f32, which they read without converting',
    };
  if (choices && !takesChoices)
    return { option: 'choices', needs, why: 'its convolutions are what `cnnc tune` measures' };
  if (wide && !takesWide) return { option: 'wide', needs, why: 'it is a switch of V8 for WebAssembly' };
  return undefined;
}

/** The numbers of a target. Throws RangeError with a sentence where an option does not go with it. */
export function kernelTarget(choice: TargetChoice): Target {
  const refusal = refusalOf(choice);
  if (refusal) {
    const { option, value, needs, why } = refusal;
    throw new RangeError(`${option}${value === undefined ? '' : ` ${value}`} needs the target ${needs}: ${why}`);
  }
  return backends[choice.target ?? 'js'].targets[choice.math ?? 'default']!;
}
