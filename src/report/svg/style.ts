// Colours of drawings and pages, light and dark, and the style of drawings. Text on every surface has a contrast of at least
// 4.5:1 (WCAG 2.2, 1.4.3).

export const lightColors =
  '--page:#fbfbfa;--surface:#fff;--line:#d9d8d4;--text:#1d1d1f;--soft:#5c5c63;--edge:#85858d;--accent:#2459c9;' +
  '--skip:#a03db5;--heat:#f59f4c;--done:#1d7a46;--missed:#8d5a00;--frame:#f1f2f6;--bar:#e3e6ee;--mark:#fff;--chosen:#dce7ff';

export const darkColors =
  '--page:#161719;--surface:#222326;--line:#3c3d42;--text:#ececef;--soft:#a9a9b2;--edge:#85858f;--accent:#8db4ff;' +
  '--skip:#dc8cef;--heat:#9a4f15;--done:#6fd59b;--missed:#f0bd5c;--frame:#1c1d21;--bar:#2c2e35;--mark:#161719;--chosen:#24375f';

export const drawingStyle = [
  '.drawing text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--text)}',
  '.drawing .name{font-size:12px;font-weight:600;text-anchor:middle}',
  '.drawing .open .name{text-anchor:start}',
  '.drawing .what{font-size:11px;font-weight:400;fill:var(--text);text-anchor:middle}',
  '.drawing .open .what{text-anchor:start;fill:var(--soft)}',
  '.drawing .shape{font-size:11px;fill:var(--soft);text-anchor:middle;paint-order:stroke;stroke:var(--page);stroke-width:5px}',
  '.drawing .shape.inner{stroke:var(--frame)}',
  '.drawing .face{fill:var(--surface);stroke:var(--edge)}',
  '.drawing .block .face{stroke-width:2.2}',
  '.drawing .free .face{stroke-dasharray:4 3}',
  '.drawing .heat{fill:var(--heat);pointer-events:none}',
  '.drawing .frame{fill:var(--frame);stroke:var(--line)}',
  '.drawing .bar{fill:var(--bar);stroke:var(--line)}',
  '.drawing .edge{fill:none;stroke:var(--edge);stroke-width:1.4}',
  '.drawing .tip{fill:var(--edge)}',
  '.drawing .edge.skip{stroke:var(--skip);stroke-width:2}',
  '.drawing .tip.skip{fill:var(--skip)}',
  '.drawing .key text{font-size:11px;fill:var(--soft)}',
  '.drawing .mark{stroke-width:1.5}',
  '.drawing .mark.done{fill:var(--done);stroke:var(--done)}',
  '.drawing .mark.missed{fill:var(--surface);stroke:var(--missed)}',
  '.drawing .count{font-size:9px;font-weight:700;text-anchor:middle;fill:var(--mark)}',
  '.drawing .mark.missed+.count{fill:var(--missed)}',
].join('');
