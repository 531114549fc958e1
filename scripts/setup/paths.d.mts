export const ROOT: string
export function inRoot(...parts: string[]): string
export function tool(packageName: string, file: string): string
