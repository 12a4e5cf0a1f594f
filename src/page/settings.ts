// What the page's script must know of the network.

export interface PageSettings {
  /** Of the network's input, in pixels. */
  readonly width: number;
  readonly height: number;
  /** What the shorter side of a picture is resized to before its middle is cut out. */
  readonly resize?: number;
  /** Whether pictures can be drawn. */
  readonly draws: boolean;
  /** How many classes are shown. */
  readonly top: number;
  /** Whether classes have names; else they have numbers. */
  readonly named: boolean;
}
