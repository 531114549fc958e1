// Builds the Client API as one file, for a page without a bundler: `<script type="module">`.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  publicDir: false,
  build: {
    target: 'es2022',
    minify: true,
    emptyOutDir: true,
    lib: { entry: here('index.ts'), formats: ['es'], fileName: () => 'tributary-client.js' },
    rollupOptions: { output: { codeSplitting: false } },
  },
})
