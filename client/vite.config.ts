// Builds the two pages into dist/client: the participant's at / and the dashboard's at /dashboard.
import { fileURLToPath } from 'node:url'
import preact from '@preact/preset-vite'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  base: '/',
  publicDir: here('../public'),
  plugins: [preact()],
  worker: { format: 'es' },
  build: {
    outDir: here('../dist/client'),
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    // The content security policy has no data: for scripts and workers.
    assetsInlineLimit: 0,
    // Read by the test of what a page weighs.
    manifest: true,
    rollupOptions: { input: { participant: here('index.html'), dashboard: here('dashboard/index.html') } },
  },
})
