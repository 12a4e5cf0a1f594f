// Exported functions of compiler/ and src/ that other files use have a docstring.

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = new Map(
  ['grammar', 'compiler', 'runtime', 'src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('-text.ts'))
      .map((name) => [join(folder, name), readFileSync(join(root, folder, name), 'utf8')] as const),
  ),
);

/** `file name` of everything that a file takes from another. */
const used = new Set(
  [...files].flatMap(([file, text]) =>
    [...text.matchAll(/^(?:import|export) (?:type )?\{([^}]*)\} from '(\.[^']+)';/gm)].flatMap(([, names, target]) =>
      names!.split(',').map((name) => {
        const [imported] = name
          .trim()
          .replace(/^type /, '')
          .split(' as ');
        return `${join(dirname(file), target!)} ${imported}`;
      }),
    ),
  ),
);

const exportedFunction = /^export (?:(?:async )?function\*? (\w+)|const (\w+)[^=]*= (?:async )?(?:<[^>]*>)?\()/;

function undocumented(): readonly string[] {
  return [...files]
    .filter(([file]) => /^(compiler|src)\b/.test(file))
    .flatMap(([file, text]) => {
      const lines = text.split('\n');
      return lines.flatMap((line, at) => {
        const [, functionName, constName] = exportedFunction.exec(line) ?? [];
        const name = functionName ?? constName;
        const isBare = name !== undefined && !lines[at - 1]?.trimEnd().endsWith('*/');
        return isBare && used.has(`${file} ${name}`) ? [`${file} ${name}`] : [];
      });
    });
}

test('functions that other files use have a docstring', () => {
  expect(undocumented()).toEqual([]);
});
