/** Shown instead of the page in a browser that cannot take part. */
export function Unsupported({ missing }: { missing: readonly string[] }) {
  return (
    <main class="page stack" style={{ paddingTop: '15vh' }} data-testid="problem">
      <h1 class="figure">This browser cannot take part</h1>
      <p>
        It lacks {missing.join(', ')}. Chrome or Edge from 111, Firefox from 114 and Safari from 16.4 work, on phones
        too. Open this page’s address in one of them.
      </p>
      <p class="small soft">
        Code: <code>browser/too-old</code>
      </p>
    </main>
  )
}
