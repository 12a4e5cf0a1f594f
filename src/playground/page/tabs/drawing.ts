// The drawing of the network.

import { drawSvg } from '../../../report/svg/draw.ts';
import type { Tab } from '../tab.ts';

let pane: HTMLElement;

export const drawingTab: Tab = {
  name: 'drawing',
  title: 'Drawing',
  mount(root) {
    pane = root;
  },
  show() {},
  update({ shown }) {
    if (shown) pane.innerHTML = drawSvg(shown.drawing, new Set(shown.drawing.folded), shown.report.network);
  },
};
