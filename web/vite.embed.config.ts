import { defineConfig } from 'vite';

/** The loader runs on pages that are not ours, so it is one classic script without imports: an IIFE beside the pages. */
export default defineConfig({
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    copyPublicDir: false,
    // Shops keep old browsers in their statistics; the loader must at least parse there.
    target: 'es2018',
    lib: {
      entry: 'src/embed/main.ts',
      formats: ['iife'],
      name: 'switchboardEmbed',
      fileName: () => 'embed.js',
    },
  },
});
