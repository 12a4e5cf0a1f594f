// What the page's script must know of the network.

import type { PictureFit } from '../../runtime/abi.ts';

export interface PageSettings {
  /** Size of the network's input, in pixels. */
  readonly width: number;
  readonly height: number;
  /** What a picture, or its shorter side, is resized to before the middle is cut out. */
  readonly resize?: number | readonly [number, number];
  readonly fit?: PictureFit;
  /** Whether pictures can be drawn. */
  readonly draws: boolean;
  /** How many classes are shown. */
  readonly top: number;
  /** Whether classes have names; else they have numbers. */
  readonly named: boolean;
}
