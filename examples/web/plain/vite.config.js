import cnnc from 'cnnc/vite';

export default { plugins: [cnnc()] };
