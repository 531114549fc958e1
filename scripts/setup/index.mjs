// The whole set-up, in order. Quick when there is nothing to do: about 50 ms.
import { ensureBrowser } from './browser.mjs'
import { ensureBuilds } from './build.mjs'
import { ensureDependencies } from './dependencies.mjs'

/** @param {{ build?: boolean, browser?: boolean }} what packages always; builds and a browser on request */
export async function setUp({ build = false, browser = false } = {}) {
  await ensureDependencies()
  if (build) await ensureBuilds()
  if (browser) await ensureBrowser()
}
