// `cnnc/vite`: imports of `.cnn` files in Vite.

import { factory } from './plugin.ts';
import type { Options } from './settings.ts';
import { createVitePlugin } from './unplugin.ts';

export type { NetworkSettings, Options } from './settings.ts';

/** The plugin; options count before those of `cnnc.config.ts`. */
const cnnc: (options?: Options) => { name: string } = (options) =>
  createVitePlugin(factory)(options) as { name: string };
export default cnnc;
