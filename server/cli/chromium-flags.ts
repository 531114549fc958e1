/** How Chromium is started for the demo and for browser tests. */
const FLAGS = [
  // The full browser: the headless shell has no WebGPU.
  '--headless=new',
  // A software GPU counts too.
  '--enable-unsafe-webgpu',
  // Nothing is fetched from the network.
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function chromiumFlags(): string[] {
  // As root, Chromium's sandbox cannot start.
  return process.getuid?.() === 0 ? [...FLAGS, '--no-sandbox'] : FLAGS
}
