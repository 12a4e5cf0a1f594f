// Modules that are JavaScript or TypeScript throughout: every kernel is a function.

import type { ModuleEmitter } from './module-emitter.ts';
import { passFunction } from './calls.ts';
import { loadFunction } from './load.ts';

export const javascriptModules: ModuleEmitter = {
  languages: ['ts', 'js'],
  isThreaded: false,
  printed: ({ kernels }) => kernels,
  runtime: ['batch'],
  hasBase64: () => false,
  engine: () => [],
  sections: (program, typed) => [passFunction(program, typed)],
  file: () => '',
  load: loadFunction,
  end: '',
  finish: (text) => text,
};
