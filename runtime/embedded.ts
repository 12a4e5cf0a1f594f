// Bytes that stand in the module itself, as text.

/** Bytes of a base64 text. */
export function fromBase64(text: string): Uint8Array {
  const { fromBase64: decode } = Uint8Array as { readonly fromBase64?: (text: string) => Uint8Array };
  if (decode) return decode.call(Uint8Array, text);
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}
