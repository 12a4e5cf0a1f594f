// The page of a network: one file with everything in it, or a page that loads `net.js`. Its security policy allows its own script
// and no other, by hash or by origin; names of users enter as escaped markup or as literals.

import { createHash } from 'node:crypto';
import { classifierOf } from '../../compiler/codegen/classify.ts';
import { dataLiteral, stringLiteral } from '../../compiler/codegen/literals.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { wholeNumber } from '../../compiler/ir/whole-number.ts';
import type { Program } from '../../compiler/program/program.ts';
import { escapeMarkup } from '../report/svg/markup.ts';
import { scriptText } from './script-text.ts';
import type { PageSettings } from './settings.ts';
import { pageStyle } from './style.ts';

export interface PageFacts {
  readonly name: string;
  /** The network's own description. */
  readonly doc?: string;
  readonly sourceName: string;
  readonly parameters: number;
  readonly settings: PageSettings;
  readonly isGray: boolean;
}

/** Undefined for a network that is not from one picture to classes. */
export function pageFacts(program: Program, sourceName: string, doc?: string): PageFacts | undefined {
  const classifier = classifierOf(program);
  if (!classifier) return undefined;
  const { input, output } = classifier;
  const [channels, height, width] = input.shape as readonly [number, number, number];
  const isGray = channels === 1;
  const classes = sizeOf(output.shape);
  const { resize, fit } = input.settings!;
  return {
    name: program.name,
    ...(doc !== undefined && { doc }),
    sourceName,
    parameters: program.parameters.reduce((total, { shape }) => total + sizeOf(shape), 0),
    settings: {
      width,
      height,
      ...(resize !== undefined && { resize }),
      ...(fit !== undefined && { fit }),
      draws: isGray && Math.max(height, width) <= MAX_DRAWN,
      top: classes <= 10 ? classes : 5,
      named: Array.isArray(output.labels),
    },
    isGray,
  };
}

/** Sides up to this many pixels are small enough to be drawn by hand. */
const MAX_DRAWN = 64;

/** What a policy must allow for WebAssembly. */
const assembly = " 'wasm-unsafe-eval'";

/** One file; `moduleText` is a `net.js` with its weights inside, `isWasm` whether it has WebAssembly inside as well. */
export function onePage(facts: PageFacts, moduleText: string, isWasm: boolean): string {
  const script = `${moduleText}\n${scriptText}\nstartPage(() => load(), ${dataLiteral(facts.settings)});\n`;
  if (/<\/?script|<!--/i.test(script)) throw new Error('the script of the page would end its own element');
  const policy = `default-src 'none'; script-src ${hashOf(script)}${isWasm ? assembly : ''}; style-src ${hashOf(pageStyle)}; img-src data:`;
  return document(
    facts,
    policy,
    `<link rel="icon" href="data:,">\n<style>${pageStyle}</style>`,
    `<script type="module">${script}</script>`,
  );
}

/**
 * A page to lie beside `net.js`, with its style and script in files of their own, so that it runs where a server allows nothing
 * else. `weights` is the file to load, absent where they are in the module.
 */
export function linkedPage(
  facts: PageFacts,
  name: string,
  isWasm: boolean,
  weights?: string,
): readonly { readonly path: string; readonly text: string }[] {
  const load = weights === undefined ? 'load()' : `fetchWeights(${stringLiteral(weights)}).then(load)`;
  const script = `import { load } from './net.js';\n\n${scriptText}\nstartPage(() => ${load}, ${dataLiteral(facts.settings)});\n`;
  const policy = `default-src 'none'; script-src 'self'${isWasm ? assembly : ''}; style-src 'self'; connect-src 'self'; img-src 'self'`;
  const links = ['<link rel="stylesheet" href="page.css">', '<script type="module" src="page.js"></script>'] as const;
  return [
    { path: name, text: document(facts, policy, ...links) },
    { path: 'page.js', text: script },
    { path: 'page.css', text: pageStyle },
  ];
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

function document(facts: PageFacts, policy: string, style: string, script: string): string {
  const { name, doc, sourceName, parameters, isGray, settings } = facts;
  const { width, height, draws } = settings;
  const scale = Math.max(1, Math.round((draws ? 280 : 336) / Math.max(width, height)));
  const canvas = draws
    ? '<canvas id="picture" class="draws" tabindex="0" role="img" aria-label="Drawing area: arrow keys move the pen, the space bar puts it down and lifts it"'
    : '<canvas id="picture" role="img" aria-label="The picture"';
  const [verbs, invitation] = draws
    ? ['Draw, or drop, paste or choose a picture.', 'Draw here,<br>or drop a picture']
    : ['Drop, paste or choose a picture.', 'Drop a picture here'];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(name)}</title>
${style}
</head>
<body class="empty">
<header>
<h1>${escapeMarkup(name)}</h1>
${doc === undefined ? '' : `<p>${escapeMarkup(doc)}</p>\n`}</header>
<main>
<section aria-label="Picture">
<div id="stage">
${canvas} width="${width * scale}" height="${height * scale}"></canvas>
<span id="invitation" aria-hidden="true">${invitation}</span>
<span id="cursor" aria-hidden="true"></span>
</div>
<fieldset id="tools" disabled aria-label="Tools">
<button type="button" id="choose" class="main">Choose a picture…</button>
<input type="file" id="file" accept="image/*" hidden>
<button type="button" id="clear">Clear</button>
<label${draws ? '' : ' hidden'}>Pen <input type="range" id="width" min="1" max="10" step="0.5" value="2.5"></label>
<label${isGray ? '' : ' hidden'}><input type="checkbox" id="invert"> Invert</label>
</fieldset>
</section>
<section aria-label="Classes">
<h2>Classes</h2>
<p id="waiting">${verbs}</p>
<ol id="classes"></ol>
<p id="status" role="status"></p>
</section>
</main>
<footer>A network of ${wholeNumber(parameters)} weights, compiled by cnnc from ${escapeMarkup(sourceName)}. It runs in this page; no picture leaves it.</footer>
<noscript>This page needs JavaScript.</noscript>
${script}
</body>
</html>
`;
}
