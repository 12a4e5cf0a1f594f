// `cnnc/config`: the types of `cnnc.config.ts`.

export { defineConfig } from './settings.ts';
export type { NetworkSettings, Options } from './settings.ts';
