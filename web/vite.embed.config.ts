import { defineConfig } from 'vite';

/** The loaders, by the name of the file they become. */
const ENTRIES: Record<string, string> = {
  embed: 'src/embed/main.ts',
  muro: 'src/embed/muro/main.ts',
};

/**
 * A loader runs on pages that are not ours, so it is one classic script without imports: an IIFE beside the pages.
 * Such a build has one entry; `--mode` says which.
 */
export default defineConfig(({ mode }) => ({
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    copyPublicDir: false,
    // As the widget itself: a browser that cannot run that has no use for a button that opens it.
    target: 'es2022',
    lib: {
      entry: ENTRIES[mode]!,
      formats: ['iife'],
      name: 'switchboardEmbed',
      fileName: () => `${mode}.js`,
    },
  },
}));
