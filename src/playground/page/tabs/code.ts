// The emitted code, and the forms between text and code.

import type { Code, CodeForm } from '../../protocol.ts';
import type { CompiledView } from '../compiled-view.ts';
import { compiledView } from '../compiled-view.ts';
import { button, element } from '../dom.ts';
import type { Host, Tab } from '../tab.ts';

const forms: readonly (readonly [form: CodeForm, title: string, file: string])[] = [
  ['ts', 'TypeScript module', 'net.ts'],
  ['wat', 'WebAssembly as text', 'net.wat'],
  ['kernels', 'kernels as loop nests', 'kernels.txt'],
  ['program', 'kernel calls and memory', 'program.txt'],
  ['graph', 'graph as written', 'graph.txt'],
];
/** Characters that are shown; the file has all. */
const maxShown = 200_000;

let view: CompiledView;
let form: CodeForm = 'ts';
let code: Code | undefined;

export const codeTab: Tab = {
  name: 'code',
  title: 'Code',
  mount(root, host) {
    const place = element('div', { class: 'listing' });
    const about = element('span', { class: 'soft' });
    root.append(tools(host, about), place);
    view = compiledView(
      place,
      host.compiler,
      (program) => host.compiler.ask('code', program, form),
      (answer) => {
        code = answer;
        const { text, bytes } = answer;
        const lines = text.split('\n').length;
        about.textContent = `${lines.toLocaleString('en')} lines${bytes === undefined ? '' : `, ${kilobytes(bytes)}`}`;
        const rest = text.length - maxShown;
        place.replaceChildren(
          element('pre', { tabindex: '0', role: 'region', 'aria-label': 'Code' }, text.slice(0, maxShown)),
          ...(rest > 0
            ? [
                element(
                  'p',
                  { class: 'note' },
                  `${rest.toLocaleString('en')} more characters: save the file to see them.`,
                ),
              ]
            : []),
        );
      },
    );
  },
  show() {},
  update: (state) => view.update(state),
};

function tools(host: Host, about: HTMLElement): HTMLElement {
  const select = element(
    'select',
    { 'aria-label': 'Form' },
    ...forms.map(([value, title]) => element('option', { value }, title)),
  );
  select.addEventListener('change', () => {
    form = select.value as CodeForm;
    const state = host.program();
    if (state) view.update(state);
  });
  const copy = button('Copy', () => void copyCode(host));
  const save = button('Save', () => {
    if (code) saveAs(forms.find(([value]) => value === form)![2], code.text);
  });
  return element(
    'div',
    { class: 'tools', role: 'group', 'aria-label': 'Code' },
    select,
    about,
    element('span', { class: 'space' }),
    element('span', {}, copy, save),
  );
}

async function copyCode({ say }: Host): Promise<void> {
  if (!code) return;
  try {
    // Only secure pages have a clipboard.
    await navigator.clipboard.writeText(code.text);
    say('The code is copied.');
  } catch {
    say('The browser does not let this page write to the clipboard.');
  }
}

function saveAs(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  element('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB, weights not included`;
