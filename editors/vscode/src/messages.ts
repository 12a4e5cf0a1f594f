// What the extension and its preview tell each other, as plain data.

/** To the preview. */
export type ToPreview =
  | {
      readonly kind: 'drawing';
      readonly svg: string;
      readonly style: { readonly light: string; readonly dark: string; readonly rules: string };
    }
  | { readonly kind: 'text'; readonly text: string }
  /** Why there is nothing to show; what was there stays, faded. */
  | { readonly kind: 'refused'; readonly sentence: string }
  /** The boxes of the place where the caret is. */
  | { readonly kind: 'mark'; readonly ids: readonly string[] };

/** From the preview. */
export type FromPreview =
  /** It is there, and can be told what to show. */
  | { readonly kind: 'ready' }
  /** The box was clicked. */
  | { readonly kind: 'reveal'; readonly id: string }
  /** The block is to be opened or folded. */
  | { readonly kind: 'toggle'; readonly id: string };
