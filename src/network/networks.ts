// From a source text to the networks in it, ready to report or compile: the front end with the operators it needs, and the
// choice of one network.

import type { FrontendOptions, FrontendResult, Network } from '../../compiler/frontend/index.ts';
import { frontend } from '../../compiler/frontend/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Source } from '../../grammar/source.ts';

export interface BuildOptions extends Pick<FrontendOptions, 'read' | 'unread' | 'real' | 'path' | 'show'> {
  readonly network?: string;
  /** Values for parameters, written as in the language; they skip `expect`. */
  readonly set?: ReadonlyMap<string, string>;
}

/** The networks of a file, with all operators. Mistakes are returned as diagnostics. */
export function buildNetworks(source: Source, options: BuildOptions = {}): FrontendResult {
  return frontend(source, { ...options, operators });
}

/** The network to work on, or the names to choose from. */
export function chooseNetwork({ networks, declared }: FrontendResult): Network | readonly string[] {
  const [only, ...others] = networks;
  return only && others.length === 0 ? only : declared.map(({ name }) => name);
}
