import { defineConfig } from 'vite'

/** The page, as `.ci/build-web.js` builds it: one script and one style sheet, named by their content. */
export default defineConfig({
  root: import.meta.dirname,
  // Relative: the page is mounted under any path.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // Nothing inline: the content security policy forbids it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
})
