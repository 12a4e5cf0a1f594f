// Names a file that is not of the kind that was expected, by the magic numbers of common formats.

/** Such as `a PNG picture`; undefined where the bytes tell nothing. */
export function fileKind(bytes: Uint8Array | Uint8ClampedArray): string | undefined {
  const ends = String.fromCharCode(...bytes.subarray(0, 1024), ...bytes.subarray(-1024));
  return kinds.find(([pattern]) => pattern.test(ends))?.[1];
}

/** Patterns for the ends of a file as Latin-1; the first that fits counts. */
const kinds: readonly (readonly [RegExp, string])[] = [
  [
    /^PK[^ -~][^]*(data\.pkl|\.data\/)|^\x80[\cB-\cE]/,
    'a PyTorch file: safetensors.torch.save_file(state_dict, path) converts it',
  ],
  [/^PK[^ -~][^]*\.npy|^\x93NUMPY/, 'a NumPy file (.npy or .npz)'],
  [/^\x89HDF/, 'an HDF5 file (Keras)'],
  [/^[^]{4}TFL3/, 'a TensorFlow Lite model'],
  [/^[\b][^ -~][\cR:B"]/, 'an ONNX or TensorFlow model'],
  [/^GGUF/, 'a GGUF model'],
  [/^version htt[^ ]*git-lfs/, 'a git-lfs pointer: `git lfs pull` fetches the file itself'],
  [/^(\xef\xbb\xbf)?\s*</, 'an HTML or XML page'],
  [/^\s*\{[^]*("weight_map"|\.safetensors")/, 'an index of shards: give the shards themselves'],
  [/^\s*[[{]/, 'JSON text'],
  [/^PK[^ -~]|^[^ -~]\x8b[\b]/, 'a zip or gzip archive: unpack it first'],
  [/^\x89PNG/, 'a PNG picture'],
  [/^\xff\xd8\xff/, 'a JPEG picture'],
  [/^(GIF8|RIFF[^]{4}WEBP|BM[^]{4}[^ -~]{4}|[^]{4}ftyp)/, 'a picture or film of another format than PNG and JPEG'],
  [/^[^]{4}\0{4}\{/, 'a safetensors file'],
  [/^[\t\n\r -~]{4}[\t\n\r -~\x80-\xff]*$/, 'a text file'],
];
