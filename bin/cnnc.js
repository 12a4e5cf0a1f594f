#!/usr/bin/env node
// Starts the command line: in a checkout the sources, which Node runs as they are, else what was built of them.

import { existsSync } from 'node:fs';
import * as module from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `cnnc needs Node 22.18 or later, and this is ${process.versions.node}; modules that it compiled run here all the same.\n`,
  );
  process.exit(2);
}

// The kernel keeps from process 1, the first of a container, signals that it does not wait for: it ends by itself.
if (process.pid === 1)
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, (_, number) => {
      if (process.listenerCount(signal) === 1) process.exit(128 + number);
    });

// What was compiled once need not be again; https://nodejs.org/api/module.html#module-compile-cache
module.enableCompileCache?.();

const source = new URL('../src/cli/main.ts', import.meta.url);
const built = new URL('../dist/src/cli/main.js', import.meta.url);
const { start } = await import((existsSync(source) ? source : built).href);
await start();
