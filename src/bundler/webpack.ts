// `cnnc/webpack`: imports of `.cnn` files in webpack.

import { factory } from './plugin.ts';
import type { Options } from './settings.ts';
import { createWebpackPlugin } from './unplugin.ts';

export type { NetworkSettings, Options } from './settings.ts';

/** The plugin; options count before those of `cnnc.config.ts`. */
const cnnc: (options?: Options) => { apply(compiler: object): void } = (options) =>
  createWebpackPlugin(factory)(options) as { apply(compiler: object): void };
export default cnnc;
