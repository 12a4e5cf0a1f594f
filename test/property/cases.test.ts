// Cases that random networks found and shrank, kept with what they failed on; each runs on every executor.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseCase } from '../support/cases.ts';
import { configurationText } from '../support/configuration.ts';
import { problemsOf } from '../support/one-run.ts';
import { feedsOf } from '../support/random-network.ts';

const folder = new URL('cases/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.case'));

test.each(files)('%s', async (file) => {
  const { graph, configuration, batch } = parseCase(readFileSync(new URL(file, folder), 'utf8'));
  for (const executor of ['graph', 'kernels', 'module', 'wasm'] as const) {
    const found = await problemsOf(graph, feedsOf(graph, batch), configuration, executor);
    expect(found, `${configurationText(configuration)} on ${executor}`).toEqual([]);
  }
});
