/** Three streams and the river they make: the name as a picture. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 34 24" width="34" height="24" fill="none" aria-hidden="true">
      <path d="M1 3c9 0 9 9 17 9" stroke="#e69f00" />
      <path d="M1 21c9 0 9-9 17-9" stroke="#0072b2" />
      <path d="M1 12h17" stroke="#009e73" />
      <path class="mark-river" d="M17 12h14" />
    </svg>
  )
}
