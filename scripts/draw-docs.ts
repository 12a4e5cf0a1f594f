// Draws docs/pictures/*.svg: two networks as `cnnc report --svg` draws them, and a terminal session, whose commands are run here and
// whose colours are ECMA-48's "select graphic rendition". A test checks that the drawings are up to date.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { report } from '../src/index.ts';
import { reportSvg } from '../src/report/svg/svg.ts';

const root = new URL('../', import.meta.url);
const inRoot = (path: string): string => fileURLToPath(new URL(path, root));

/** Name → SVG. Runs the command line. */
export function drawDocs(): ReadonlyMap<string, string> {
  return new Map([
    ['lenet.svg', networkSvg('lenet', 'LeNet')],
    ['googlenet.svg', networkSvg('googlenet', 'GoogLeNet')],
    ['terminal.svg', terminalSvg(session())],
  ]);
}

function networkSvg(name: string, network: string): string {
  const path = `examples/${name}/${name}.cnn`;
  return reportSvg(report(readFileSync(inRoot(path), 'utf8'), { path, network }));
}

interface Exchange {
  readonly command: string;
  /** With escape sequences. */
  readonly output: string;
}

/** LeNet with a kernel that does not fit, then as it is. */
function session(): readonly Exchange[] {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-docs-'));
  const run = (command: string): Exchange => ({ command: `npx cnnc ${command}`, output: runIn(folder, command) });
  try {
    cpSync(inRoot('examples/lenet/lenet-fashion-mnist.safetensors'), join(folder, 'clothes.safetensors'));
    cpSync(inRoot('examples/pictures/sneaker.png'), join(folder, 'sneaker.png'));
    const lenet = readFileSync(inRoot('examples/lenet/lenet.cnn'), 'utf8');
    writeFileSync(join(folder, 'draft.cnn'), lenet.replace('conv(16, kernel: 5)', 'conv(16, kernel: 15)'));
    writeFileSync(join(folder, 'lenet.cnn'), lenet);
    return [
      run('check draft.cnn'),
      run('report lenet.cnn'),
      run('run lenet.cnn --weights clothes.safetensors --input sneaker.png --top 3'),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Its stdout and stderr; a command that finds an error in its input may fail. */
function runIn(folder: string, command: string): string {
  const { NO_COLOR: _, ...others } = process.env;
  const env = { ...others, FORCE_COLOR: '1', COLUMNS: String(columns), NODE_OPTIONS: '' };
  const args = [inRoot('src/cli/main.ts'), ...command.split(' ')];
  try {
    return execFileSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    if (status !== 1) throw error;
    return stdout + stderr;
  }
}

const columns = 100;
const [cellWidth, lineHeight, padding, titleBar] = [7.83, 19, 18, 30] as const;
/** Seconds that an exchange stays alone before the next one appears. */
const pause = 1.6;

const colors: Readonly<Record<string, string>> = {
  '31': '#ff7b72',
  '32': '#7ee787',
  '33': '#e3b341',
  '34': '#79c0ff',
  '35': '#d2a8ff',
  '36': '#76e3ea',
  '39': '#e6edf3',
  '90': '#8b949e',
};

function terminalSvg(exchanges: readonly Exchange[]): string {
  let line = 0;
  const groups = exchanges.map(({ command, output }, at) => {
    const prompt = `\u001b[32m$\u001b[0m \u001b[1m${command}\u001b[0m`;
    const lines = [prompt, ...output.trimEnd().split('\n'), ''];
    const group = `<g style="animation-delay:${(at * pause).toFixed(1)}s">\n${linesSvg(lines, line)}\n</g>`;
    line += lines.length;
    return group;
  });
  return windowSvg(line - 1, 'cnnc in a terminal', groups);
}

/** One screen of a terminal, by its lines with escape sequences; `label` is for those who do not see it. */
export function screenSvg(lines: readonly string[], label: string): string {
  return windowSvg(lines.length, label, [linesSvg(lines, 0)]);
}

function linesSvg(lines: readonly string[], first: number): string {
  const texts = lines.map((text, row) => lineSvg(text, titleBar + padding + (first + row + 0.5) * lineHeight));
  return texts.filter((text) => text !== '').join('\n');
}

function windowSvg(lineCount: number, label: string, content: readonly string[]): string {
  const width = Math.ceil(columns * cellWidth + 2 * padding);
  const height = Math.ceil(titleBar + 2 * padding + lineCount * lineHeight);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">`,
    '<style>',
    'text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#e6edf3;white-space:pre}',
    'g{animation:appear .2s both}@keyframes appear{from{opacity:0}}',
    '@media (prefers-reduced-motion:reduce){g{animation:none}}',
    '</style>',
    `<rect width="${width}" height="${height}" rx="10" fill="#0d1117"/>`,
    ...['#ff5f57', '#febc2e', '#28c840'].map(
      (fill, at) => `<circle cx="${20 + 20 * at}" cy="20" r="6" fill="${fill}"/>`,
    ),
    ...content,
    '</svg>\n',
  ].join('\n');
}

/** A style's codes, or text up to the next one. */
const styleOrText = new RegExp(String.raw`\u001b\[([\d;]*)m|[^\u001b]+`, 'g');

/** Runs of one style, each as long as its characters, whatever font the reader has. */
function lineSvg(text: string, y: number): string {
  const runs: string[] = [];
  let codes: readonly string[] = [];
  let column = 0;
  for (const [part, style] of text.matchAll(styleOrText)) {
    if (style !== undefined) {
      const given = style.split(';').filter((code) => code !== '' && code !== '0');
      codes = given.length === 0 ? [] : [...codes, ...given];
      continue;
    }
    const length = [...part].length;
    if (part.trim() !== '') runs.push(runSvg(part, codes, column, length));
    column += length;
  }
  return runs.length === 0 ? '' : `<text y="${y.toFixed(1)}">${runs.join('')}</text>`;
}

function runSvg(part: string, codes: readonly string[], column: number, length: number): string {
  const fill = codes.map((code) => colors[code]).findLast((color) => color !== undefined);
  const style = [
    fill === undefined ? '' : ` fill="${fill}"`,
    codes.includes('1') ? ' font-weight="600"' : '',
    codes.includes('2') ? ' opacity=".65"' : '',
  ].join('');
  const [x, extent] = [padding + column * cellWidth, length * cellWidth].map((value) => value.toFixed(1));
  const escaped = part.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<tspan x="${x}" textLength="${extent}" lengthAdjust="spacingAndGlyphs"${style}>${escaped}</tspan>`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, svg] of drawDocs()) writeFileSync(inRoot(`docs/pictures/${name}`), svg);
}
