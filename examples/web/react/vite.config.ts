import cnnc from 'cnnc/vite';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [cnnc()],
  // Threads need a page that is isolated from others.
  server: {
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
  },
});
