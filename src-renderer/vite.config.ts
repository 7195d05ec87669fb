import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // Each host puts the nonce of the page load in its place (S4).
  html: { cspNonce: '__NONCE__' },
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target: 'es2022',
    // The policy (S3) allows no inline script and no font from data.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The config editor is one piece, which is loaded with its view only.
    chunkSizeWarningLimit: 700,
  },
});
