import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// While the pages are worked on, what they ask goes to the system that `npm start` runs.
const system = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  server: { proxy: { '/v1': system, '/demo': system, '/i/': system } },
  build: {
    outDir: 'dist',
    target: 'es2022',
    // Everything is served under a policy that allows our own files only; nothing may become a data: URL by accident.
    assetsInlineLimit: 0,
  },
});
