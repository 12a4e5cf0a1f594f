// The style of a network's page, light and dark.

import { darkColors, lightColors } from '../report/svg/style.ts';

export const pageStyle = `:root{color-scheme:light;${lightColors}}
@media (prefers-color-scheme:dark){:root{color-scheme:dark;${darkColors}}}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0 auto;padding:24px 20px 40px;max-width:860px;background:var(--page);color:var(--text);font:16px/1.5 system-ui,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
h1{font-size:26px;margin:0}
header p,footer,#hint,.empty #waiting{color:var(--soft);margin:4px 0 0}
main{display:grid;grid-template-columns:minmax(240px,340px) 1fr;gap:28px;margin:24px 0}
@media (max-width:640px){main{grid-template-columns:1fr}}
#stage{position:relative;border:1px solid var(--line);border-radius:10px;overflow:hidden;background:var(--frame)}
#stage:focus-within{outline:3px solid var(--accent);outline-offset:2px}
.over #stage{border-color:var(--accent);box-shadow:0 0 0 3px var(--accent)}
canvas{display:block;width:100%;height:auto;outline:none}
canvas.draws{cursor:crosshair;touch-action:none}
canvas.inverted{filter:invert(1)}
#invitation{position:absolute;inset:0;display:none;place-content:center;text-align:center;padding:24px;pointer-events:none;color:var(--soft)}
.empty #invitation{display:grid}
canvas.draws~#invitation{color:#c8c8d0}
canvas.draws.inverted~#invitation{color:#3c3d42}
#cursor{position:absolute;width:14px;height:14px;margin:-7px 0 0 -7px;border:2px solid #8db4ff;border-radius:50%;pointer-events:none;display:none}
#cursor.down{background:#8db4ff}
canvas:focus-visible~#cursor{display:block}
#tools{border:0;padding:0;margin:12px 0 0;display:flex;flex-wrap:wrap;gap:10px 14px;align-items:center}
button{font:inherit;color:inherit;background:var(--surface);border:1px solid var(--edge);border-radius:8px;padding:5px 14px;cursor:pointer}
button.main{background:var(--accent);border-color:var(--accent);color:var(--page)}
button:disabled{opacity:.5;cursor:default}
button:focus-visible,input:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
label{display:inline-flex;gap:7px;align-items:center}
input[type=range]{width:110px}
input{accent-color:var(--accent)}
h2{font-size:18px;margin:0 0 8px}
#classes{list-style:none;margin:0;padding:0}
#classes li{display:grid;grid-template-columns:1fr auto;gap:0 12px;padding:4px 0 7px;border-bottom:1px solid var(--line)}
#classes .label{overflow-wrap:anywhere}
#classes .percent{font-variant-numeric:tabular-nums;color:var(--soft)}
#classes .bar{grid-column:1/-1;block-size:6px;min-inline-size:2px;border-radius:3px;background:var(--accent)}
#classes li:first-child{font-weight:600}
#waiting{display:none}
.empty #waiting{display:block}
#status{min-height:1.5em;margin:10px 0 0;color:var(--soft)}
footer{font-size:14px}
`;
