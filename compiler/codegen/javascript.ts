// Modules that are JavaScript or TypeScript throughout: every kernel is a function.

import type { ModuleEmitter } from './module-emitter.ts';
import { passFunction } from './calls.ts';
import { loadFunction } from './load.ts';

export const javascriptModules: ModuleEmitter = {
  languages: ['ts', 'js'],
  isThreaded: false,
  printed: ({ kernels }) => kernels,
  runtime: ['batch'],
  hasBinary: false,
  sections: (program, info, typed) => [passFunction(program, typed), loadFunction(program, info, typed)],
  finish: (text) => text,
};
