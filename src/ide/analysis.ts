// One analysis per version of a file: everything that the features of an editor read. It is the compiler's own front end, told
// to note what it sees; there is no second one.

import type { Bindings } from '../../compiler/frontend/names/bindings.ts';
import { frontend } from '../../compiler/frontend/index.ts';
import type { Declared, Network, SeenNetwork, Value } from '../../compiler/frontend/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { ConstDefinition, File } from '../../grammar/ast.ts';
import { hasErrors } from '../../grammar/diagnostic.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import type { parse } from '../../grammar/parse.ts';
import type { Source } from '../../grammar/source.ts';
import { checkMeasured } from '../network/graph-budgets.ts';

export interface Analysis {
  readonly source: Source;
  /** What could be parsed, the rest marked `incomplete`. */
  readonly file: File;
  /** All of them, those of imported files and failed budgets included. */
  readonly diagnostics: readonly Diagnostic[];
  /** What every name stands for. */
  readonly bindings: Bindings;
  /** The values of top-level constants, as far as a network needed them. */
  readonly constants: ReadonlyMap<ConstDefinition, Value | undefined>;
  /** All networks of the file. */
  readonly declared: readonly Declared[];
  /** Those that could be built. */
  readonly networks: readonly Network[];
  /** Shapes of each step, also of networks that could not be built, up to the first mistake. */
  readonly seen: readonly SeenNetwork[];
}

export interface AnalysisOptions {
  /** Text of an imported file by its path relative to the project root; undefined where there is none. */
  readonly read?: (path: string) => string | undefined;
  /** Reads the imported file of a source; `parse` where absent. */
  readonly parseImport?: typeof parse;
}

/** Analyses a text. Never throws. */
export function analyse(source: Source, options: AnalysisOptions = {}): Analysis {
  const seen: SeenNetwork[] = [];
  const result = frontend(source, { ...options, operators, observe: (network) => seen.push(network) });
  const { file, networks, declared, bindings, constants } = result;
  const budgets = hasErrors(result.diagnostics) ? [] : networks.flatMap((network) => checkMeasured(network));
  return {
    source,
    file,
    diagnostics: [...result.diagnostics, ...budgets],
    bindings,
    constants,
    declared,
    networks,
    seen,
  };
}
