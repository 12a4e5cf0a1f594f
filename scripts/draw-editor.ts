// Draws docs/pictures/editors/neovim.svg: Neovim in a terminal of tmux, with the files of editors/neovim, on a text with a mistake. Needs nvim
// and tmux.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { screenSvg } from './draw-docs.ts';

const inRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const [columns, rows] = [100, 24];

const text = `import { squeeze_excite } from "cnnc:blocks"

/// Two convolutions with attention to channels (Hu et al., 2018).
network Small(classes: int = 10) {
  input image: [1, 28, 28]
  first = conv(16, kernel: 3, padding: 1) -> relu
  squeeze_excite
  max_pool(2)
  conv(32, kernel: 15) -> relu
  global_avg_pool -> flatten
  scores = dense(classes)
  output scores
}

train Small { loss: cross_entropy  optimizer: adam(learning_rate: 1e-3)  batch: 128  epochs: 10 }
`;

/** Colours are those that a terminal calls by number, so that the drawing knows them. */
const settings = `
set fillchars=eob:\\  noswapfile noshowcmd noruler laststatus=0 shortmess+=FI nonumber signcolumn=no background=dark notermguicolors
set runtimepath+=${inRoot('editors/neovim')}
syntax on
hi clear Normal | hi NormalFloat ctermfg=none ctermbg=none | hi FloatBorder ctermfg=8 ctermbg=none
hi Comment ctermfg=8 cterm=none | hi SpecialComment ctermfg=8 cterm=none | hi Function ctermfg=4 cterm=none | hi Operator ctermfg=8
hi Identifier ctermfg=6 cterm=none | hi Keyword ctermfg=5 cterm=none | hi Structure ctermfg=5 | hi Type ctermfg=2 | hi Number ctermfg=3
hi Title ctermfg=none cterm=bold | hi DiagnosticError ctermfg=1 | hi DiagnosticVirtualTextError ctermfg=1 | hi MatchParen ctermbg=none
hi DiagnosticUnderlineError cterm=underline | hi clear markdownError | hi FloatTitle ctermfg=none
lua vim.g.cnnc_command = { '${process.execPath}', '${inRoot('bin/cnnc.js')}', 'lsp', '--stdio' }
source ${inRoot('editors/neovim/cnn.lua')}
edit net.cnn
call cursor(9, 3)
lua vim.wait(20000, function() return #vim.diagnostic.get(0) > 0 end, 20)
lua vim.diagnostic.open_float(nil, { border = 'rounded', header = '', scope = 'line', focusable = false })
`;

/** The screen with escape sequences. */
function screen(): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-docs-'));
  const tmux = (...args: readonly string[]): string =>
    execFileSync('tmux', ['-L', 'cnnc-docs', '-f', '/dev/null', ...args], { cwd: folder, encoding: 'utf8' });
  try {
    writeFileSync(join(folder, 'net.cnn'), text);
    writeFileSync(join(folder, 'settings.vim'), settings);
    const command = 'nvim -u NONE -i NONE -S settings.vim';
    tmux('new-session', '-d', '-s', 'docs', '-x', String(columns), '-y', String(rows), command);
    for (let tries = 0; tries < 200; tries += 1) {
      const shown = tmux('capture-pane', '-p', '-e', '-t', 'docs');
      if (shown.includes('╯')) return shown.trimEnd().split('\n');
      execFileSync('sleep', ['0.1']);
    }
    throw new Error('Neovim has shown no message');
  } finally {
    tmux('kill-server');
    rmSync(folder, { recursive: true });
  }
}

const label =
  'Neovim: a convolution is marked, and a window says that its kernel does not fit, with the shapes that lead to it';
writeFileSync(inRoot('docs/pictures/editors/neovim.svg'), screenSvg(screen(), label));
