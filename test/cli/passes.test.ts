// Pass options of the commands, the list of passes, `--verify` with a faulty pass, and `explain`.

import { beforeEach, describe, expect, test, vi } from 'vitest';
import { passes } from '../../compiler/pipeline.ts';
import { describedPasses } from '../../src/cli/pass-list.ts';
import { cnnc } from './harness.ts';

const faulty = vi.hoisted(() => ({ on: false }));

/** With the fault, the shift is added to the bias with the wrong sign. */
vi.mock('../../compiler/passes/fold-scale.ts', async (original) => {
  const { foldScale } = await original<typeof import('../../compiler/passes/fold-scale.ts')>();
  const { editGraph } = await import('../../compiler/ir/rewrite.ts');
  return {
    foldScale: {
      ...foldScale,
      run(graph: Parameters<typeof foldScale.run>[0], context: Parameters<typeof foldScale.run>[1]) {
        const folded = foldScale.run(graph, context);
        if (!faulty.on || folded === graph) return folded;
        const editor = editGraph(folded, context.operators);
        for (const node of editor.nodes()) {
          if (node.op !== 'add' || editor.typeOf(node.results[0]!).batched) continue;
          const sum = editor.add({ op: 'sub', name: `${node.name}.wrong`, inputs: node.operands });
          editor.replace(node, sum);
        }
        return editor.finish();
      },
    },
  };
});

beforeEach(() => void (faulty.on = false));

const NORMAL = `network Normal {
  input image: [2, 8, 8]
  conv(4, kernel: 3) -> batch_norm -> relu
  max_pool(2)
  conv(4, kernel: 3) -> batch_norm -> relu
  flatten
  dense(5)
}
`;
const files = { 'a.cnn': NORMAL };
const callsIn = (text: string): number => Number(/(\d+) kernel calls/.exec(text)![1]);
const module = async (...options: readonly string[]): Promise<string> =>
  (await cnnc(['dump', 'a.cnn', '--stage', 'ts', ...options], { files })).stdout;

describe('levels and switches', () => {
  test('change what is compiled', async () => {
    const [none, some, all] = [
      callsIn(await module('-O0')),
      callsIn(await module('-O1')),
      callsIn(await module('-O2')),
    ];
    // conv, scale, relu, pool, conv, scale, relu, dense; flatten only where it copies; one copy in, one out.
    expect(none).toBeGreaterThanOrEqual(10);
    expect(some).toBeLessThanOrEqual(none);
    expect(all).toBeLessThan(some);
    expect(await module()).toBe(await module('-O', '2'));
  });

  test('--disable, --only and --stop-after choose passes', async () => {
    const graph = async (...options: readonly string[]): Promise<string> =>
      (await cnnc(['dump', 'a.cnn', '--stage', 'optimised', ...options], { files })).stdout;
    expect(await graph()).not.toContain('scale(%');
    expect(await graph('--disable', 'fold-scale')).toContain('scale(%');
    expect(await graph('--only', 'fold-scale')).not.toContain('scale(%');
    expect(await graph('--only', 'in-place,fuse-epilogue')).toContain('scale(%');
    expect(await graph('--stop-after', '0')).toBe(await graph('-O0'));
    expect(await graph('--stop-after', 'fold-scale')).not.toContain('scale(%');
    const last = passes.at(-1)!.name;
    expect(await module('--stop-after', last)).toBe(await module());
    expect(await module('--stop-after', '100')).toBe(await module());
  });

  test('--stop-after a graph pass leaves the program as -O0 has it', async () => {
    const first = passes.find(({ level }) => level > 0)!.name;
    expect(callsIn(await module('--stop-after', first))).toBe(callsIn(await module('--stop-after', '1')));
  });

  test.each([
    [['--disable', 'fold-scael'], '--disable: there is no pass fold-scael; did you mean fold-scale?'],
    [['--only', 'fold-scale,nonsense'], '--only: there is no pass nonsense; `cnnc help passes` lists them'],
    [['--stop-after', 'batch-norm-to-scale'], '--stop-after: there is no pass batch-norm-to-scale'],
    [['-O3'], '-O takes 0, 1 or 2; found 3'],
  ])('%j is a wrong command line', async (options, message) => {
    for (const command of [['report'], ['explain'], ['compile', '-o', 'out'], ['dump', '--stage', 'ts']]) {
      const { code, stderr } = await cnnc([...command, 'a.cnn', ...options], { files });
      expect({ code, stderr: stderr.includes(message) }).toEqual({ code: 2, stderr: true });
    }
  });

  test('run computes the same at every level', async () => {
    const input = JSON.stringify([
      Array.from({ length: 2 }, (_, c) =>
        Array.from({ length: 8 }, (__, y) => Array.from({ length: 8 }, (___, x) => Math.sin(c + 3 * y + 7 * x))),
      ),
    ]);
    const values = async (option: string): Promise<readonly number[]> => {
      const argv = ['run', 'a.cnn', '--weights', 'random:1', '--input', 'x.json', '--json', option];
      const { stdout } = await cnnc(argv, { files: { ...files, 'x.json': input } });
      return (JSON.parse(stdout) as { images: { outputs: { values: number[] }[] }[] }).images[0]!.outputs[0]!.values;
    };
    const expected = await values('-O0');
    expect(expected.some((value) => value !== 0)).toBe(true);
    for (const option of ['-O1', '-O2']) {
      const found = await values(option);
      found.forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 4));
    }
  });

  test('a compiled module cannot be compiled again', async () => {
    const { code, stderr } = await cnnc(['run', 'net.js', '--input', 'x.json', '-O0'], { files });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'error: -O needs the .cnn file; net.js is a compiled module\n',
    });
  });
});

describe('--verify', () => {
  test('says that all is well on stderr', async () => {
    const { code, stdout, stderr } = await cnnc(['report', 'a.cnn', '--verify'], { files });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^verify: \d+ passes changed the network, none what it computes\n$/);
    expect(stdout).toBe((await cnnc(['report', 'a.cnn'], { files })).stdout);
  });

  test('names the guilty pass and the smallest network that shows it; exit code 70', async () => {
    faulty.on = true;
    const { code, stdout, stderr } = await cnnc(['compile', 'a.cnn', '-o', 'out', '--verify'], { files });
    expect({ code, stdout }).toEqual({ code: 70, stdout: '' });
    expect(stderr).toContain('fold-scale is wrong');
    expect(stderr).toMatch(/rewrite scale: .*a\.cnn:[35]/);
    const [before = '', after = ''] = stderr.split('after fold-scale:');
    const steps = before.split('\n').filter((line) => /\[N,.* as /.test(line));
    expect(steps.map((line) => / = (\w+)\(/.exec(line)![1])).toEqual(['conv', 'scale']);
    expect(after).toContain('sub(');
    expect((await cnnc(['compile', 'a.cnn', '-o', 'out', '--verify', '--disable', 'fold-scale'], { files })).code).toBe(
      0,
    );
  });
});

describe('passes', () => {
  test.each([[['help', 'passes']], [['explain', '--list']]])('%j lists them with their summaries', async (argv) => {
    const { code, stdout } = await cnnc(argv);
    expect(code).toBe(0);
    for (const { name, summary } of describedPasses) {
      expect(summary).toMatch(/[.…]$/);
      expect(stdout).toContain(`${name}  `);
      expect(stdout).toContain(summary);
    }
    const json = JSON.parse((await cnnc([...argv, '--json'])).stdout) as unknown;
    expect(json).toEqual({ schemaVersion: 1, passes: describedPasses });
  });
});
