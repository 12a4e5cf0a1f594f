// The style of a report's page, light and dark.

import { darkColors, drawingStyle, lightColors } from '../svg/style.ts';

/** Both colour schemes: that of the reader's system, unless the page's own switch says otherwise. */
export const themes = `:root{color-scheme:light;${lightColors}}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;${darkColors}}}
:root[data-theme=dark]{color-scheme:dark;${darkColors}}
`;

/** What all pages share. */
export const baseStyle = `${themes}*{box-sizing:border-box}
body{margin:0 auto;padding:16px 20px 48px;max-width:1800px;background:var(--page);color:var(--text);font:14px/1.45 system-ui,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
h1{font-size:22px;margin:0}h2{font-size:17px;margin:32px 0 8px}h3{font-size:14px;margin:0 0 6px}
.soft{color:var(--soft)}
header{display:flex;flex-wrap:wrap;gap:4px 18px;align-items:baseline}
header p{margin:0;width:100%;color:var(--soft)}
header :is(h1,p){overflow-wrap:anywhere}
header .ends{font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;color:var(--soft)}
#theme{margin-left:auto}
button{font:inherit;color:inherit;background:var(--surface);border:1px solid var(--line);border-radius:6px;padding:3px 10px;cursor:pointer}
button:hover{border-color:var(--edge)}
button[aria-pressed=true]{background:var(--chosen);border-color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:3px 9px;border-bottom:1px solid var(--line);font-weight:400;vertical-align:top}
thead th{font-weight:600;background:var(--surface);white-space:nowrap}
.number{text-align:right;white-space:nowrap}
`;

/** Of `figureList`. */
export const figuresStyle = `.figures{display:flex;flex-wrap:wrap;gap:8px;margin:14px 0;padding:0;list-style:none}
.figures li{background:var(--surface);border:1px solid var(--line);border-radius:8px;padding:7px 14px}
.figures b{display:block;font-size:17px;font-weight:600}
.figures span{color:var(--soft);font-size:12px}
`;

export const pageStyle = `${baseStyle}${figuresStyle}.tools{display:flex;flex-wrap:wrap;gap:6px 14px;align-items:center;margin:0 0 8px}
.tools span{display:inline-flex;gap:4px}
.legend{display:inline-flex;align-items:center;gap:6px;color:var(--soft);font-size:12px}
.legend svg{height:14px}
#network{display:grid;gap:14px;grid-template-columns:minmax(320px,max-content) minmax(min-content,1fr);align-items:start}
#network[data-shown=both]{grid-template-columns:1fr 1fr}
#network[data-shown=both] #side{grid-column:1/-1}
.pane{overflow:auto;max-height:max(420px,calc(100vh - 36px));max-width:58vw;border:1px solid var(--line);border-radius:8px;background:var(--page);position:sticky;top:12px}
[data-shown=both] .pane{max-width:none;position:static}
.pane[hidden]{display:none}
.pane svg{display:block;margin:0 auto}
#side{display:flex;flex-direction:column;gap:12px}
#details{position:sticky;bottom:0;z-index:2;display:grid;grid-template-columns:minmax(0,1fr) auto;gap:4px 16px;width:0;min-width:100%;max-height:55vh;overflow:auto;background:var(--surface);border:1px solid var(--line);border-radius:8px;padding:10px 14px;font-size:13px}
#details h2{margin:0 0 6px;font-size:14px}#details :is(h2,summary){overflow-wrap:anywhere}
#details .records{grid-column:1/-1;grid-row:2}
#details .about{grid-area:1/1}#details figure{grid-area:1/2}
#details dl{display:grid;grid-template-columns:max-content 1fr;gap:0 12px;margin:2px 0 8px}
#details dt{color:var(--soft)}#details dd{margin:0;overflow-wrap:anywhere}
#details ul{margin:4px 0;padding-left:18px}
#details li{overflow-wrap:anywhere}
li::marker{font-weight:700}
.done li::marker{content:"✓ ";color:var(--done)}
.missed li::marker{content:"○ ";color:var(--missed)}
figure{margin:0;width:150px;text-align:center;font-size:12px;color:var(--soft)}
figure svg{width:150px;max-height:150px}
figure .input{fill:var(--frame);stroke:var(--edge);vector-effect:non-scaling-stroke}
figure .cells{stroke:var(--line);fill:none;vector-effect:non-scaling-stroke;stroke-width:.6}
figure .field{fill:var(--heat);fill-opacity:.45;stroke:var(--heat);stroke-width:2;vector-effect:non-scaling-stroke}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:8px;background:var(--surface)}
#layers{width:100%;font-size:13px}
#layers th,#layers td{padding:3px 7px}
#layers tbody tr{cursor:pointer;scroll-margin:12px 0 56vh}
#layers tbody th{min-width:13ch;max-width:30ch;overflow-wrap:anywhere}
#layers tr.chosen>*{background:var(--chosen)}
#layers tfoot th,#layers tfoot td{font-weight:600;border-bottom:0}
#layers td:nth-child(3){white-space:nowrap}
button.pick{border:0;background:none;padding:0;text-align:left;overflow-wrap:anywhere;border-radius:3px}
button.pick:hover{text-decoration:underline}
button.sort{border:0;background:none;padding:0;font-weight:600}
[aria-sort=ascending] .sort::after{content:" ↑"}[aria-sort=descending] .sort::after{content:" ↓"}
.share{display:inline-flex;gap:8px;align-items:center;justify-content:flex-end}
.percent{min-width:5.5ch}
.portion{width:56px;height:9px;background:var(--frame);border-radius:2px}
.portion rect{fill:var(--heat)}
${drawingStyle}
.drawing .box{cursor:pointer;outline:none}
.drawing .box:focus-visible .face,.drawing .box:focus-visible .bar{stroke:var(--accent);stroke-width:3}
.drawing .chosen .face,.drawing .open.chosen .bar{stroke:var(--accent);stroke-width:2.6}
.drawing .box:hover .face{stroke:var(--accent)}
svg.memory{display:block;width:100%;background:var(--surface);border:1px solid var(--line);border-radius:8px}
.memory text{font-size:11px;fill:var(--text);font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.memory .buffer rect{fill:var(--bar);stroke:var(--edge);stroke-width:.8}
.memory .buffer.peak rect{fill:var(--heat);fill-opacity:.6}
.memory .buffer.chosen rect,.memory .buffer:hover rect{stroke:var(--accent);stroke-width:2.5}
.memory line.peak{stroke:var(--text);stroke-dasharray:5 3}
.memory .flag{font-weight:600}
.memory .buffer text{paint-order:stroke;stroke:var(--surface);stroke-width:2.5px;stroke-opacity:.7}
.done summary,.missed summary{padding:2px 0}
.scroll:has(.totals){width:max-content;max-width:100%}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(420px,100%),1fr));gap:0 28px;align-items:start}
.columns section{min-width:0}
.columns li{margin:2px 0;overflow-wrap:anywhere}
summary{cursor:pointer}
@media (max-width:1100px){#network{display:flex;flex-direction:column;align-items:stretch}#side{display:contents}.pane{position:static;max-width:none;max-height:70vh}#details{position:static;order:1;width:auto;max-height:none}#network .scroll{order:2}}
@media (max-width:600px){body{padding:12px 12px 32px}#layers thead th:first-child,#layers tbody th,#layers tfoot th{position:sticky;left:0;background:var(--surface);min-width:9ch;max-width:14ch}#layers tr.chosen>th{background:var(--chosen)}th,td,#layers th,#layers td{padding:3px 5px}.legend{flex-wrap:wrap}#details{grid-template-columns:minmax(0,1fr)}#details figure{grid-area:3/1;margin:0 auto}}
@media print{.tools,#theme,#details{display:none}.pane{max-height:none;overflow:visible;position:static}}
`;
