// In a page: sends what came out to the page's server.

import { useAll } from './use.js';

const fetched = (path) => fetch(new URL(path, import.meta.url));
const cases = await (await fetched('cases.json')).json();
const answers = await useAll(cases, async ({ module, weights, threads }) => [
  await import(`./${module}`),
  { ...(weights && { weights: await fetched(weights) }), threads },
]);
await fetch('answers', { method: 'POST', body: JSON.stringify(answers) });
