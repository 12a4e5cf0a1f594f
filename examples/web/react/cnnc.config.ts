import { defineConfig } from 'cnnc/config';

export default defineConfig({
  networks: {
    'src/lenet.cnn': { weights: '../../lenet/lenet-fashion-mnist.safetensors' },
  },
});
