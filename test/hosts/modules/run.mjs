// In Node, Bun and Deno: prints what came out, as JSON.

import { readFileSync } from 'node:fs';
import { useAll } from './use.js';

const read = (path) => readFileSync(new URL(path, import.meta.url));
const answers = await useAll(JSON.parse(read('./cases.json').toString()), async ({ module, weights, threads }) => [
  await import(`./${module}`),
  { ...(weights && { weights: read(`./${weights}`) }), threads },
]);
console.log(JSON.stringify(answers));
