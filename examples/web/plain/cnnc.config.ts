import { defineConfig } from 'cnnc/config';

// The network and its weights are those of the example beside this folder.
export default defineConfig({
  // For TypeScript; this page has none.
  types: false,
  networks: {
    'lenet.cnn': { weights: '../../lenet/lenet-fashion-mnist.safetensors' },
  },
});
