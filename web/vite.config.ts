import { defineConfig } from 'vitest/config';

/**
 * The four pages. File names carry no hash: the server embeds `dist/` at compile time, serves it under
 * `/assets/` and answers revalidation by ETag, so a name that never changes is what its routes can rely on.
 */
export default defineConfig({
  base: '/assets/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    target: 'es2022',
    // Inlined assets would be `data:` URLs, which the pages' content security policy allows for images only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ['widget.html', 'inbox.html', 'login.html', 'demo.html'],
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: '[name].js',
        assetFileNames: '[name][extname]',
        codeSplitting: {
          groups: [
            // What every page needs, apart: the login page would otherwise load all that is shared with it.
            { name: 'theme', test: /src\/shared\/theme\.css/, priority: 5 },
            { name: 'bootstrap', test: /src\/shared\/bootstrap/, priority: 4 },
            { name: 'socket', test: /node_modules\/(socket\.io|engine\.io|@socket\.io)/, priority: 3 },
            { name: 'preact', test: /node_modules\/preact/, priority: 2 },
            { name: 'shared', test: /src\/shared\//, priority: 1 },
          ],
        },
      },
    },
  },
  test: { include: ['tests/**/*.test.ts'] },
});
