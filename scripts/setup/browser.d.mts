/** The path of a browser that starts, or undefined. Throws when the one that the environment names does not. */
export function findBrowser(env?: NodeJS.ProcessEnv, platform?: NodeJS.Platform): string | undefined
/** The path of a browser that starts, found or installed; sets TRIBUTARY_BROWSER. */
export function ensureBrowser(): Promise<string>
