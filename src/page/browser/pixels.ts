// The pixels of a decoded picture, the same bytes as `cnnc run` reads: colours as they are stored, whatever their alpha.

/** More pixels are made fewer before the network's own resizing. */
const MAX_PIXELS = 25_000_000;

/** The pixels of a picture, RGBA; pictures of more than 25 million pixels are made smaller. */
export function pixelsOf(bitmap: ImageBitmap): ImageData {
  const shrink = Math.min(1, Math.sqrt(MAX_PIXELS / (bitmap.width * bitmap.height)));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.floor(bitmap.width * shrink));
  canvas.height = Math.max(1, Math.floor(bitmap.height * shrink));
  const context = canvas.getContext('2d')!;
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  const isOpaque = pixels.data.every((value, at) => at % 4 !== 3 || value === 255);
  return isOpaque || shrink < 1 ? pixels : (storedPixels(bitmap) ?? pixels);
}

/**
 * A 2D canvas stores colours multiplied with their alpha and so loses them where alpha is small; a texture of WebGL keeps them.
 * Undefined where there is no WebGL, or the picture is too large for it.
 */
function storedPixels(bitmap: ImageBitmap): ImageData | undefined {
  const { width, height } = bitmap;
  const gl = document.createElement('canvas').getContext('webgl');
  if (!gl || Math.max(width, height) > (gl.getParameter(gl.MAX_TEXTURE_SIZE) as number)) return undefined;
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  const data = new Uint8Array(4 * width * height);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, data);
  const isRead = gl.getError() === gl.NO_ERROR;
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return isRead ? new ImageData(new Uint8ClampedArray(data.buffer), width, height) : undefined;
}
