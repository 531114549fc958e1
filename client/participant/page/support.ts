/** Whether this browser can take part at all, asked before anything else is started. */

/** The names, in plain words, of what the page cannot do without and this browser lacks. */
export function missingFeatures(scope: typeof globalThis = globalThis): string[] {
  const missing: string[] = []
  if (typeof scope.BigInt !== 'function' || typeof Object.hasOwn !== 'function') missing.push('current JavaScript')
  if (!hasModuleWorkers(scope)) missing.push('module workers')
  if (!hasIndexedDb(scope)) missing.push('IndexedDB (a store for the model)')
  if (!hasCompute(scope)) missing.push('WebAssembly or WebGL (fast arithmetic)')
  return missing
}

/** A browser without module workers never reads `type`. The address is invalid on purpose: nothing is fetched. */
function hasModuleWorkers(scope: typeof globalThis): boolean {
  let asked = false
  const options = {
    get type(): 'module' {
      asked = true
      return 'module'
    },
  }
  try {
    new scope.Worker('blob://', options).terminate()
  } catch {
    // Chrome throws on the address, but only after it has read the options.
  }
  return asked
}

/** Reading the property can itself throw where storage is blocked. */
function hasIndexedDb(scope: typeof globalThis): boolean {
  try {
    return Boolean(scope.indexedDB)
  } catch {
    return false
  }
}

function hasCompute(scope: typeof globalThis): boolean {
  return typeof scope.WebAssembly === 'object' || typeof scope.WebGLRenderingContext === 'function'
}
