import { defineConfig } from 'vite';

/** The loader runs on pages that are not ours, so it is one classic script without imports: an IIFE beside the pages. */
export default defineConfig({
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    copyPublicDir: false,
    // As the widget itself: a browser that cannot run that has no use for a button that opens it.
    target: 'es2022',
    lib: {
      entry: 'src/embed/main.ts',
      formats: ['iife'],
      name: 'switchboardEmbed',
      fileName: () => 'embed.js',
    },
  },
});
