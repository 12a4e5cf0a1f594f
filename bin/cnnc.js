#!/usr/bin/env node
// Starts the command line: the built one, or in a checkout the sources, which Node runs as they are.

import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`cnnc needs Node 22.18 or later; this is ${process.versions.node}.\n`);
  process.exit(2);
}

const built = new URL('../dist/src/cli/main.js', import.meta.url);
const source = new URL('../src/cli/main.ts', import.meta.url);
const { start } = await import((existsSync(built) ? built : source).href);
await start();
