/** Something is under way; the words say what. Still words where motion is unwanted. */
export function Spinner({ children }: { children: string }) {
  return (
    <p class="spinning small soft" role="status">
      <span class="spinner" aria-hidden="true" />
      {children}
    </p>
  )
}
