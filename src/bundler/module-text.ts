// The text of an imported network whose weights are a file of its own: all that the emitted module exports, with a `load` that
// reads them where it is given none.

/** `weights` is an expression for what `load` takes; `before` stands above it. */
export function withWeights(code: string, weights: string, before = ''): string {
  const from = JSON.stringify(code);
  return `${before}import { load as loadWith } from ${from};
export * from ${from};

export async function load(weights, options) {
  return loadWith(weights ?? (await ${weights}), options);
}
`;
}

/** As `withWeights`, of weights that lie at a URL, an expression. In Node it may be that of a file, which `fetch` does not read. */
export function withFetchedWeights(code: string, url: string, before = ''): string {
  return `${withWeights(code, `weightsAt(${url})`, before)}
function weightsAt(url) {
  if (url.protocol !== 'file:') return fetch(url);
  return globalThis.process.getBuiltinModule('node:fs/promises').readFile(url);
}
`;
}
