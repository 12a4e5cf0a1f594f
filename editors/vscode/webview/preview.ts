// The script of the preview: shows what the extension sends, marks boxes, and tells what was clicked.

import type { FromPreview, ToPreview } from '../src/messages.ts';

declare function acquireVsCodeApi(): { postMessage(message: FromPreview): void };

const editor = acquireVsCodeApi();
// The channel to the extension is no window, and has no origin.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
const tell = (message: FromPreview): void => editor.postMessage(message);
const [shown, refused, style] = ['shown', 'refused', 'drawing-style'].map((id) => document.getElementById(id)!);
let marked: readonly string[] = [];

addEventListener('message', ({ data }: MessageEvent<ToPreview>) => {
  if (data.kind === 'mark') return mark(data.ids);
  const sentence = data.kind === 'refused' ? data.sentence : '';
  refused!.textContent = sentence;
  refused!.hidden = sentence === '';
  shown!.classList.toggle('old', sentence !== '');
  if (data.kind === 'drawing') draw(data);
  else if (data.kind === 'text') {
    const text = document.createElement('pre');
    text.textContent = data.text;
    shown!.replaceChildren(text);
  }
});

function draw({ svg, style: { light, dark, rules } }: Extract<ToPreview, { kind: 'drawing' }>): void {
  style!.textContent = `body{${light}}body.vscode-dark,body.vscode-high-contrast:not(.vscode-high-contrast-light){${dark}}${rules}`;
  const focused = (document.activeElement as HTMLElement | null)?.dataset['id'];
  const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml');
  shown!.replaceChildren(document.importNode(parsed.documentElement, true));
  if (focused !== undefined) boxOf(focused)?.focus();
  mark(marked);
}

const boxes = (): readonly SVGElement[] => [...document.querySelectorAll<SVGElement>('[data-id]')];
const boxOf = (id: string): SVGElement | undefined => boxes().find(({ dataset }) => dataset['id'] === id);

function mark(ids: readonly string[]): void {
  marked = ids;
  for (const box of boxes()) box.classList.toggle('marked', ids.includes(box.dataset['id']!));
  const first = boxes().find((box) => ids.includes(box.dataset['id']!));
  first?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

function boxAround(target: EventTarget | null): SVGElement | undefined {
  return target instanceof Element ? (target.closest<SVGElement>('[data-id]') ?? undefined) : undefined;
}

const isBlock = (box: SVGElement): boolean => box.hasAttribute('aria-expanded');

addEventListener('click', ({ target }) => {
  const id = boxAround(target)?.dataset['id'];
  if (id !== undefined) tell({ kind: 'reveal', id });
});
addEventListener('dblclick', ({ target }) => {
  const box = boxAround(target);
  if (box && isBlock(box)) tell({ kind: 'toggle', id: box.dataset['id']! });
});
addEventListener('keydown', (event) => {
  const box = boxAround(event.target);
  if (!box || (event.key !== 'Enter' && event.key !== ' ')) return;
  event.preventDefault();
  const toggles = event.key === 'Enter' && isBlock(box);
  tell({ kind: toggles ? 'toggle' : 'reveal', id: box.dataset['id']! });
});
tell({ kind: 'ready' });
