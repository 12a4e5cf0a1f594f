// Reading and writing as a process of its own: what is refused, what a link or a lock means, and that a set of files is one.

import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryName } from '../../src/cli/folder-lock.ts';
import { program } from '../support/command-line.ts';

const isPosix = process.platform !== 'win32';
const A = 'network A { input x: [4] dense(2) }\n';
const B = 'network B { input x: [4] dense(3) }\n';

let folder = '';
beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'cnnc-files-')));
  put('a.cnn', A);
  put('x.csv', '1,2,3,4\n');
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const at = (path: string): string => join(folder, path);
const put = (path: string, text: string): void => fs.writeFileSync(at(path), text);
const get = (path: string): string => fs.readFileSync(at(path), 'utf8');
const namesIn = (path: string): readonly string[] => fs.readdirSync(at(path)).toSorted();

function run(
  argv: readonly string[],
  options: { readonly cwd?: string; readonly input?: string; readonly timeout?: number } = {},
) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...argv], {
    cwd: folder,
    encoding: 'utf8',
    ...options,
  });
  return { code: status, stdout, stderr };
}

function shell(command: string) {
  const line = command.replaceAll(/\bcnnc /g, `"${process.execPath}" "${program}" `);
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: folder, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

const makePipe = (path: string): void => void spawnSync('mkfifo', [at(path)]);

describe('reading', () => {
  test.skipIf(!isPosix)('only regular files are read, at once', () => {
    makePipe('pipe');
    fs.mkdirSync(at('folder.cnn'));
    expect(run(['report', 'pipe'])).toMatchObject({ code: 3, stderr: expect.stringContaining('pipe: it is a pipe') });
    expect(run(['report', '/dev/zero'])).toMatchObject({ code: 3, stderr: expect.stringContaining('it is a device') });
    expect(run(['report', 'folder.cnn'])).toMatchObject({ code: 1, stderr: expect.stringContaining('it is a folder') });
    const input = ['run', 'a.cnn', '--weights', 'random:1', '--input'];
    expect(run([...input, 'pipe'])).toMatchObject({ code: 3, stderr: expect.stringContaining('it is a pipe') });
    expect(run(['run', 'a.cnn', '--weights', 'pipe', '--input', 'x.csv']).code).toBe(3);
  });

  test('text that is something else is named', () => {
    fs.writeFileSync(at('p.cnn'), Buffer.from('89504e470d0a1a0a', 'hex'));
    fs.writeFileSync(at('u.cnn'), Buffer.from(`\ufeff${A}`, 'utf16le'));
    fs.writeFileSync(at('l.cnn'), Buffer.from(`${A}// caf\u00e9\n`, 'latin1'));
    expect(run(['check', 'p.cnn']).stderr).toContain('it is a PNG picture');
    expect(run(['check', 'u.cnn']).stderr).toContain('it is UTF-16');
    expect(run(['check', 'l.cnn']).stderr).toContain('the byte 0xe9 on line 2');
  });

  test('- is the standard input', () => {
    expect(run(['check', '-'], { input: A })).toMatchObject({ code: 0, stdout: expect.stringMatching(/^<stdin>: ok/) });
    expect(run(['report', '-', '--network', 'B'], { input: A + B }).stdout).toContain('B  x 4');
    expect(run(['fmt', '-'], { input: A.replace('input', '  input') }).stdout).toBe(A.replace('dense', ' dense'));
    expect(run(['check', '-'], { input: 'network A { input x: [4] rellu }' }).stderr).toContain('<stdin>:1');
  });
});

describe('paths', () => {
  const broken = 'network A { input x: [4] rellu }';

  test('are shown as they were given', () => {
    fs.mkdirSync(at('in/sub'), { recursive: true });
    put('in/bad.cnn', broken);
    const shownIn = (cwd: string, path: string): string | undefined =>
      /^ {2}(\S+):1:\d+ /m.exec(run(['check', path], { cwd: at(cwd) }).stderr)?.[1];
    expect(shownIn('.', 'in/bad.cnn')).toBe('in/bad.cnn');
    expect(shownIn('in', 'bad.cnn')).toBe('bad.cnn');
    expect(shownIn('in', './bad.cnn')).toBe('./bad.cnn');
    expect(shownIn('in/sub', '../bad.cnn')).toBe('../bad.cnn');
    expect(shownIn('in/sub', at('in/bad.cnn'))).toBe(at('in/bad.cnn'));
    const { files } = JSON.parse(run(['check', '../bad.cnn', '--json'], { cwd: at('in/sub') }).stdout) as {
      readonly files: readonly { readonly path: string; readonly diagnostics: readonly { readonly path: string }[] }[];
    };
    expect(files[0]).toMatchObject({ path: '../bad.cnn', diagnostics: [{ path: '../bad.cnn' }] });
  });

  test('of imported files lie beside them', () => {
    fs.mkdirSync(at('in/sub'), { recursive: true });
    put('in/a.cnn', 'import { b } from "./sub/b.cnn"\nnetwork A { input x: [4] b }');
    put('in/sub/b.cnn', 'block b() { rellu }');
    fs.mkdirSync(at('other'));
    expect(run(['check', '../in/a.cnn'], { cwd: at('other') }).stderr).toContain('../in/sub/b.cnn:1');
    expect(run(['check', at('in/a.cnn')], { cwd: at('other') }).stderr).toContain(`${at('in/sub/b.cnn')}:1`);
    fs.symlinkSync('../in/a.cnn', at('other/link.cnn'));
    expect(run(['check', 'link.cnn'], { cwd: at('other') }).stderr).toContain(`${at('in/sub/b.cnn')}:1`);
    put('in/a.cnn', 'import { b } from "./none.cnn"\nnetwork A { input x: [4] b }');
    expect(run(['check', '../in/a.cnn'], { cwd: at('other') }).stderr).toContain('no file "../in/none.cnn"');
  });

  test('a file that is there and cannot be imported is not called missing', () => {
    fs.mkdirSync(at('in/folder.cnn'), { recursive: true });
    fs.symlinkSync('../a.cnn', at('in/link.cnn'));
    fs.writeFileSync(at('in/other.cnn'), Uint8Array.of(0xc3, 0x28));
    const imports = ['folder', 'link', 'other'].map((name) => `import { ${name} } from "./${name}.cnn"\n`);
    put('in/net.cnn', `${imports.join('')}${A}`);
    const { code, stderr } = run(['check', 'net.cnn'], { cwd: at('in') });
    expect(code).toBe(1);
    expect(stderr).toContain('a file cannot be imported: cannot read folder.cnn: it is a folder');
    expect(stderr).toContain('a file cannot be imported: link.cnn is a link to a place outside of the project');
    expect(stderr).toMatch(/a file cannot be imported: other\.cnn: .*UTF-8/);
    expect(stderr).not.toContain('there is no file');
  });

  test('a folder or a pattern stands for its files', () => {
    fs.mkdirSync(at('nets/node_modules/x'), { recursive: true });
    for (const path of ['nets/b.cnn', 'nets/node_modules/x/c.cnn', 'd.cnn']) put(path, A);
    expect(run(['check', '.'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^a\.cnn: ok\n.*\nd\.cnn: ok\n.*\nnets\/b\.cnn: ok\n.*\n$/),
      stderr: 'all 3 files are ok\n',
    });
    expect(run(['fmt', '--check', '*.cnn', 'a.cnn'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('d.cnn'),
    });
    put('d.cnn', broken);
    expect(run(['check', 'nets', '*.cnn']).stderr).toMatch(/1 error in 1 of 3 files\n$/);
    fs.mkdirSync(at('empty'));
    expect(run(['check', 'empty'])).toMatchObject({ code: 1, stderr: 'error: empty: there is no .cnn file\n' });
  });

  test.each([
    [['check', 'ab.cnn:B'], 0],
    [['why', 'ab.cnn:B', 'dense1'], 0],
    [['explain', 'ab.cnn:B'], 0],
    [['dump', 'ab.cnn:B', '--stage', 'graph'], 0],
    [['compile', 'ab.cnn:B', '-o', 'out'], 0],
    [['run', 'ab.cnn:B', '--weights', 'random:1', '--input', 'x.csv'], 0],
    [['report', 'ab.cnn:B', '--network', 'A'], 2],
    [['fmt', 'ab.cnn:B'], 2],
  ])('FILE:NETWORK: %j', (argv, code) => {
    put('ab.cnn', A + B);
    expect(run(argv)).toMatchObject({ code, stderr: code === 0 ? '' : expect.stringMatching(/^error: /) });
  });
});

describe('writing', () => {
  test('never over what the command reads, whatever it is called', () => {
    fs.symlinkSync('a.cnn', at('link.svg'));
    fs.linkSync(at('a.cnn'), at('hard.svg'));
    for (const output of ['a.cnn', './a.cnn', at('a.cnn'), 'link.svg', 'hard.svg'])
      expect(run(['report', 'a.cnn', '--svg', output])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(output),
      });
    const run1 = ['run', 'a.cnn', '--weights', 'random:1', '--input', 'x.csv', '--html'];
    expect(run([...run1, 'x.csv']).code).toBe(2);
    put('b.cnn', 'block b() { dense(2) }');
    put('a2.cnn', 'import { b } from "./b.cnn"\nnetwork A { input x: [4] b }');
    expect(run(['report', 'a2.cnn', '--html', 'b.cnn']).code).toBe(2);
    expect(run(['report', 'a.cnn', '--html', 'one', '--svg', './one'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('are one file'),
    });
    expect([get('a.cnn'), get('x.csv')]).toEqual([A, '1,2,3,4\n']);
  });

  test.skipIf(!isPosix)('only over regular files', () => {
    makePipe('pipe');
    fs.mkdirSync(at('dir'));
    expect(run(['report', 'a.cnn', '--html', 'pipe'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a pipe'),
    });
    expect(run(['report', 'a.cnn', '--html', 'dir'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a folder'),
    });
    expect(run(['report', 'a.cnn', '--svg', '/dev/null'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a device'),
    });
    expect(fs.lstatSync(at('pipe')).isFIFO()).toBe(true);
    expect(fs.statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test.skipIf(!isPosix)('where that will be refused, a training and a tuning do not begin', () => {
    put('t.cnn', 'network T { input x: [1, 12, 12]\n flatten\n dense(10) }\ntrain T { optimizer: adam }\n');
    fs.mkdirSync(at('dir.safetensors'));
    const before = namesIn('.');
    const train = ['train', 't.cnn', '--data', 'digits:10', '--out', 'dir.safetensors'];
    const [error, code] = ['error: cannot write dir.safetensors: it is a folder, and only regular files are replaced\n', 1]; // prettier-ignore
    expect(run(train)).toEqual({ code, stdout: '', stderr: error });
    expect(run(['tune', 'a.cnn', '-o', 'dir.safetensors'])).toEqual({ code, stdout: '', stderr: error });
    expect(namesIn('.')).toEqual(before);
  });

  test('links are followed, also to where nothing is yet; modes stay', () => {
    put('real', 'old');
    fs.chmodSync(at('real'), 0o640);
    fs.mkdirSync(at('sub'));
    fs.symlinkSync('real', at('link.html'));
    fs.symlinkSync('sub/new', at('dangling.html'));
    fs.symlinkSync('loop', at('loop'));
    for (const name of ['link.html', 'dangling.html']) expect(run(['report', 'a.cnn', '--html', name]).code).toBe(0);
    expect(fs.lstatSync(at('link.html')).isSymbolicLink()).toBe(true);
    expect([get('real').slice(0, 9), get('sub/new').slice(0, 9)]).toEqual(['<!doctype', '<!doctype']);
    if (isPosix) expect(fs.statSync(at('real')).mode & 0o777).toBe(0o640);
    expect(run(['report', 'a.cnn', '--html', 'loop'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('circle'),
    });
  });

  test('- and /dev/stdout print, alone', () => {
    for (const name of ['-', '/dev/stdout'])
      expect(run(['report', 'a.cnn', '--svg', name])).toMatchObject({
        stdout: expect.stringMatching(/^<svg/),
        stderr: '',
      });
    expect(run(['report', 'a.cnn', '--svg', '-', '--json']).code).toBe(2);
    expect(run(['report', 'a.cnn', '--svg', '-', '--html', '-']).code).toBe(2);
    expect(namesIn('.')).toEqual(['a.cnn', 'x.csv']);
  });
});

const compile = (output: string, seed = 1): readonly string[] => [
  'compile',
  'a.cnn',
  '-o',
  output,
  '--target',
  'js',
  '--weights',
  `random:${seed}`,
];

test('empty and endless names are refused in one line', () => {
  const long = 'a'.repeat(100_000);
  for (const argv of [
    ['check', ''],
    ['report', 'a.cnn', '--svg', ''],
    ['compile', 'a.cnn', '-o', ''],
    [long],
    ['check', long],
  ]) {
    const { code, stdout, stderr } = run(argv);
    expect({ code, stdout }).toEqual({ code: expect.toBeOneOf([1, 2]), stdout: '' });
    expect(stderr.length).toBeLessThan(1024);
  }
  expect(namesIn('.')).toEqual(['a.cnn', 'x.csv']);
});

describe('a set of files', () => {
  test('stays as it was where one of them cannot be written', () => {
    expect(run(compile('out')).code).toBe(0);
    const before = get('out/net.js');
    fs.rmSync(at('out/weights.safetensors'));
    fs.mkdirSync(at('out/weights.safetensors'));
    put('a.cnn', B);
    expect(run(compile('out'))).toMatchObject({ code: 1, stderr: expect.stringContaining('weights.safetensors') });
    expect(get('out/net.js')).toBe(before);
    expect(namesIn('out')).toEqual(['net.d.ts', 'net.js', 'weights.safetensors']);
  });

  test.skipIf(process.platform !== 'linux')('a folder that can hold no others ends it at once', () => {
    expect(run(['compile', 'a.cnn', '-o', '/proc/cnnc/deep'], { timeout: 10_000 })).toMatchObject({
      code: 1,
      stderr: 'error: cannot write to /proc/cnnc/deep: there is no such file or folder\n',
    });
  });

  test('folders that were made for it go with it', () => {
    fs.mkdirSync(at('page.html'));
    expect(run(['report', 'a.cnn', '--svg', 'new/deep/a.svg', '--html', 'page.html']).code).toBe(1);
    expect(namesIn('.')).toEqual(['a.cnn', 'page.html', 'x.csv']);
  });

  test('leftovers and the lock of a run that was killed are removed, those of one that runs are not', async () => {
    const [, host] = /^\.cnnc-(\w*)-/.exec(temporaryName())!;
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const live = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' });
    try {
      fs.mkdirSync(at('out'));
      put(`out/.cnnc-${host}-${dead}-abc.tmp`, 'left');
      fs.mkdirSync(at(`out/.cnnc.lock/.cnnc-${host}-${dead}-abc.tmp`), { recursive: true });
      put(`out/.cnnc-${host}-${live.pid}-abc.tmp`, 'in use');
      put('out/.cnnc-elsewhere-1-abc.tmp', 'in use on another machine');
      expect(run(compile('out')).code).toBe(0);
      expect(namesIn('out')).toEqual([
        '.cnnc-elsewhere-1-abc.tmp',
        `.cnnc-${host}-${live.pid}-abc.tmp`,
        'net.d.ts',
        'net.js',
        'weights.safetensors',
      ]);
    } finally {
      live.kill();
    }
  });

  test('runs into one folder leave the files of one of them', async () => {
    put('b.cnn', B);
    const started = (source: string) =>
      new Promise<number | null>((resolve) =>
        spawn(process.execPath, [program, 'compile', source, '-o', 'both', '--target', 'js', '--weights', 'random:1'], {
          cwd: folder,
          stdio: 'ignore',
        }).on('exit', resolve),
      );
    expect(await Promise.all(['a.cnn', 'b.cnn', 'a.cnn', 'b.cnn'].map(started))).toEqual([0, 0, 0, 0]);
    expect(namesIn('both')).toEqual(['net.d.ts', 'net.js', 'weights.safetensors']);
    const script = `import('./both/net.js').then(async ({ load }) => {
      const net = await load(require('fs').readFileSync('both/weights.safetensors'));
      console.log(net.run(new Float32Array(4)).length);
    })`;
    put('package.json', '{ "type": "module" }');
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script, '--input-type=commonjs'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ stdout: stdout.trim(), stderr }).toEqual({ stdout: expect.stringMatching(/^[23]$/), stderr: '' });
  });
});

describe.skipIf(!isPosix)('streams', () => {
  test.skipIf(!fs.existsSync('/dev/full'))('a full standard output is said, without a stack', () => {
    const { code, stderr } = shell('cnnc report a.cnn > /dev/full');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'error: cannot write the standard output: no space is left on the disk\n',
    });
    expect(shell('cnnc check none.cnn 2> /dev/full').code).toBe(1);
  });

  test('closed streams end nothing', () => {
    expect(shell('cnnc check a.cnn <&-')).toMatchObject({ code: 0, stderr: '' });
    expect(shell('cnnc check a.cnn >&-').code).toBe(0);
    expect(shell('cnnc check a.cnn 2>&-').code).toBe(0);
    expect(shell('cnnc help codes | head -1')).toMatchObject({ code: 0, stderr: '' });
    expect(shell('cnnc check - <&-')).toMatchObject({ stderr: expect.not.stringContaining('bug') });
  });

  test('a working folder that is gone', () => {
    const gone = `mkdir gone && cd gone && rmdir ../gone`;
    expect(shell(`${gone} && cnnc check '${at('a.cnn')}'`)).toMatchObject({ code: 0, stderr: '' });
    for (const command of ['check a.cnn', `report '${at('a.cnn')}' --html a.html`, `compile '${at('a.cnn')}' -o out`]) {
      const { code, stderr } = shell(`mkdir -p gone && cd gone && rmdir ../gone && cnnc ${command}`);
      expect({ command, code, stderr }).toEqual({
        command,
        code: 1,
        stderr: expect.stringContaining('working folder'),
      });
    }
  });
});

describe('what a terminal would obey', () => {
  const escape = '\u001b]0;title\u0007\u001b[31m';
  const name = `x${escape}\u202e.cnn`;

  test.skipIf(!isPosix).each([
    ['a file name', ['check', name]],
    ['a missing file', ['check', `none${escape}`]],
    ['an unknown command', [`x${escape}`]],
    ['an unknown option', ['check', `--x${escape}`]],
    ['a value', ['report', name, '--layer', escape]],
    ['a comment, as Markdown', ['report', name, '--md']],
    ['a comment, as text', ['report', name]],
    ['a comment in a drawing', ['report', name, '--svg', '-']],
    ['a comment in a page', ['report', name, '--html', '-']],
    ['a file that is written', ['report', name, '--svg', `${escape}.svg`]],
    ['a changed file', ['fmt', name]],
    ['a module', ['compile', name, '-o', `out${escape}`]],
    ['a tree', ['dump', name, '--stage', 'ast']],
    ['labels', ['run', name, '--weights', 'random:1', '--input', 'x.csv']],
    ['JSON', ['check', name, '--json']],
  ])('%s', (_, argv) => {
    put(
      name,
      `/// doc ${escape}\nnetwork  A { input x: [4]\n s = dense(2)\n output s { labels: ["a${escape.replaceAll('\u001b', '\u009b')}", "b"] } }\n`,
    );
    const { code, stdout, stderr } = run(argv);
    expect(code).toBeLessThan(4);
    // oxlint-disable-next-line no-control-regex
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});
