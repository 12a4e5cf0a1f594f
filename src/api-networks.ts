// From what a caller of the package has given to networks: the text, its options, and what is wrong with them.

import { checkedOptions, checkedText } from './api-arguments.ts';
import { capped } from '../grammar/counts.ts';
import { hasErrors } from '../grammar/diagnostic.ts';
import type { Diagnostic } from '../grammar/diagnostic.ts';
import { renderDiagnostic } from '../grammar/render.ts';
import type { FrontendResult, Network } from '../compiler/frontend/index.ts';
import { buildNetworks, chooseNetwork } from './network/networks.ts';

export interface SourceOptions {
  /** Path of the text relative to the project root, for messages and imports. Default `network.cnn`. */
  readonly path?: string;
  /**
   * Text of an imported file, or one of `labels`, by its path relative to the project root; undefined when there is none.
   * Without `read`, modules have the path of a file of labels in place of its lines.
   */
  readonly read?: (path: string) => string | undefined;
  /** Which network; may be left out where the text has only one with all parameters bound. */
  readonly network?: string;
  /** Values for the network's parameters: `{ classes: 10 }`, or expressions of the language as strings. They skip `expect`. */
  readonly set?: Readonly<Record<string, string | number | boolean>>;
}

/** The text has errors: `diagnostics` has all of them, `message` shows them as `cnnc check` does. */
export class CnnError extends Error {
  override readonly name = 'CnnError';
  declare readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(
      capped(diagnostics)
        .map((diagnostic) => renderDiagnostic(diagnostic))
        .join('\n'),
    );
    // Not enumerable: Node would print them, with the whole text, behind an error that nobody catches.
    Object.defineProperty(this, 'diagnostics', { value: diagnostics });
  }
}

/** The path of a text that is not said to have one. */
export const DEFAULT_PATH = 'network.cnn';

/** Builds the networks of a text. Throws TypeError for what is no text, and for what are no options. */
export function build(text: string, options: SourceOptions): FrontendResult {
  const { path = DEFAULT_PATH, read, network, set } = checkedOptions(options);
  return buildNetworks(
    { path, text: checkedText(text) },
    {
      ...(read && { read }),
      ...(network !== undefined && { network }),
      ...(set && { set: new Map(Object.entries(set).map(([name, value]) => [name, String(value)])) }),
    },
  );
}

/** The only network, or that which was named. Throws `CnnError` for errors in the text, RangeError where it must be named. */
export function theNetwork(built: FrontendResult): Network {
  if (hasErrors(built.diagnostics)) throw new CnnError(built.diagnostics);
  const chosen = chooseNetwork(built);
  if ('graph' in chosen) return chosen;
  throw new RangeError(
    chosen.length === 0 ? 'the text has no network' : `name one of the networks ${chosen.join(', ')}`,
  );
}
