// `cnnc/esbuild`: imports of `.cnn` files in esbuild.

import { factory } from './plugin.ts';
import type { Options } from './settings.ts';
import { createEsbuildPlugin } from './unplugin.ts';

export type { NetworkSettings, Options } from './settings.ts';

/** The plugin; options count before those of `cnnc.config.ts`. */
const cnnc: (options?: Options) => { name: string; setup(build: object): void | Promise<void> } = (options) =>
  createEsbuildPlugin(factory)(options) as { name: string; setup(build: object): void | Promise<void> };
export default cnnc;
