/** Packs the Client API; returns 0. */
export function pack(options?: { readonly quiet?: boolean }): Promise<0>
/** Where the packed file is. */
export function tarball(): string
