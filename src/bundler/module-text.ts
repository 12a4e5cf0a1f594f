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

/** As `withWeights`, for a host that compiles what is imported: a `load` that gives it to the module, and the weights, if there are any. */
export function withImported(code: string, wasm: string | undefined, weights: string | undefined): string {
  const from = JSON.stringify(code);
  const defaults = [...(wasm === undefined ? [] : ['wasm']), '...options'].join(', ');
  return `import { load as loadWith } from ${from};
${wasm === undefined ? '' : `import wasm from ${JSON.stringify(wasm)};\n`}${weights === undefined ? '' : `import file from ${JSON.stringify(weights)};\n`}export * from ${from};

export async function load(weights, options) {
  return loadWith(weights${weights === undefined ? '' : ' ?? file'}, { ${defaults} });
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
