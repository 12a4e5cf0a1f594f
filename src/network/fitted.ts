// Compiles for weights that are known: without passes that would make weights of these which exceed f32.

import { combinesWeights } from '../../compiler/codegen/calls.ts';
import type { Compilation } from '../../compiler/index.ts';
import { exceedingPasses, keptApart } from './kept-apart.ts';
import { importText } from './module.ts';

/** What `compile` gives: it leaves out the passes that it is told. `tell` hears of them. */
export function fittedTo(
  weights: ReadonlyMap<string, Float32Array>,
  compile: (apart: readonly string[]) => Compilation,
  tell: (passes: readonly string[]) => void,
): Promise<Compilation> {
  return keptApart(async (apart) => {
    const compilation = compile(apart);
    if (combinesWeights(compilation.program)) {
      const [script] = compilation.emit('js', { sourceName: '' });
      const module = await importText(script!.text);
      // Whatever else keeps it from loading here, as too little memory, is no fault of the module.
      await module.load(weights).catch((error: unknown) => {
        if (exceedingPasses(error)) throw error;
      });
    }
    return compilation;
  }, tell);
}
