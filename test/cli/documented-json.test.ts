// What docs/command-line.md says of --json: the keys of each object are those that the command prints.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cnnc } from './harness.ts';

const page = readFileSync(new URL('../../docs/command-line.md', import.meta.url), 'utf8');
const rows = new Map([...page.matchAll(/^\| `(\w+)`\s*\| (.*) \|$/gm)].map(([, command, forms]) => [command!, forms!]));

/** The outermost keys of each object in the row of a command: `{ a, b: [{ c }] }` has a and b. */
function formsOf(command: string): readonly (readonly string[])[] {
  return [...rows.get(command)!.matchAll(/`(\{.*?\})`/g)].map(([, form]) => {
    let depth = 0;
    const outermost = [...form!].filter((character) => {
      if ('}]'.includes(character)) depth -= 1;
      const isOutside = depth === 1;
      if ('{['.includes(character)) depth += 1;
      return isOutside;
    });
    return [...outermost.join('').matchAll(/\w+/g)].map(([key]) => key).toSorted();
  });
}

const files = {
  'a.cnn':
    '/// Two classes.\nnetwork A {\n  input x: [1, 2, 2]\n  c = conv(1, kernel: 1)\n  flatten\n  y = dense(2)\n  output y\n}\n',
  'b.cnn': 'network B {\n  input x: [1, 2, 2]\n  flatten\n  dense(2)\n}\n',
  'x.json': '[[[1, 2], [3, 4]]]',
};
const random = ['--weights', 'random:1'] as const;

describe('the object that a command prints has the keys that are documented', () => {
  test.each([
    ['new', ['new', 'lenet']],
    ['check', ['check', 'a.cnn']],
    ['fmt', ['fmt', 'a.cnn']],
    ['report', ['report', 'a.cnn']],
    ['report', ['report', 'a.cnn', 'b.cnn']],
    ['why', ['why', 'a.cnn', 'c']],
    ['explain', ['explain', 'a.cnn']],
    ['explain', ['explain', '--list']],
    ['compile', ['compile', 'a.cnn', '-o', 'out', '--target', 'js']],
    ['export', ['export', 'a.cnn', '--onnx', '-o', 'a.onnx', ...random]],
    ['run', ['run', 'a.cnn', '--input', 'x.json', ...random]],
    ['compare', ['compare', 'a.cnn', 'b.cnn', '--input', 'x.json', ...random]],
    ['bench', ['bench', 'a.cnn', '--target', 'js', ...random]],
    ['dump', ['dump', 'a.cnn', '--stage', 'graph']],
    ['help', ['help', 'conv/C4']],
    ['help', ['help', 'conv']],
    ['help', ['help', 'bottleneck']],
    ['help', ['help', 'check']],
    ['completion', ['completion', 'bash']],
  ])('%s %j', async (command, argv) => {
    const { stdout } = await cnnc([...argv, '--json'], { files });
    expect(formsOf(command)).toContainEqual(Object.keys(JSON.parse(stdout) as object).toSorted());
  });

  test.each(['codes', 'operators', 'blocks', 'passes', 'exit-codes'])(
    'help %s has a list of its own',
    async (topic) => {
      const { stdout } = await cnnc(['help', topic, '--json']);
      const [key] = Object.keys(JSON.parse(stdout) as object).filter((name) => name !== 'schemaVersion');
      expect(rows.get('help')).toContain(`\`${key}\``);
    },
  );

  test('every command has a row', async () => {
    const { stdout } = await cnnc(['--help']);
    const commands = [...stdout.slice(stdout.indexOf('Commands:')).matchAll(/^ {2}(\w+) .*[[<]/gm)].map(
      ([, name]) => name!,
    );
    expect(commands.filter((name) => !rows.has(name))).toEqual([]);
    expect(commands.length).toBeGreaterThan(20);
  });
});
