// `cnnc/rollup`: imports of `.cnn` files in Rollup.

import { pluginFor } from './plugin.ts';
import { checkedConditions } from './settings.ts';
import type { Options } from './settings.ts';
import { createRollupPlugin } from './unplugin.ts';

export type { NetworkSettings, Options } from './settings.ts';

export interface RollupOptions extends Options {
  /** What the host is, in the words of `exports` in `package.json`: with `workerd`, it imports the WebAssembly and the weights. */
  readonly conditions?: readonly string[];
}

/** The plugin; options count before those of `cnnc.config.ts`. Throws `InputError` for `conditions` that are none. */
const cnnc: (options?: RollupOptions) => { name: string } = ({ conditions = [], ...options } = {}) => {
  const known = checkedConditions(conditions);
  return createRollupPlugin((own: Options, { framework }) => pluginFor(own, framework, known))(options) as {
    name: string;
  };
};
export default cnnc;
