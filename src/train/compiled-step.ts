// The step of a network, compiled, or what keeps the network from being trained, in one sentence.

import type { CompiledNetwork, Compilation } from '../../compiler/index.ts';
import { compileStep } from '../../compiler/index.ts';
import { NotDifferentiable } from '../../compiler/autodiff/differentiate.ts';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import type { PipelineOptions } from '../../compiler/pipeline.ts';
import { lineOf } from '../../grammar/source.ts';
import { InputError } from '../data/input-error.ts';

/** Throws `InputError`. */
export function compiledStep(
  { graph }: Pick<CompiledNetwork, 'graph'>,
  recipe: Recipe,
  options: PipelineOptions = {},
): Compilation {
  const { name } = graph;
  if (!graph.parameters.some(({ role }) => role === 'parameter'))
    throw new InputError(`${name} has no weights to train`);
  try {
    return compileStep({ graph }, recipe, options);
  } catch (cause) {
    if (cause instanceof NotDifferentiable) {
      const { origin } = cause.node;
      const place = origin ? `${origin.span.source.path}:${lineOf(origin.span)}: ` : '';
      throw new InputError(`${place}${cause.message}, and so ${name} cannot be trained`, { cause });
    }
    if (cause instanceof RangeError) throw new InputError(`${name} ${cause.message}`, { cause });
    throw cause;
  }
}
