// The part of `unplugin` that is used. This file alone is bundled with it, so that it is no dependency of whoever installs this.

export { createEsbuildPlugin, createRollupPlugin, createVitePlugin, createWebpackPlugin } from 'unplugin';
export type { UnpluginFactory } from 'unplugin';
